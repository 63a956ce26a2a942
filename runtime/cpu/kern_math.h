// Functions of vectors of float. A template over VBYTES and what vector_avx.h or vector_plain.h defines.
//
// Each says how exact it is, in units of the result's last place (ulp). The polynomials are minimax fits of our own. Unless said otherwise NaN
// stays NaN, and infinities and numbers too small to be normal are right.

#define ALWAYS static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

enum { VN = VBYTES / 4 };
typedef float vf __attribute__((vector_size(VBYTES), may_alias));
typedef int32_t vi __attribute__((vector_size(VBYTES), may_alias));
typedef uint32_t vu __attribute__((vector_size(VBYTES), may_alias));
typedef float vf_any __attribute__((vector_size(VBYTES), aligned(4), may_alias)); // at any address
typedef int32_t vi_any __attribute__((vector_size(VBYTES), aligned(4), may_alias));

ALWAYS vf splat(float x) { return (vf){0} + x; }

// v_sqrt: the compiler makes no vectors of sqrtf, as that may set errno.
#if defined(__x86_64__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

ALWAYS vf v_sqrt(vf x) {
#if defined(__x86_64__) && VBYTES == 64
	return (vf)_mm512_sqrt_ps((__m512)x);
#elif defined(__x86_64__) && VBYTES == 32
	return (vf)_mm256_sqrt_ps((__m256)x);
#elif defined(__x86_64__)
	return (vf)_mm_sqrt_ps((__m128)x);
#elif defined(__aarch64__)
	return (vf)vsqrtq_f32((float32x4_t)x);
#else
	for (int i = 0; i < VN; i++)
		x[i] = __builtin_sqrtf(x[i]);
	return x;
#endif
}

// load and store move the first n numbers of a vector; the others are 0 or stay as they are.
ALWAYS vf load(const float *from, long n) {
	if (n >= VN)
		return *(const vf_any *)from;
	return (vf)load_part_f32(from, n);
}

ALWAYS void store(float *to, vf v, long n) {
	if (n >= VN)
		*(vf_any *)to = v;
	else
		store_part_f32(to, v, n);
}

// pick takes from a where the mask is set, else from b.
ALWAYS vf pick(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
ALWAYS vf larger(vf a, vf b) { return pick(a > b, a, b); }
ALWAYS vf smaller(vf a, vf b) { return pick(a < b, a, b); }
ALWAYS vf magnitude(vf x) { return (vf)((vi)x & 0x7fffffff); }
ALWAYS vf signed_as(vf x, vf sign) { return (vf)((vi)x | ((vi)sign & ((vi){0} + INT32_MIN))); }
ALWAYS float total(vf v) { return sum_f32((vec_f32)v); }

static const int32_t counting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// first_of is set in the first n lanes.
ALWAYS vi first_of(long n) { return *(const vi_any *)counting < (int32_t)(n < VN ? n : VN); }

// load_or is load with another number in the lanes that are left.
ALWAYS vf load_or(const float *from, long n, float other) {
	if (n >= VN)
		return *(const vf_any *)from;
	return pick(first_of(n), (vf)load_part_f32(from, n), splat(other));
}

ALWAYS float greatest(vf v) {
#if defined(__clang__)
	for (int i = 1; i < VN; i++)
		v[0] = v[i] > v[0] ? v[i] : v[0];
#else
	UNROLL for (int k = VN / 2; k > 0; k /= 2) v = larger(v, __builtin_shuffle(v, (*(const vi_any *)counting + k) & (VN - 1)));
#endif
	return v[0];
}

// v_rounder, 1.5 * 2^23: a sum with it is rounded to a whole number, which is in its low bits.
static const float v_rounder = 12582912.0f;

// exp: 1 ulp. x = n ln 2 + r with |r| <= ln 2 / 2, and e^x = 2^n e^r (Cody and Waite 1980: ln 2 is taken off in two steps).
ALWAYS vf v_exp(vf x) {
	x = pick(x < -104.0f, splat(-104.0f), x);
	x = pick(x > 89.0f, splat(89.0f), x);
	vf shifted = x * 1.44269504f + v_rounder, n = shifted - v_rounder;
	vf r = x - n * 0.693359375f - n * -2.12194440e-4f;
	vf p = splat(1.381455767e-3f);
	p = p * r + 8.368735773e-3f;
	p = p * r + 4.166838990e-2f;
	p = p * r + 1.666652048e-1f;
	p = p * r + 4.999999344e-1f;
	p = (p * r) * r + r + 1.0f;
	// 2^n in two factors, as n may be 128 or -150.
	vi e = (vi)shifted - 0x4b400000, half = e >> 1;
	return p * (vf)((half + 127) << 23) * (vf)((e - half + 127) << 23);
}

// log: 1 ulp. x = 2^k m with m between √½ and √2; log x = k ln 2 + log m.
ALWAYS vf v_log(vf x) {
	vi denormal = x < 1.17549435e-38f;
	vf scaled = pick(denormal, x * 33554432.0f, x);
	vi bits = (vi)scaled, k = ((bits - 0x3f3504f3) >> 23); // 0x3f3504f3 is √½
	vf m = (vf)(bits - (k << 23)), f = m - 1.0f;
	k -= denormal & 25;
	vf p = splat(-7.634429908e-2f);
	p = p * f + 1.276155036e-1f;
	p = p * f + -1.316019505e-1f;
	p = p * f + 1.420176247e-1f;
	p = p * f + -1.662335648e-1f;
	p = p * f + 2.000122667e-1f;
	p = p * f + -2.500082106e-1f;
	p = p * f + 3.333333171e-1f;
	vf n = __builtin_convertvector(k, vf), f2 = f * f;
	vf r = n * 0.693359375f + (f + (f2 * f * p - 0.5f * f2 + n * -2.12194440e-4f));
	vf inf = splat(__builtin_inff());
	r = pick(x == inf, inf, r);
	r = pick(x == 0, -inf, r);
	return pick((x < 0) | (x != x), splat(__builtin_nanf("")), r);
}

// tanh: 2 ulp.
ALWAYS vf v_tanh(vf x) {
	vf a = magnitude(x), s = x * x;
	vf p = splat(-5.515167184e-3f);
	p = p * s + 2.046942349e-2f;
	p = p * s + -5.368802449e-2f;
	p = p * s + 1.333083037e-1f;
	p = p * s + -3.333325985e-1f;
	vf near = x + x * s * p;
	vf far = 1.0f - 2.0f / (v_exp(a + a) + 1.0f);
	return pick(a < 0.65f, near, signed_as(far, x));
}

ALWAYS vf v_sigmoid(vf x) { return 1.0f / (1.0f + v_exp(-x)); }

// upper is the normal distribution's tail above t >= 0, 1 - Φ(t), divided by its density times √2π. Relative error 2^-22.
ALWAYS vf v_tail(vf t) {
	vf s = 1.0f / (1.0f + 0.3f * t);
	vf p = splat(3.567614393e-2f);
	p = p * s + -1.572080957e-1f;
	p = p * s + 2.063607702e-1f;
	p = p * s + -5.368891889e-2f;
	p = p * s + 1.285636194e-1f;
	p = p * s + 9.991312975e-2f;
	p = p * s + 1.207539792e-1f;
	p = p * s + 1.196292992e-1f;
	return p * s;
}

// gelu: x Φ(x), absolute error 2^-24 beside 2 ulp.
ALWAYS vf v_gelu(vf x) {
	vf a = magnitude(x), q = v_exp(-0.5f * x * x) * v_tail(pick(a > 1e18f, splat(1e18f), a));
	return x * pick(x < 0, q, 1.0f - q);
}

// gelu_slope: Φ(x) + x φ(x).
ALWAYS vf v_gelu_slope(vf x) {
	vf a = magnitude(x), e = v_exp(-0.5f * x * x), q = e * v_tail(a);
	return pick(x < 0, q, 1.0f - q) + x * e * 0.398942280f;
}

// gelu_tanh: x/2 (1 + tanh u) with u = √(2/π) (x + 0.044715 x³) is x / (1 + e^-2u).
ALWAYS vf v_gelu_tanh(vf x) {
	vf u2 = 1.59576912f * x * (1.0f + 0.044715f * x * x);
	return x / (1.0f + v_exp(-u2));
}

// v_logistic returns s = 1 / (1 + e^-x), and its slope s (1-s) without cancellation.
ALWAYS vf v_logistic(vf x, vf *slope) {
	vf e = v_exp(-magnitude(x)), r = 1.0f / (1.0f + e);
	*slope = e * r * r;
	return pick(x < 0, e * r, r);
}

// gelu_tanh_slope: with s = 1 / (1 + e^-2u), s + x s (1-s) (2u)'.
ALWAYS vf v_gelu_tanh_slope(vf x) {
	vf x2 = x * x, slope, s = v_logistic(1.59576912f * x * (1.0f + 0.044715f * x2), &slope);
	return s + x * slope * (1.59576912f * (1.0f + 0.134145f * x2));
}

ALWAYS vf v_silu(vf x) { return x / (1.0f + v_exp(-x)); }

ALWAYS vf v_silu_slope(vf x) {
	vf slope, s = v_logistic(x, &slope);
	return s + x * slope;
}

// Angles up to v_turns_limit are reduced exactly enough.
static const float v_turns_limit = 20000.0f;

// quarter_sincos: of r, at most an eighth of a turn, and quarters of a turn, which say which of the two series it is.
ALWAYS void v_quarter_sincos(vf r, vi quarter, vf *sine, vf *cosine) {
	vf s = r * r;
	vf a = splat(-1.950694318e-4f);
	a = a * s + 8.332099757e-3f;
	a = a * s + -1.666665365e-1f;
	a = r + r * s * a;
	vf b = splat(2.442362464e-5f);
	b = b * s + -1.388723343e-3f;
	b = b * s + 4.166664400e-2f;
	b = 1.0f - 0.5f * s + s * s * b;
	vi odd = (quarter & 1) != 0;
	*sine = (vf)((vi)pick(odd, b, a) ^ ((quarter & 2) << 30));
	*cosine = (vf)((vi)pick(odd, a, b) ^ (((quarter + 1) & 2) << 30));
}

// sincos: absolute error 2^-23 for |x| up to v_turns_limit. π/2 is taken off in four steps.
ALWAYS void v_sincos(vf x, vf *sine, vf *cosine) {
	vf shifted = x * 0.636619772f + v_rounder, n = shifted - v_rounder;
	vf r = ((x - n * 1.5703125f) - n * 4.83751297e-4f) - n * 7.54953362e-8f;
	v_quarter_sincos(r - n * 2.56334407e-12f, (vi)shifted, sine, cosine);
}

// turn_sincos: of u turns, u from 0 to 1. Absolute error 2^-23.
ALWAYS void v_turn_sincos(vf u, vf *sine, vf *cosine) {
	vf shifted = u * 4.0f + v_rounder, n = shifted - v_rounder;
	v_quarter_sincos((u - n * 0.25f) * 6.28318531f, (vi)shifted, sine, cosine);
}
