// What happens to sums on their way into C. A template on vector.h.

#if HAS_EPILOGUE
#include "exp.h"

// gelu is x/2 (1 + tanh(u)) with u = sqrt(2/pi) (x + 0.044715 x³), GPT-2's form of the Gaussian error linear unit (Hendrycks
// and Gimpel 2016), written as x / (1 + exp(-2u)).
ALWAYS VEC FN(gelu)(VEC x) {
	const T minus_two_root = -1.5957691216057308f; // -2 sqrt(2/pi)
	VEC u = minus_two_root * (x + 0.044715f * x * x * x);
	return x / (1 + FN(exp)(u));
}

ALWAYS VEC FN(act)(enum gemm_act act, VEC x) {
	switch (act) {
	case ACT_GELU:
		return FN(gelu)(x);
	case ACT_RELU:
		return FN(select)(x < 0, (VEC){0}, x);
	case ACT_SILU:
		return x / (1 + FN(exp)(-x));
	default:
		return x;
	}
}
#endif

// finish_some finishes n sums, at most a vector: C[i][j...] = residual + act(alpha sum + beta C + bias).
ALWAYS void FN(finish_some)(const gemm_args *g, VEC sum, long i, long j, long n, int last, T alpha, T beta) {
	T *c = (T *)g->c + i * g->s.ldc + j;
	VEC v = sum * alpha;
	if (beta != 0)
		v += FN(load)(c, n) * beta;
#if HAS_EPILOGUE
	if (last) {
		if (g->bias)
			v += FN(load)(g->bias + j, n);
		if (g->pre)
			FN(store)(g->pre + i * g->s.ld_pre + j, v, n);
		v = FN(act)(g->s.act, v);
		if (g->residual)
			v += FN(load)(g->residual + i * g->s.ld_residual + j, n);
	}
#else
	(void)last;
#endif
	FN(store)(c, v, n);
}

// finish stores a block of sums, rows by cols, whose first element is C[i][j]. last: k has come to its end.
MAYBE void FN(finish)(const gemm_args *g, const T *sums, long row, long i, long j, long rows, long cols, int last, T alpha, T beta) {
	for (long r = 0; r < rows; r++, sums += row) {
		long q = 0;
		for (; q + V <= cols; q += V)
			FN(finish_some)(g, *(const VEC *)(sums + q), i + r, j + q, V, last, alpha, beta);
		if (q < cols)
			FN(finish_some)(g, *(const VEC *)(sums + q), i + r, j + q, cols - q, last, alpha, beta);
	}
}

MAYBE int FN(has_epilogue)(const gemm_args *g) {
	return g->bias || g->pre || g->residual || g->s.act != ACT_NONE;
}

