// What kernels on the host need of the one who runs them: the fake driver (runtime/cuda/fake/block.cpp).
#pragma once

#define HIDDEN __attribute__((visibility("hidden")))

namespace simt {

// here is the thread that runs.
struct place {
	int tid, threads, bid[3], blocks[3];
	char *shared;
};
extern HIDDEN place here;

HIDDEN void wait_block();
HIDDEN void wait_warp();
// exchange gives size bytes, at most 32, to the other threads of the warp and returns what the 32 gave, 32 bytes apart.
HIDDEN const char *exchange(const void *mine, int size);
// broken ends the launch with a result code of the driver.
[[noreturn]] HIDDEN void broken(int code, const char *why);
HIDDEN void copy_later(void *to, const void *from);
HIDDEN void commit_copies();
HIDDEN void finish_copies(int but);

enum { MISALIGNED = 716 };

} // namespace simt
