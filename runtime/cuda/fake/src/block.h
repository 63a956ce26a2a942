// Kernels on the host: the threads of a block are fibres, blocks run one after the other.
#pragma once

#include <cstddef>
#include <string>

namespace simt {

struct launch {
	void (*kernel)();
	const void *args;
	size_t size; // of args; more than 16 bytes, which all calling conventions pass in memory
	unsigned grid[3], threads, shared;
};

// run returns a result code of the driver, and says more about a failure. One launch runs at a time.
int run(const launch &l, std::string &why);

enum { ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719 };
enum { MOST_ARGS = 4096, MOST_THREADS = 1024, MOST_SHARED = 227 << 10 };

} // namespace simt
