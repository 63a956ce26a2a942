#define _GNU_SOURCE
#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "pool_wait.h"

// How long a thread looks for work before it sleeps, in nanoseconds. Waking up costs 5 to 50 µs; between two operations of a
// model there are some µs. The time adapts between these bounds: a pool that is used now and then burns next to nothing.
enum { SPIN_MIN = 2000, SPIN_MAX = 60000 };

// The job that is running. Its fields are written while no chunk is left in ticket, and read only by threads that hold a
// chunk: the job cannot end before they are done with it.
static struct {
	void (*fn)(void *arg, int chunk);
	void *arg;
	int chunks;
} job;

static _Atomic int busy;        // a caller has the pool
static _Atomic uint64_t ticket; // number of the job (upper half), chunks that nobody has taken (lower half)
static _Atomic unsigned left;   // chunks that are not done
static _Atomic int caller_sleeps;
static _Atomic unsigned called; // changes when there is work and somebody sleeps
static _Atomic int asleep;      // threads that wait for it
static _Atomic int limit = 1;   // threads at work, the caller among them
static _Atomic unsigned limited; // changes when limit does
static int started;             // threads of ours

static _Thread_local int inside; // this thread is in a chunk, or has nobody to share with

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static inline void pause_a_little(void) {
	for (int i = 0; i < 16; i++) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("isb");
#endif
	}
}

static int has_work(void) { return (uint32_t)atomic_load(&ticket) != 0; }

// work takes chunks and runs them until none are left, and reports whether there were any.
static int work(void) {
	int any = 0;
	uint64_t t = atomic_load(&ticket);
	while ((uint32_t)t != 0) {
		if (!atomic_compare_exchange_weak(&ticket, &t, t - 1))
			continue;
		any = 1;
		job.fn(job.arg, job.chunks - (int)(uint32_t)t);
		if (atomic_fetch_sub(&left, 1) == 1 && atomic_load(&caller_sleeps))
			word_wake(&left, 1);
		t = atomic_load(&ticket);
	}
	return any;
}

// spin looks for work for some time and reports whether there is some.
static int spin(int64_t until) {
	do {
		if (has_work())
			return 1;
		pause_a_little();
	} while (now() < until);
	return has_work();
}

static void sleep_until_called(void) {
	atomic_fetch_add(&asleep, 1);
	unsigned seen = atomic_load(&called);
	if (!has_work())
		word_wait(&called, seen);
	atomic_fetch_sub(&asleep, 1);
}

static void *thread(void *arg) {
	int number = (int)(intptr_t)arg;
	int64_t patience = SPIN_MAX;
	inside = 1;
	for (;;) {
		unsigned seen = atomic_load(&limited);
		if (number >= atomic_load(&limit)) {
			word_wait(&limited, seen);
			continue;
		}
		if (work())
			continue;
		int64_t idle = now();
		if (!spin(idle + patience))
			sleep_until_called();
		// Would looking a little longer have been enough?
		patience = now() - idle < SPIN_MAX ? patience * 2 : patience / 2;
		patience = patience < SPIN_MIN ? SPIN_MIN : patience > SPIN_MAX ? SPIN_MAX : patience;
	}
	return NULL;
}

// start starts thread number n. Signals are for Go's threads: ours have no handler's stack.
static int start(int n) {
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t id;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int err = pthread_create(&id, &attr, thread, (void *)(intptr_t)n);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err == 0;
}

static void lock(void) {
	while (atomic_exchange(&busy, 1))
		pause_a_little();
}

void pool_set_threads(int n) {
	lock();
	// A system that refuses a thread leaves the pool smaller.
	while (started < n - 1 && start(started + 1))
		started++;
	n = n > started + 1 ? started + 1 : n < 1 ? 1 : n;
	atomic_store(&limit, n);
	atomic_fetch_add(&limited, 1);
	word_wake(&limited, started);
	// Those that are too many now must find out.
	atomic_fetch_add(&called, 1);
	word_wake(&called, started);
	atomic_store(&busy, 0);
}

int pool_threads(void) { return atomic_load(&limit); }

// wait_for_others waits until the chunks that others have taken are done. It sleeps soon: that lets the system move a thread
// of ours that was put aside onto this core.
static void wait_for_others(void) {
	int64_t until = 0;
	while (atomic_load(&left) != 0) {
		pause_a_little();
		if (until == 0)
			until = now() + SPIN_MAX / 2;
		if (now() < until)
			continue;
		atomic_store(&caller_sleeps, 1);
		for (unsigned n; (n = atomic_load(&left)) != 0;)
			word_wait(&left, n);
		atomic_store(&caller_sleeps, 0);
	}
}

static void run_alone(void (*fn)(void *arg, int chunk), void *arg, int chunks) {
	for (int i = 0; i < chunks; i++)
		fn(arg, i);
}

void pool_run(void (*fn)(void *arg, int chunk), void *arg, int chunks) {
	if (chunks <= 1 || inside || atomic_load(&limit) == 1 || atomic_exchange(&busy, 1)) {
		run_alone(fn, arg, chunks);
		return;
	}
	job.fn = fn, job.arg = arg, job.chunks = chunks;
	atomic_store(&left, (unsigned)chunks);
	atomic_store(&ticket, ((atomic_load(&ticket) >> 32) + 1) << 32 | (uint32_t)chunks);
	if (atomic_load(&asleep) > 0) {
		int others = atomic_load(&limit) - 1;
		atomic_fetch_add(&called, 1);
		word_wake(&called, others < chunks - 1 ? others : chunks - 1);
	}
	inside = 1;
	work();
	inside = 0;
	wait_for_others();
	atomic_store(&busy, 0);
}

// The scratch memory of a thread, freed when it ends.
typedef struct {
	void *at[SCRATCH_SLOTS];
	size_t bytes[SCRATCH_SLOTS];
} scratch;

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local scratch *mine;

static void scratch_free(void *p) {
	scratch *s = p;
	for (int i = 0; i < SCRATCH_SLOTS; i++)
		free(s->at[i]);
	free(s);
}

static void scratch_init(void) { pthread_key_create(&scratch_key, scratch_free); }

void *pool_scratch(enum pool_slot slot, size_t bytes) {
	if (mine && mine->bytes[slot] >= bytes)
		return mine->at[slot];
	if (!mine) {
		pthread_once(&scratch_once, scratch_init);
		mine = calloc(1, sizeof *mine);
		if (!mine)
			abort();
		pthread_setspecific(scratch_key, mine);
	}
	bytes = (bytes + 4095) & ~(size_t)4095;
	free(mine->at[slot]);
	if (posix_memalign(&mine->at[slot], 64, bytes))
		abort(); // as Go does when there is no memory
	mine->bytes[slot] = bytes;
	return mine->at[slot];
}
