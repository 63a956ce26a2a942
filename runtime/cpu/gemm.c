#include "gemm.h"

#include <stddef.h>

#include "level.h"

typedef void (*gemm_func)(const gemm_args *g);

static gemm_func sgemm_func(void) {
	switch (cpu_level()) {
#if defined(__x86_64__)
	case LEVEL_AVX512:
		return gemm_avx512_f32;
	case LEVEL_AVX2:
		return gemm_avx2_f32;
#elif defined(__aarch64__)
	case LEVEL_NEON:
		return gemm_neon_f32;
#endif
	default:
		return gemm_generic_f32;
	}
}

static gemm_func dgemm_func(void) {
	switch (cpu_level()) {
#if defined(__x86_64__)
	case LEVEL_AVX512:
		return gemm_avx512_f64;
	case LEVEL_AVX2:
		return gemm_avx2_f64;
#elif defined(__aarch64__)
	case LEVEL_NEON:
		return gemm_neon_f64;
#endif
	default:
		return gemm_generic_f64;
	}
}

void cpu_sgemm(const gemm_shape *s, const float *a, const float *b, float *c, const float *bias, float *pre, const float *residual) {
	gemm_args g = {*s, a, b, c, bias, pre, residual};
	sgemm_func()(&g);
}

void cpu_dgemm(const gemm_shape *s, const double *a, const double *b, double *c) {
	gemm_args g = {*s, a, b, c, NULL, NULL, NULL};
	dgemm_func()(&g);
}
