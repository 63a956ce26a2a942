// Random numbers by Philox4x32-10 (Salmon et al., SC 2011), four for each count. A thread makes the four of one count.
#include "fn.h"
#include "real.h"

enum { MOST_DIMS = 6 };

// random_args: element i, in row-major order, lies at its place in to and, for dropout, in x.
struct random_args {
	void *to;
	const void *x;
	long long n, seed, stream;
	double p, q;
	int dims, normal;
	long long size[MOST_DIMS], to_step[MOST_DIMS], x_step[MOST_DIMS];
};

struct four {
	unsigned w[4];
};

DEVICE four philox(unsigned long long count, unsigned long long stream, unsigned long long key) {
	four c = {{(unsigned)count, (unsigned)(count >> 32), (unsigned)stream, (unsigned)(stream >> 32)}};
	unsigned k0 = (unsigned)key, k1 = (unsigned)(key >> 32);
	for (int round = 0; round < 10; round++) {
		unsigned high0 = mul_hi(0xD2511F53u, c.w[0]), low0 = 0xD2511F53u * c.w[0];
		unsigned high1 = mul_hi(0xCD9E8D57u, c.w[2]), low1 = 0xCD9E8D57u * c.w[2];
		c = four{{high1 ^ c.w[1] ^ k0, low1, high0 ^ c.w[3] ^ k1, low0}};
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	return c;
}

DEVICE void place(const random_args &a, long long i, long long &to, long long &x) {
	to = x = 0;
	for (int d = a.dims - 1; d > 0; d--) {
		long long rest = i / a.size[d], here = i - rest * a.size[d];
		to += here * a.to_step[d];
		x += here * a.x_step[d];
		i = rest;
	}
	to += i * a.to_step[0];
	x += i * a.x_step[0];
}

// each calls f with the places of the elements and their words, of which a pair is for two.
template <class F> DEVICE void each(const random_args &a, F f) {
	long long count = bid_x() * 256LL + tid();
	if (4 * count >= a.n) {
		return;
	}
	four w = philox((unsigned long long)count, (unsigned long long)a.stream, (unsigned long long)a.seed);
#pragma unroll
	for (int j = 0; j < 4; j++) {
		if (4 * count + j < a.n) {
			long long to, x;
			place(a, 4 * count + j, to, x);
			f(to, x, j, w);
		}
	}
}

// fraction is a number from 0 up to, but without, 1.
template <class S> DEVICE S fraction(unsigned w) { return S(w >> 8) * S(1.0 / 16777216); }

// turned is the sine, or with by the cosine, of u turns. Float takes quarters off before they are rounded.
DEVICE float turned_part(float u, int by) {
	float n = rint_(4 * u), r = fma_(n, -0.25f, u) * 6.28318531f;
	int quarter = (int)n + by;
	float v = quarter & 1 ? series_cos(r) : series_sin(r);
	return quarter & 2 ? -v : v;
}
DEVICE double turned_part(double u, int by) { return turned(6.283185307179586 * u, by); }

// bell is a number of the normal distribution, one of a pair (Box and Muller).
template <class S> DEVICE S bell(const four &w, int j) {
	S u = S((w.w[j & 2] >> 8) + 1) * S(1.0 / 16777216);
	return sqrt_(S(-2) * fn_log(u)) * turned_part(fraction<S>(w.w[(j & 2) + 1]), j & 1 ? 0 : 1);
}

template <class T> DEVICE void random(const random_args &a) {
	typedef real<T> S;
	S p = (S)a.p, q = (S)a.q;
	each(a, [&](long long to, long long, int j, const four &w) {
		put((T *)a.to + to, a.normal ? fma_(q, bell<S>(w, j), p) : fma_(q - p, fraction<S>(w.w[j]), p));
	});
}

template <class T> DEVICE void dropout(const random_args &a) {
	typedef real<T> S;
	S kept = (S)(1 - a.p);
	each(a, [&](long long to, long long x, int j, const four &w) {
		put((T *)a.to + to, fraction<double>(w.w[j]) < a.p ? S(0) : value(((const T *)a.x)[x]) / kept);
	});
}

#define RANDOM(name, type)                                           \
	KERNEL(256) random_##name(random_args a) { random<type>(a); }    \
	KERNEL(256) dropout_##name(random_args a) { dropout<type>(a); }

RANDOM(f32, float)
RANDOM(f64, double)
RANDOM(bf16, bf16)
