// Functions of numbers, in float and in double: there is no library of them on the GPU without NVIDIA's software. Each says how exact it is, in units of the result's
// last place (ulp). Polynomials of float are minimax fits of our own, those of double are series. NaN stays NaN.
#pragma once

#include "simt.h"

DEVICE float fn_inf(float) { return float_of_bits(0x7f800000u); }
DEVICE double fn_inf(double) { return double_of_bits(0x7ff0000000000000ull); }
DEVICE float fn_nan(float) { return float_of_bits(0x7fc00000u); }
DEVICE double fn_nan(double) { return double_of_bits(0x7ff8000000000000ull); }
DEVICE float signed_as(float x, float sign) { return float_of_bits(bits_of_float(x) | (bits_of_float(sign) & 0x80000000u)); }
DEVICE double signed_as(double x, double sign) { return double_of_bits(bits_of_double(x) | (bits_of_double(sign) & 0x8000000000000000ull)); }

// power2 is 2^n in two factors, as n may be more, or less, than the exponent of one number holds.
DEVICE float times_power2(float x, int n) {
	int half = n >> 1;
	return x * float_of_bits((unsigned)(half + 127) << 23) * float_of_bits((unsigned)(n - half + 127) << 23);
}
DEVICE double times_power2(double x, int n) {
	int half = n >> 1;
	return x * double_of_bits((unsigned long long)(half + 1023) << 52) * double_of_bits((unsigned long long)(n - half + 1023) << 52);
}

// exp: 1 ulp. x = n ln 2 + r with |r| <= ln 2 / 2, and e^x = 2^n e^r (Cody and Waite 1980: ln 2 is taken off in two steps).
DEVICE float fn_exp(float x) {
	x = x < -104.0f ? -104.0f : x > 89.0f ? 89.0f : x;
	float n = rint_(x * 1.44269504f);
	float r = fma_(n, -0.693359375f, x);
	r = fma_(n, 2.12194440e-4f, r);
	float p = 1.381455767e-3f;
	p = fma_(p, r, 8.368735773e-3f);
	p = fma_(p, r, 4.166838990e-2f);
	p = fma_(p, r, 1.666652048e-1f);
	p = fma_(p, r, 4.999999344e-1f);
	p = fma_(p * r, r, r) + 1.0f;
	return x != x ? x : times_power2(p, (int)n);
}

// series_exp is (e^r - 1 - r) / r², for small r.
DEVICE double series_exp(double r) {
	double p = 1.0 / 355687428096000.0; // 1/17!
	const double inverse[] = {1.0 / 20922789888000.0, 1.0 / 1307674368000.0, 1.0 / 87178291200.0, 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
		1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5};
	for (int i = 0; i < 15; i++) {
		p = fma_(p, r, inverse[i]);
	}
	return p;
}

DEVICE double fn_exp(double x) {
	double c = x < -746.0 ? -746.0 : x > 710.0 ? 710.0 : x;
	double n = rint_(c * 1.4426950408889634074);
	double r = fma_(n, -6.93147180369123816490e-01, c);
	r = fma_(n, -1.90821492927058770002e-10, r);
	double p = fma_(series_exp(r) * r, r, r) + 1.0;
	return x != x ? x : times_power2(p, (int)n);
}

// log_parts is log of a positive number that is not infinite, in two parts whose sum is exact to 2^-60: x = 2^k m with m between √½ and √2, and log m is the
// series of 2 artanh s with s = (m-1)/(m+1).
DEVICE void log_parts(double x, double &high, double &low) {
	int k = 0;
	if (x < 2.2250738585072014e-308) {
		x *= 18014398509481984.0; // 2^54
		k = -54;
	}
	unsigned long long bits = bits_of_double(x);
	int e = (int)((bits - 0x3fe6a09e667f3bcdull) >> 52); // from √½ on
	e = (e << 20) >> 20;                                 // 12 bits with a sign
	double m = double_of_bits(bits - ((unsigned long long)(long long)e << 52)), f = m - 1.0, d = f + 2.0, d_low = f - (d - 2.0);
	k += e;
	double s = f / d, s_low = fma_(-s, d, f);
	s_low = (s_low - s * d_low) / d;
	double z = s * s, p = 2.0 / 27.0;
	const double odd[] = {2.0 / 25, 2.0 / 23, 2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9, 2.0 / 7, 2.0 / 5, 2.0 / 3};
	for (int i = 0; i < 12; i++) {
		p = fma_(p, z, odd[i]);
	}
	double n = k, a = n * 6.93147180369123816490e-01, b = 2.0 * s; // the factor has room for n
	double sum = a + b, lost = abs_(a) > abs_(b) ? b - (sum - a) : a - (sum - b);
	double rest = lost + (2.0 * s_low + (s * z * p + n * 1.90821492927058770002e-10));
	high = sum + rest;
	low = rest - (high - sum);
}

// log: 1 ulp.
DEVICE double fn_log(double x) {
	if (!(x > 0) || x == fn_inf(x)) {
		return x == 0 ? -fn_inf(x) : x > 0 ? x : fn_nan(x);
	}
	double high, low;
	log_parts(x, high, low);
	return high;
}

DEVICE float fn_log(float x) {
	if (!(x > 0) || x == fn_inf(x)) {
		return x == 0 ? -fn_inf(x) : x > 0 ? x : fn_nan(x);
	}
	float scaled = x, k = 0;
	if (x < 1.17549435e-38f) {
		scaled = x * 33554432.0f; // 2^25
		k = -25;
	}
	int bits = (int)bits_of_float(scaled), e = (bits - 0x3f3504f3) >> 23; // 0x3f3504f3 is √½
	float f = float_of_bits((unsigned)(bits - (e << 23))) - 1.0f, f2 = f * f;
	k += e;
	float p = -7.634429908e-2f;
	p = fma_(p, f, 1.276155036e-1f);
	p = fma_(p, f, -1.316019505e-1f);
	p = fma_(p, f, 1.420176247e-1f);
	p = fma_(p, f, -1.662335648e-1f);
	p = fma_(p, f, 2.000122667e-1f);
	p = fma_(p, f, -2.500082106e-1f);
	p = fma_(p, f, 3.333333171e-1f);
	return k * 0.693359375f + (f + (f2 * f * p - 0.5f * f2 + k * -2.12194440e-4f));
}

// pow: 1 ulp in double; the cases at the edges are those of C and of Go.
DEVICE double fn_pow(double x, double y) {
	double size = abs_(x), inf = fn_inf(x);
	if (y == 0 || x == 1) {
		return 1;
	}
	if (x != x || y != y) {
		return fn_nan(x);
	}
	bool whole = floor_(y) == y, odd = whole && abs_(y) < 9007199254740992.0 && floor_(y * 0.5) * 2 != y;
	double r;
	if (abs_(y) == inf) {
		return size == 1 ? 1 : (size > 1) == (y > 0) ? inf : 0.0;
	} else if (size == 0 || size == inf) {
		r = (size == 0) == (y > 0) ? 0.0 : inf;
	} else if (x < 0 && !whole) {
		return fn_nan(x);
	} else {
		double high, low;
		log_parts(size, high, low);
		double p = y * high, rest = fma_(y, high, -p) + y * low;
		if (abs_(p) > 800) {
			r = p > 0 ? inf : 0.0;
		} else {
			r = fn_exp(p);
			r = r == inf ? r : fma_(r, rest, r);
		}
	}
	return odd && (x < 0 || (x == 0 && bits_of_double(x) >> 63)) ? -r : r;
}
DEVICE float fn_pow(float x, float y) { return (float)fn_pow((double)x, (double)y); }

// tanh: 2 ulp.
DEVICE float fn_tanh(float x) {
	float a = abs_(x), s = x * x;
	float p = -5.515167184e-3f;
	p = fma_(p, s, 2.046942349e-2f);
	p = fma_(p, s, -5.368802449e-2f);
	p = fma_(p, s, 1.333083037e-1f);
	p = fma_(p, s, -3.333325985e-1f);
	return a < 0.65f ? fma_(x * s, p, x) : signed_as(1.0f - 2.0f / (fn_exp(a + a) + 1.0f), x);
}
DEVICE double fn_tanh(double x) {
	double a = abs_(x), t = a + a;
	double grown = fma_(series_exp(t) * t, t, t); // e^2a - 1
	return x != x ? x : signed_as(a < 0.35 ? grown / (grown + 2.0) : 1.0 - 2.0 / (fn_exp(t) + 1.0), x);
}

template <class S> DEVICE S fn_sigmoid(S x) { return S(1) / (S(1) + fn_exp(-x)); }
template <class S> DEVICE S fn_silu(S x) { return x / (S(1) + fn_exp(-x)); }

// logistic returns s = 1 / (1 + e^-x), and its slope s (1-s) without cancellation.
template <class S> DEVICE S logistic(S x, S &slope) {
	S e = fn_exp(-abs_(x)), r = S(1) / (S(1) + e);
	slope = e * r * r;
	return x < 0 ? e * r : r;
}
template <class S> DEVICE S fn_silu_slope(S x) {
	S slope, s = logistic(x, slope);
	return s + x * slope;
}

// gelu_tanh: x/2 (1 + tanh u) with u = √(2/π) (x + 0.044715 x³) is x / (1 + e^-2u).
template <class S> DEVICE S fn_gelu_tanh(S x) { return x / (S(1) + fn_exp(-S(1.5957691216057307117) * x * (S(1) + S(0.044715) * x * x))); }
template <class S> DEVICE S fn_gelu_tanh_slope(S x) {
	S x2 = x * x, slope, s = logistic(S(1.5957691216057307117) * x * (S(1) + S(0.044715) * x2), slope);
	return s + x * slope * (S(1.5957691216057307117) * (S(1) + S(0.134145) * x2));
}

// below is the normal distribution's Φ(-t), t >= 0. Absolute error 2^-24 for float: its tail is a fit (relative error 2^-22) times the density.
DEVICE float below(float t) {
	float e = fn_exp(-0.5f * t * t), s = 1.0f / (1.0f + 0.3f * (t > 1e18f ? 1e18f : t));
	float p = 3.567614393e-2f;
	p = fma_(p, s, -1.572080957e-1f);
	p = fma_(p, s, 2.063607702e-1f);
	p = fma_(p, s, -5.368891889e-2f);
	p = fma_(p, s, 1.285636194e-1f);
	p = fma_(p, s, 9.991312975e-2f);
	p = fma_(p, s, 1.207539792e-1f);
	p = fma_(p, s, 1.196292992e-1f);
	return e * (p * s);
}

// For double: beyond 1 the density times a continued fraction (Abramowitz and Stegun, 26.2.14), before ½ less the density times the sum of
// t^(2n+1) / (2n+1)!!, all of whose terms are positive (26.2.11). Absolute error 2^-52.
DEVICE double below(double t) {
	double z = t * t, density = 0.39894228040143267794 * fn_exp(-0.5 * z);
	density -= 0.5 * fma_(t, t, -z) * density;
	if (t > 1) {
		double d = t;
		for (int n = 50 + (int)(400 / z); n > 0; n--) {
			d = t + n / d;
		}
		return t > 39 ? 0.0 : density / d;
	}
	double term = t, sum = t;
	for (int n = 1; term > sum * 1e-17; n++) {
		term = term * z / (2 * n + 1);
		sum += term;
	}
	return 0.5 - density * sum;
}

// erf: absolute error 2^-23 and 2^-52.
template <class S> DEVICE S fn_erf(S x) { return signed_as(S(1) - S(2) * below(abs_(x) * S(1.4142135623730950488)), x); }

// gelu: x Φ(x).
template <class S> DEVICE S fn_gelu(S x) {
	S q = below(abs_(x));
	return x * (x < 0 ? q : S(1) - q);
}
template <class S> DEVICE S fn_gelu_slope(S x) {
	S q = below(abs_(x));
	return (x < 0 ? q : S(1) - q) + x * S(0.39894228040143267794) * fn_exp(S(-0.5) * x * x);
}

// quarters of a turn are taken off an angle; what is left is at most an eighth of one.
DEVICE float quarters(float x, float &n) {
	n = rint_(x * 0.636619772f);
	float r = fma_(n, -1.57079637e+0f, x);
	r = fma_(n, 4.37113883e-8f, r);
	return fma_(n, 1.71512451e-15f, r);
}
DEVICE double quarters(double x, double &n) {
	n = rint_(x * 0.63661977236758134308);
	double r = fma_(n, -1.57079632679489655800e+00, x);
	r = fma_(n, -6.12323399573676603587e-17, r);
	return fma_(n, 1.49738490485916983e-33, r);
}

DEVICE float series_sin(float r) {
	float s = r * r, a = -1.950694318e-4f;
	a = fma_(a, s, 8.332099757e-3f);
	a = fma_(a, s, -1.666665365e-1f);
	return fma_(r * s, a, r);
}
DEVICE float series_cos(float r) {
	float s = r * r, b = 2.442362464e-5f;
	b = fma_(b, s, -1.388723343e-3f);
	b = fma_(b, s, 4.166664400e-2f);
	return fma_(s * s, b, 1.0f - 0.5f * s);
}
DEVICE double series_sin(double r) {
	const double odd[] = {-1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0};
	double s = r * r, p = 1.0 / 355687428096000.0;
	for (int i = 0; i < 7; i++) {
		p = fma_(p, s, odd[i]);
	}
	return fma_(r * s, p, r);
}
DEVICE double series_cos(double r) {
	const double even[] = {1.0 / 20922789888000.0, -1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0, -1.0 / 720.0, 1.0 / 24.0};
	double s = r * r, p = -1.0 / 6402373705728000.0;
	for (int i = 0; i < 7; i++) {
		p = fma_(p, s, even[i]);
	}
	return fma_(s * s, p, 1.0 - 0.5 * s);
}

// sin and cos: absolute error 1 ulp of 1, for angles up to 10^5 (float) and 10^9 (double).
template <class S> DEVICE S turned(S x, int by) {
	S n, r = quarters(x, n);
	if (r != r) {
		return r;
	}
	int quarter = (int)(long long)n + by;
	S v = quarter & 1 ? series_cos(r) : series_sin(r);
	return quarter & 2 ? -v : v;
}
template <class S> DEVICE S fn_sin(S x) { return turned(x, 0); }
template <class S> DEVICE S fn_cos(S x) { return turned(x, 1); }
