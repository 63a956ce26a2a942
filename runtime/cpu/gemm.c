#include "gemm.h"

#include <stddef.h>
#include <stdint.h>

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

// pairs reports whether a product can be computed as one of pairs of bfloat16 that lie side by side along k.
static int pairs(const gemm_args *g) {
	const gemm_shape *s = &g->s;
	int lies = GEMM_A_HALF | GEMM_B_HALF | GEMM_TRANS_B, steps = (s->lda | s->ldb | s->k | s->step_a | s->step_b) & 1;
	return cpu_uses(CPU_AVX512_BF16) && s->flags == lies && !steps && ((uintptr_t)g->a | (uintptr_t)g->b) % 4 == 0 && s->m > 8;
}

void cpu_bgemm(const gemm_shape *s, const void *a, const void *b, float *c, const float *bias, float *pre, const float *residual) {
	gemm_args g = {*s, a, b, c, bias, pre, residual};
#if defined(__x86_64__)
	if (pairs(&g)) {
		g.s.k /= 2, g.s.lda /= 2, g.s.ldb /= 2, g.s.step_a /= 2, g.s.step_b /= 2;
		g.s.flags = GEMM_TRANS_B;
		gemm_avx512bf16_f32(&g);
		return;
	}
#else
	(void)pairs;
#endif
	sgemm_func()(&g);
}
