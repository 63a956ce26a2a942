#include "fibre.h"

#include <cstdint>
#include <sys/mman.h>
#include <vector>

namespace simt {

enum : size_t { PAGE = 4096, STACK = 32 * PAGE };

// stack returns the upper end of a stack. Below is a page that cannot be touched. Stacks begin at different places of a page, so that they do not all
// want the same lines of the cache.
static char *stack(int number) {
	static std::vector<char *> all;
	while ((int)all.size() <= number) {
		char *low = (char *)mmap(nullptr, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (low == MAP_FAILED || mprotect(low, PAGE, PROT_NONE) != 0) {
			__builtin_trap();
		}
		all.push_back(low + PAGE + STACK);
	}
	return all[number] - number % 29 * 128;
}

} // namespace simt

#if defined(__x86_64__) && !defined(PORTABLE_FIBRES)

// simt_change(void **from, void *to) keeps the registers that a function has to keep, by the System V convention, on the stack.
asm(".text\n"
    ".type simt_change, @function\n"
    "simt_change:\n"
    "	pushq %rbp\n"
    "	pushq %rbx\n"
    "	pushq %r12\n"
    "	pushq %r13\n"
    "	pushq %r14\n"
    "	pushq %r15\n"
    "	movq %rsp, (%rdi)\n"
    "	movq %rsi, %rsp\n"
    "	popq %r15\n"
    "	popq %r14\n"
    "	popq %r13\n"
    "	popq %r12\n"
    "	popq %rbx\n"
    "	popq %rbp\n"
    "	ret\n"
    ".size simt_change, .-simt_change\n");

extern "C" __attribute__((visibility("hidden"))) void simt_change(void **from, void *to);

namespace simt {

void change(context &from, context &to) { simt_change(&from.at, to.at); }

context fresh(int number, void (*begin)()) {
	uintptr_t top = (uintptr_t)stack(number) & ~(uintptr_t)63;
	void **sp = (void **)top;
	*--sp = nullptr; // begin finds the stack as after a call
	*--sp = (void *)begin;
	for (int i = 0; i < 6; i++) {
		*--sp = nullptr;
	}
	return context{sp};
}

} // namespace simt

#else

#include <ucontext.h>

namespace simt {

void change(context &from, context &to) {
	if (from.at == nullptr) {
		from.at = new ucontext_t;
	}
	swapcontext((ucontext_t *)from.at, (ucontext_t *)to.at);
}

context fresh(int number, void (*begin)()) {
	static std::vector<ucontext_t *> all;
	while ((int)all.size() <= number) {
		all.push_back(new ucontext_t);
	}
	ucontext_t *c = all[number];
	getcontext(c);
	c->uc_stack.ss_sp = (void *)(((uintptr_t)stack(number) & ~(uintptr_t)63) - (STACK - PAGE));
	c->uc_stack.ss_size = STACK - PAGE;
	makecontext(c, begin, 0);
	return context{c};
}

} // namespace simt

#endif
