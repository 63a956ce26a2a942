// Numbers as they are stored, and as they are computed with: bf16 and float as float, double as double.
#pragma once

#include "simt.h"

template <class T> struct computed {
	typedef float type;
};
template <> struct computed<double> {
	typedef double type;
};
template <class T> using real = typename computed<T>::type;

DEVICE float value(float v) { return v; }
DEVICE double value(double v) { return v; }
DEVICE float value(bf16 v) { return to_float(v); }
DEVICE float value(signed char v) { return (float)v; }

DEVICE void put(float *at, float v) { *at = v; }
DEVICE void put(double *at, double v) { *at = v; }
DEVICE void put(bf16 *at, float v) { *at = to_bf16(v); }

// pack<T>::size numbers are 16 bytes, which a thread loads and stores at once; get and set need an address that is a multiple of 16.
template <class T> struct pack {
	static const int size = 16 / sizeof(T);
};

DEVICE void get(const float *at, float *v) { load4(at, v); }
DEVICE void get(const bf16 *at, float *v) { load8(at, v); }
DEVICE void get(const double *at, double *v) {
	words w = load_words(at);
	for (int i = 0; i < 2; i++) {
		v[i] = double_of_bits((unsigned long long)w.w[2 * i] | (unsigned long long)w.w[2 * i + 1] << 32);
	}
}

// unpack is get for words that were loaded before; the pointer only names the type.
DEVICE void unpack(const words &w, float *v, const float *) {
	for (int i = 0; i < 4; i++) {
		v[i] = float_of_bits(w.w[i]);
	}
}
DEVICE void unpack(const words &w, float *v, const bf16 *) {
	for (int i = 0; i < 4; i++) {
		unpack_bf16(w.w[i], v[2 * i], v[2 * i + 1]);
	}
}
DEVICE void unpack(const words &w, float *v, const signed char *) {
	for (int i = 0; i < 16; i++) {
		v[i] = (float)(signed char)(w.w[i / 4] >> 8 * (i % 4) & 255);
	}
}

DEVICE void set(float *at, const float *v) { store4(at, v); }
DEVICE void set(bf16 *at, const float *v) { store8(at, v); }
DEVICE void set(double *at, const double *v) {
	words w;
	for (int i = 0; i < 2; i++) {
		unsigned long long bits = bits_of_double(v[i]);
		w.w[2 * i] = (unsigned)bits;
		w.w[2 * i + 1] = (unsigned)(bits >> 32);
	}
	store_words(at, w);
}

// packed reports whether an address takes whole packs. An operand that was left out does.
DEVICE bool packed(const void *at) { return ((unsigned long long)at & 15) == 0; }
