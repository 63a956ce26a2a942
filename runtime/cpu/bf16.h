// Bfloat16, the upper half of a float. A template on vector.h, for float.

typedef uint32_t FN(uvec) __attribute__((vector_size(VBYTES), may_alias));
typedef uint16_t FN(halves) __attribute__((vector_size(VBYTES / 2), aligned(2), may_alias));

ALWAYS float FN(widen_one)(uint16_t h) {
	uint32_t bits = (uint32_t)h << 16;
	float f;
	memcpy(&f, &bits, sizeof f);
	return f;
}

// widen makes n numbers float.
MAYBE void FN(widen)(float *to, const uint16_t *from, long n) {
	long i = 0;
	for (; i + V <= n; i += V)
		*(VEC_ANY *)(to + i) = (VEC)(__builtin_convertvector(*(const FN(halves) *)(from + i), FN(uvec)) << 16);
	for (; i < n; i++)
		to[i] = FN(widen_one)(from[i]);
}

// widen_pairs makes n numbers float, at most two vectors: those at even and those at odd places. Missing ones are 0.
ALWAYS void FN(widen_pairs)(const uint16_t *from, long n, VEC *even, VEC *odd) {
	FN(uvec) pairs = {0};
	if (n == 2 * V)
		memcpy(&pairs, from, sizeof pairs);
	else
		memcpy(&pairs, from, n * sizeof *from);
	pairs = (FN(uvec))FN(loaded)((VEC)pairs);
	*even = (VEC)(pairs << 16);
	*odd = (VEC)(pairs & 0xffff0000);
}
