// How long a product of matrices [M, K] and [K, N] would take if the vector units did nothing but multiply and add, on numbers that are in
// registers: what no program on this machine can be faster than. A racer (see bench/race).
//
//	gcc -O3 -march=native -pthread peak.c -o peak; ./peak M N K TIMES
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
enum { BYTES = 64 };
#elif defined(__AVX__)
enum { BYTES = 32 };
#else
enum { BYTES = 16 };
#endif
enum { CHAINS = 12 }; // more than units times their latency; with two operands, they fit into 16 registers

typedef float vec __attribute__((vector_size(BYTES)));

static double operations; // of each thread

static void *work(void *arg) {
	vec sum[CHAINS], x = (vec){0} + 0.999f, y = (vec){0} + 0.001f;
	for (int c = 0; c < CHAINS; c++)
		sum[c] = (vec){0} + (float)c; // equal ones would be computed once
	long rounds = operations / (2.0 * CHAINS * BYTES / sizeof(float));
	for (long i = 0; i < rounds; i++) {
		__asm__("" : "+x"(x), "+x"(y)); // so that the loop stays
#pragma GCC unroll 12
		for (int c = 0; c < CHAINS; c++)
			sum[c] = sum[c] * x + y;
	}
	for (int c = 1; c < CHAINS; c++)
		sum[0] += sum[c];
	*(volatile float *)arg = sum[0][0];
	return NULL;
}

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int count, char **args) {
	if (count != 5) {
		fprintf(stderr, "peak: want M N K TIMES\n");
		return 1;
	}
	double all = 2.0 * atof(args[1]) * atof(args[2]) * atof(args[3]), times = atof(args[4]);
	printf("ready 0 the vector units alone, %d bytes wide, f32\n", BYTES);
	fflush(stdout);
	for (int threads; scanf("%d", &threads) == 1 && threads > 0;) {
		pthread_t others[threads];
		float sums[threads];
		operations = all * times / threads;
		double begun = now();
		for (int i = 1; i < threads; i++)
			pthread_create(&others[i], NULL, work, &sums[i]);
		work(&sums[0]);
		for (int i = 1; i < threads; i++)
			pthread_join(others[i], NULL);
		printf("%.9f 0\n", (now() - begun) / times);
		fflush(stdout);
	}
}
