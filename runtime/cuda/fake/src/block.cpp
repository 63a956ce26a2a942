#include "block.h"
#include "simt_run.h"
#include "fibre.h"

#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <pthread.h>
#include <sys/mman.h>
#include <vector>

namespace simt {

place here;

namespace {

enum state : unsigned char { NEW, READY, IN_WARP, IN_BLOCK, DONE };

// Threads begin on any fibre that is free, so a block whose threads do not wait needs a single one.
state states[MOST_THREADS];
int fibre_of[MOST_THREADS];        // where a thread that began runs
context fibres[MOST_THREADS + 1];  // each is in the middle of a thread, or free, in the loop of threads()
int idle[MOST_THREADS + 1], n_idle, n_fibres, running;
context outside;

const launch *now;
alignas(16) char args[MOST_ARGS];
int in_block, in_warp[MOST_THREADS / 32]; // how many wait

int failed;
std::string reason;

// pick finds a thread that can run, the next one after the one that does; -1 if there is none. Those of the same warp come first: what they have is in the
// processor's cache, and where warps do not wait for each other the next one finds the same fibres free.
int pick() {
	int n = here.threads, warp = here.tid / 32 * 32, t = here.tid;
	for (int i = 0; i < 32; i++) {
		t = warp + (t + 1) % 32;
		if (t < n && states[t] <= READY) {
			return t;
		}
	}
	t = warp + 31;
	for (int i = 0; i < n; i++) {
		t = t + 1 < n ? t + 1 : 0;
		if (states[t] <= READY) {
			return t;
		}
	}
	return -1;
}

// Kernels have one argument, a struct of a size that is only known here. It lies in memory, and what lies behind it does not matter.
template <size_t N> struct bytes {
	unsigned long long words[N / 8];
};

template <size_t N> void call() { ((void (*)(bytes<N>))now->kernel)(*(const bytes<N> *)args); }

void thread() {
	now->size <= 128 ? call<128>() : now->size <= 512 ? call<512>() : call<MOST_ARGS>();
}

void hand_over(context &to, int fibre) {
	int me = running;
	running = fibre;
	change(fibres[me], to);
}

// threads is what a fibre does: it begins threads as long as there are new ones.
void threads() {
	for (;;) {
		int t = pick();
		if (t >= 0 && states[t] == NEW) {
			here.tid = t;
			fibre_of[t] = running;
			states[t] = READY; // it runs
			thread();
			states[t] = DONE;
			continue;
		}
		idle[n_idle++] = running;
		if (t < 0) {
			change(fibres[running], outside);
		} else {
			here.tid = t;
			hand_over(fibres[fibre_of[t]], fibre_of[t]);
		}
	}
}

int free_fibre() {
	if (n_idle > 0) {
		return idle[--n_idle];
	}
	fibres[n_fibres] = fresh(n_fibres, threads);
	return n_fibres++;
}

// let_others runs others until this thread is ready again.
void let_others() {
	int me = here.tid, t = pick();
	if (t < 0) {
		broken(LAUNCH_FAILED, "threads wait for each other at different places, or for threads that are done");
	}
	int fibre = states[t] == NEW ? free_fibre() : fibre_of[t];
	if (states[t] != NEW) {
		here.tid = t;
	} else {
		here.tid = t - 1; // the fibre picks the next one
	}
	if (fibre != running) {
		hand_over(fibres[fibre], fibre);
	}
	here.tid = me;
}

// Copies that were begun in the background.
struct copy {
	void *to;
	char bytes[16];
	int bundle;
};
std::vector<copy> copies[MOST_THREADS];
int bundles[MOST_THREADS];
bool any_copies;

// exchanged has the values that threads of a warp give each other; alternately, as a thread may begin the next exchange while others read.
char exchanged[MOST_THREADS / 32][2][32][32];
unsigned char turn[MOST_THREADS / 32];

void block() {
	memset(states, NEW, here.threads);
	memset(in_warp, 0, sizeof in_warp);
	memset(here.shared, 0xff, now->shared);
	in_block = 0;
	if (any_copies) {
		for (int i = 0; i < here.threads; i++) {
			copies[i].clear();
			bundles[i] = 0;
		}
		any_copies = false;
	}
	here.tid = -1; // the first is the next one
	running = free_fibre();
	change(outside, fibres[running]);
	for (int i = 0; i < here.threads && failed == 0; i++) {
		if (states[i] != DONE) {
			failed = LAUNCH_FAILED;
			reason = "a thread waits for others that are done";
		}
	}
}

// A thread that touches what is not memory ends the launch, as on a GPU.
sigjmp_buf crash;
volatile sig_atomic_t guarded;
pthread_t guarded_thread;
struct sigaction before[2];

void on_signal(int sig, siginfo_t *info, void *context) {
	if (guarded && pthread_equal(pthread_self(), guarded_thread)) {
		guarded = 0;
		siglongjmp(crash, 1);
	}
	const struct sigaction &old = before[sig == SIGBUS];
	if (old.sa_flags & SA_SIGINFO) {
		old.sa_sigaction(sig, info, context);
	} else if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) {
		old.sa_handler(sig);
	} else {
		sigaction(sig, &old, nullptr); // it happens again, and ends the process
	}
}

void watch() {
	static bool watching;
	if (watching) {
		return;
	}
	watching = true;
	struct sigaction mine = {};
	mine.sa_sigaction = on_signal;
	mine.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigfillset(&mine.sa_mask);
	sigaction(SIGSEGV, &mine, &before[0]);
	sigaction(SIGBUS, &mine, &before[1]);
}

// shared_memory ends at a page that cannot be touched.
char *shared_memory(unsigned bytes) {
	static char *end;
	if (end == nullptr) {
		enum { ROOM = 256 << 10, PAGE = 4096 };
		char *low = (char *)mmap(nullptr, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mprotect(low + ROOM, PAGE, PROT_NONE);
		end = low + ROOM;
	}
	return end - (bytes + 15) / 16 * 16;
}

void grid() {
	for (unsigned z = 0; z < now->grid[2] && failed == 0; z++) {
		for (unsigned y = 0; y < now->grid[1] && failed == 0; y++) {
			for (unsigned x = 0; x < now->grid[0] && failed == 0; x++) {
				here.bid[0] = (int)x, here.bid[1] = (int)y, here.bid[2] = (int)z;
				block();
			}
		}
	}
}

} // namespace

void broken(int code, const char *why) {
	failed = code;
	char text[200];
	snprintf(text, sizeof text, "%s (thread %d of block %d, %d, %d)", why, here.tid, here.bid[0], here.bid[1], here.bid[2]);
	reason = text;
	change(fibres[running], outside);
	__builtin_trap();
}

void wait_block() {
	states[here.tid] = IN_BLOCK;
	if (++in_block < here.threads) {
		let_others();
		return;
	}
	in_block = 0;
	memset(states, READY, here.threads);
}

void wait_warp() {
	int w = here.tid / 32;
	states[here.tid] = IN_WARP;
	if (++in_warp[w] < 32) {
		let_others();
		return;
	}
	in_warp[w] = 0;
	turn[w] ^= 1;
	memset(states + 32 * w, READY, 32);
}

const char *exchange(const void *mine, int size) {
	int w = here.tid / 32, t = turn[w];
	memcpy(exchanged[w][t][here.tid % 32], mine, size);
	wait_warp();
	return exchanged[w][t][0];
}

void copy_later(void *to, const void *from) {
	copy c;
	c.to = to;
	memcpy(c.bytes, from, sizeof c.bytes);
	c.bundle = bundles[here.tid];
	copies[here.tid].push_back(c);
	memset(to, 0xff, sizeof c.bytes);
	any_copies = true;
}

void commit_copies() {
	bundles[here.tid]++;
	any_copies = true;
}

void finish_copies(int but) {
	std::vector<copy> &mine = copies[here.tid];
	size_t n = 0;
	while (n < mine.size() && mine[n].bundle < bundles[here.tid] - but) {
		memcpy(mine[n].to, mine[n].bytes, sizeof mine[n].bytes);
		n++;
	}
	mine.erase(mine.begin(), mine.begin() + n);
}

int run(const launch &l, std::string &why) {
	watch();
	now = &l;
	failed = 0;
	memcpy(args, l.args, l.size);
	here.threads = (int)l.threads;
	for (int i = 0; i < 3; i++) {
		here.blocks[i] = (int)l.grid[i];
	}
	here.shared = shared_memory(l.shared);
	guarded_thread = pthread_self();
	if (sigsetjmp(crash, 1) == 0) {
		guarded = 1;
		grid();
		guarded = 0;
	} else {
		failed = ILLEGAL_ADDRESS;
		char text[100];
		snprintf(text, sizeof text, "thread %d of block %d, %d, %d uses an address that is no memory", here.tid, here.bid[0], here.bid[1], here.bid[2]);
		reason = text;
	}
	if (failed != 0) { // fibres are left in the middle of threads
		n_fibres = n_idle = 0;
		for (auto &all : copies) {
			all.clear();
		}
		memset(bundles, 0, sizeof bundles);
		why = reason;
	}
	return failed;
}

} // namespace simt
