// exp(x) of vectors of float. A template on vector.h.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; exp(x) = 2^n exp(r), where exp(r) is its series up to r^7 (the error of the remainder is below
// 2^-26). ln 2 is taken off in two steps (Cody and Waite 1980). The relative error is below 2 units in the last place for
// results that are normal numbers; below them the result is 0 or the least normal number, above the greatest it is about 2^128,
// an infinity. NaN stays NaN.

typedef int32_t FN(ivec) __attribute__((vector_size(VBYTES), may_alias));

// select takes from a where the mask is set, else from b.
ALWAYS VEC FN(select)(FN(ivec) mask, VEC a, VEC b) { return (VEC)((mask & (FN(ivec))a) | (~mask & (FN(ivec))b)); }

ALWAYS VEC FN(exp)(VEC x) {
	const float low = -87.5f, high = 89.0f, log2e = 1.44269504f, rounder = 12582912.0f; // 1.5 * 2^23
	const float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
	VEC lows = (VEC){0} + low, highs = (VEC){0} + high;
	x = FN(select)(x < lows, lows, x);
	x = FN(select)(x > highs, highs, x);
	VEC shifted = x * log2e + rounder, n = shifted - rounder;
	VEC r = x - n * ln2_high - n * ln2_low;
	VEC p = (VEC){0} + 1.0f / 5040;
	p = p * r + 1.0f / 720;
	p = p * r + 1.0f / 120;
	p = p * r + 1.0f / 24;
	p = p * r + 1.0f / 6;
	p = p * r + 0.5f;
	p = p * r + 1.0f;
	p = p * r + 1.0f;
	// The integer is in the low bits of shifted. 2^n in two factors, as n may be 128.
	FN(ivec) e = (FN(ivec))shifted - 0x4b400000, half = e >> 1;
	return p * (VEC)((half + 127) << 23) * (VEC)((e - half + 127) << 23);
}
