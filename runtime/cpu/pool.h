// One pool of threads for everything that is computed on the processor.
#ifndef RESIDENT_CPU_POOL_H
#define RESIDENT_CPU_POOL_H

#include <stddef.h>

// pool_run calls fn(arg, chunk) for every chunk in 0..chunks-1, each once, on the calling thread and the pool's, and returns when
// all are done. Which thread takes which chunk is left to chance, so a result must not depend on it. A thread that the system
// puts aside delays only the chunk it is at: make chunks of 20 µs or more, and several for each thread.
//
// It may be called from any thread. A caller that finds the pool busy, and one that is in a chunk itself, runs its chunks alone.
void pool_run(void (*fn)(void *arg, int chunk), void *arg, int chunks);

// pool_threads is how many threads work on one call of pool_run, the caller among them.
int pool_threads(void);

// pool_set_threads sets it, after the call that is running. Threads are started as needed and never ended: those that are too
// many sleep.
void pool_set_threads(int n);

// pool_scratch returns memory of the calling thread, aligned to 64 bytes, of any content. It is the thread's until it asks for
// the same slot again.
enum pool_slot { SCRATCH_KEPT, SCRATCH_OWN, SCRATCH_ROWS, SCRATCH_SUMS, SCRATCH_SLOTS };
void *pool_scratch(enum pool_slot slot, size_t bytes);

#endif
