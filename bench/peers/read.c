// How long it takes to read so many bytes of memory and do nothing with them: what no program that reads all weights for each token can be faster than,
// on this machine. The bytes are read in one to sixteen runs at a time, with and without prefetching, whichever is fastest here. A racer (see bench/race).
//
//	gcc -O3 -march=native -pthread read.c -o read; ./read BYTES TIMES
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if defined(__AVX512F__)
enum { WIDE = 64 };
#elif defined(__AVX__)
enum { WIDE = 32 };
#else
enum { WIDE = 16 };
#endif
enum { LINE = 64, AHEAD = 1024 };

typedef long vec __attribute__((vector_size(WIDE)));

typedef struct {
	const char *at;
	long bytes, runs;
	int prefetch;
	vec sum;
} share;

// one_run takes a line of each run in turn.
#define READ(RUNS, PREFETCH)                                                                   \
	static vec read_##RUNS##_##PREFETCH(const char *at, long bytes) {                            \
		vec sum[2] = {{0}, {0}};                                                                   \
		long run = bytes / RUNS / LINE * LINE;                                                     \
		for (long i = 0; i < run; i += LINE)                                                       \
			for (int r = 0; r < RUNS; r++) {                                                         \
				const char *line = at + r * run + i;                                                   \
				if (PREFETCH)                                                                          \
					__builtin_prefetch(line + AHEAD, 0, 3);                                              \
				for (int v = 0; v < LINE / WIDE; v++)                                                  \
					sum[r & 1] ^= ((const vec *)line)[v];                                                \
			}                                                                                        \
		return sum[0] ^ sum[1];                                                                    \
	}
READ(1, 0) READ(2, 0) READ(4, 0) READ(8, 0) READ(16, 0)
READ(1, 1) READ(2, 1) READ(4, 1) READ(8, 1) READ(16, 1)

static struct {
	const char *name;
	vec (*read)(const char *, long);
} ways[] = {
	{"1 run", read_1_0}, {"2 runs", read_2_0}, {"4 runs", read_4_0}, {"8 runs", read_8_0}, {"16 runs", read_16_0},
	{"1 run, prefetched", read_1_1}, {"2 runs, prefetched", read_2_1}, {"4 runs, prefetched", read_4_1},
	{"8 runs, prefetched", read_8_1}, {"16 runs, prefetched", read_16_1},
};
enum { WAYS = sizeof ways / sizeof *ways };
static int way;

static void *work(void *arg) {
	share *s = arg;
	s->sum = ways[way].read(s->at, s->bytes);
	return NULL;
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

// reading is the seconds that it takes some threads, each with a share of its own.
static double reading(const char *mem, long bytes, int threads) {
	pthread_t others[threads];
	share shares[threads] __attribute__((aligned(64)));
	double begun = now();
	for (int i = threads - 1; i >= 0; i--) {
		long from = bytes / threads / LINE * LINE * i;
		shares[i].at = mem + from;
		shares[i].bytes = (i == threads - 1 ? bytes : bytes / threads / LINE * LINE * (i + 1)) - from;
		if (i > 0)
			pthread_create(&others[i], NULL, work, &shares[i]);
		else
			work(&shares[0]);
	}
	for (int i = 1; i < threads; i++)
		pthread_join(others[i], NULL);
	double end = now();
	for (int i = 0; i < threads; i++)
		*(volatile long *)&shares[i].sum;
	return end - begun;
}

int main(int count, char **args) {
	if (count != 3) {
		fprintf(stderr, "read: want BYTES TIMES\n");
		return 1;
	}
	long bytes = atol(args[1]), times = atol(args[2]);
	char *mem = aligned_alloc(2 << 20, (bytes + AHEAD) / (2 << 20) * (2 << 20) + (2 << 20));
	if (!mem) {
		fprintf(stderr, "read: no room for %ld bytes\n", bytes);
		return 1;
	}
#ifdef MADV_HUGEPAGE
	madvise(mem, bytes + AHEAD, MADV_HUGEPAGE);
#endif
	memset(mem, 1, bytes + AHEAD);
	double best[WAYS];
	int fastest = 0;
	for (int round = 0; round < 5; round++)
		for (way = 0; way < WAYS; way++) {
			double took = reading(mem, bytes, 1);
			best[way] = round && best[way] < took ? best[way] : took;
		}
	for (way = 0; way < WAYS; way++)
		if (best[way] < best[fastest])
			fastest = way;
	way = fastest;
	printf("ready 0 memory alone, read in %s, %d bytes at once\n", ways[way].name, WIDE);
	fflush(stdout);
	for (int threads; scanf("%d", &threads) == 1 && threads > 0;) {
		double begun = now();
		for (long i = 0; i < times; i++)
			reading(mem, bytes, threads);
		printf("%.9f 0\n", (now() - begun) / times);
		fflush(stdout);
	}
}
