// Fibres: functions with a stack each, that hand the processor to each other.
#pragma once

namespace simt {

// context is where a fibre stopped.
struct context {
	void *at = nullptr;
};

// change stops the running fibre and goes on where another one stopped.
void change(context &from, context &to);

// fresh makes a context that begins with a function, which never returns, on a stack of its own. Number tells stacks apart.
context fresh(int number, void (*begin)());

} // namespace simt
