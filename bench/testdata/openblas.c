// Times cblas_sgemm on the shapes of bench/shapes, read from stdin, and prints medians as Go's benchmarks do.
//
// usage: openblas THREADS REPETITIONS <shapes
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cblas.h>

extern void openblas_set_num_threads(int n);

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static int order(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static float *numbers(long n) {
	float *s = malloc(n * sizeof *s);
	for (long i = 0; s && i < n; i++)
		s[i] = (float)rand() / RAND_MAX - 0.5f;
	if (!s)
		exit(1);
	return s;
}

static double median(long m, long n, long k, int ta, int tb, int repetitions) {
	float *a = numbers(m * k), *b = numbers(k * n), *c = numbers(m * n);
	double *seconds = malloc(repetitions * sizeof *seconds);
	for (int i = -1; i < repetitions; i++) { // the first one warms up
		double start = now();
		cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1, a, ta ? m : k, b,
		            tb ? k : n, 0, c, n);
		if (i >= 0)
			seconds[i] = now() - start;
	}
	qsort(seconds, repetitions, sizeof *seconds, order);
	double middle = seconds[repetitions / 2];
	free(a), free(b), free(c), free(seconds);
	return middle;
}

int main(int argc, char **argv) {
	char line[200], ta, tb;
	long m, n, k;
	if (argc != 3)
		return 2;
	openblas_set_num_threads(atoi(argv[1]));
	while (fgets(line, sizeof line, stdin))
		if (sscanf(line, "%ld %ld %ld %c%c", &m, &n, &k, &ta, &tb) == 5)
			printf("BenchmarkShapes/%ldx%ldx%ld/%c%c/%s 1 %.1f GFLOP/s\n", m, n, k, ta, tb, argv[1],
			       2e-9 * m * n * k / median(m, n, k, ta == 'T', tb == 'T', atoi(argv[2])));
	return 0;
}
