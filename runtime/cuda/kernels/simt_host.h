// simt.h for the host: the threads of a block are fibres, which the fake driver switches between where they wait (runtime/cuda/fake/block.cpp).
// It is stricter than a GPU: shared memory and what is on its way there hold no numbers until they are written, all threads of a warp have to take part in an
// exchange and all of a block in a barrier, and vectors have to be aligned.
#pragma once

#include "simt_run.h"

#include <cmath>
#include <cstring>

#define DEVICE inline
#define SHARED static
#define KERNEL(threads) extern "C" __attribute__((visibility("default"))) void

namespace simt {

inline void aligned(const void *p, int to) {
	if ((unsigned long long)p % to != 0) {
		broken(MISALIGNED, "a vector is not aligned");
	}
}

template <class To, class From> inline To bit_cast(From from) {
	static_assert(sizeof(To) == sizeof(From), "the same bits");
	To to;
	memcpy(&to, &from, sizeof to);
	return to;
}

// given is what a thread of the warp gave.
template <class T> inline T given(const char *all, int lane) {
	T v;
	memcpy(&v, all + 32 * lane, sizeof v);
	return v;
}

} // namespace simt

DEVICE int tid() { return simt::here.tid; }
DEVICE int nthreads() { return simt::here.threads; }
DEVICE int bid_x() { return simt::here.bid[0]; }
DEVICE int bid_y() { return simt::here.bid[1]; }
DEVICE int bid_z() { return simt::here.bid[2]; }
DEVICE int nblocks_x() { return simt::here.blocks[0]; }
DEVICE char *dynamic_shared() { return simt::here.shared; }

DEVICE void sync() { simt::wait_block(); }
DEVICE void sync_warp() { simt::wait_warp(); }

enum { SHFL_XOR, SHFL_DOWN, SHFL_INDEX };

template <int HOW, class T> DEVICE T shuffled(T v, int n) {
	int me = tid() & 31, from = HOW == SHFL_XOR ? me ^ n : HOW == SHFL_DOWN ? me + n : n & 31;
	return simt::given<T>(simt::exchange(&v, sizeof v), from > 31 ? me : from);
}

// warp_fold needs one exchange: a thread computes what its partners would.
template <class T, class F> DEVICE T warp_fold(T v, F f) {
	const char *all = simt::exchange(&v, sizeof v);
	T of[32];
	for (int i = 0; i < 32; i++) {
		of[i] = simt::given<T>(all, i);
	}
	for (int m = 16; m > 0; m >>= 1) {
		for (int i = 0; i < m; i++) {
			f(of[i], of[i + m]);
		}
	}
	return of[0];
}

DEVICE unsigned bits_of_float(float f) { return simt::bit_cast<unsigned>(f); }
DEVICE float float_of_bits(unsigned u) { return simt::bit_cast<float>(u); }
DEVICE unsigned long long bits_of_double(double f) { return simt::bit_cast<unsigned long long>(f); }
DEVICE double double_of_bits(unsigned long long u) { return simt::bit_cast<double>(u); }

DEVICE float fma_(float a, float b, float c) { return std::fma(a, b, c); }
DEVICE double fma_(double a, double b, double c) { return std::fma(a, b, c); }
DEVICE float sqrt_(float x) { return std::sqrt(x); }
DEVICE double sqrt_(double x) { return std::sqrt(x); }
DEVICE float floor_(float x) { return std::floor(x); }
DEVICE double floor_(double x) { return std::floor(x); }
DEVICE float ceil_(float x) { return std::ceil(x); }
DEVICE double ceil_(double x) { return std::ceil(x); }
DEVICE float rint_(float x) { return std::nearbyint(x); }
DEVICE double rint_(double x) { return std::nearbyint(x); }
DEVICE float abs_(float x) { return std::fabs(x); }
DEVICE double abs_(double x) { return std::fabs(x); }

DEVICE float max_(float a, float b) { return fmaxf(a, b); }
DEVICE float fast_exp2(float x) { return std::exp2(x); }
DEVICE float fast_log2(float x) { return std::log2(x); }
DEVICE float fast_reciprocal(float x) { return 1 / x; }
DEVICE float fast_rsqrt(float x) { return 1 / std::sqrt(x); }
DEVICE float fast_tanh(float x) { return std::tanh(x); }

DEVICE unsigned mul_hi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
DEVICE unsigned long long mul_hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }

DEVICE int dot4(int a, int b, int c) {
	for (int i = 0; i < 32; i += 8) {
		c += (int)(signed char)(a >> i) * (int)(signed char)(b >> i);
	}
	return c;
}

namespace simt {
inline unsigned rounded_bf16(float f) {
	unsigned bits = bits_of_float(f);
	return f != f ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
} // namespace simt

DEVICE unsigned pack_bf16(float lo, float hi) { return simt::rounded_bf16(lo) | simt::rounded_bf16(hi) << 16; }

DEVICE unsigned to_tf32(float f) {
	unsigned bits = bits_of_float(f);
	return (bits & 0x7f800000) == 0x7f800000 ? bits : (bits + 0x1000) & 0xffffe000;
}

struct words {
	unsigned w[4];
};

DEVICE words load_words(const void *from) {
	simt::aligned(from, 16);
	words w;
	memcpy(&w, from, sizeof w);
	return w;
}

DEVICE void store_words(void *to, words w) {
	simt::aligned(to, 16);
	memcpy(to, &w, sizeof w);
}

DEVICE unsigned long long compare_and_swap(unsigned long long *at, unsigned long long is, unsigned long long becomes) {
	unsigned long long was = *at;
	if (was == is) {
		*at = becomes;
	}
	return was;
}

template <class T> DEVICE T add_atomically(T *at, T v) {
	T was = *at;
	*at += v;
	return was;
}

DEVICE void fence() {}

namespace simt {

struct fragments {
	unsigned a[4], b[2];
};

// half is one of the two bf16 of a word.
inline float half(unsigned pair, int upper) { return float_of_bits(upper ? pair & 0xffff0000u : pair << 16); }

inline float tf32(unsigned bits) { return float_of_bits(bits & 0xffffe000u); }

template <class Product> inline void mma(float d[4], const unsigned a[4], const unsigned b[2], Product product) {
	fragments mine;
	memcpy(mine.a, a, sizeof mine.a);
	memcpy(mine.b, b, sizeof mine.b);
	const char *all = exchange(&mine, sizeof mine);
	int g = (tid() & 31) / 4, t = tid() & 3;
	for (int i = 0; i < 4; i++) { // row g or g+8, column 2t or 2t+1
		float sum = 0;
		for (int k = 0; k < 4; k++) {
			fragments left = given<fragments>(all, 4 * g + k), right = given<fragments>(all, 4 * (2 * t + i % 2) + k);
			sum += product(left.a[i / 2], left.a[i / 2 + 2], right.b);
		}
		d[i] += sum;
	}
}

} // namespace simt

DEVICE void mma16816(float d[4], const unsigned a[4], const unsigned b[2]) {
	simt::mma(d, a, b, [](unsigned low, unsigned high, const unsigned *b) {
		using simt::half;
		return half(low, 0) * half(b[0], 0) + half(low, 1) * half(b[0], 1) + half(high, 0) * half(b[1], 0) + half(high, 1) * half(b[1], 1);
	});
}

DEVICE void mma1688_tf32(float d[4], const unsigned a[4], const unsigned b[2]) {
	using simt::tf32;
	simt::mma(d, a, b, [](unsigned low, unsigned high, const unsigned *b) { return tf32(low) * tf32(b[0]) + tf32(high) * tf32(b[1]); });
}

DEVICE void ldmatrix_x4(unsigned r[4], const void *row) {
	words mine = load_words(row);
	const char *all = simt::exchange(&mine, sizeof mine);
	int lane = tid() & 31;
	for (int j = 0; j < 4; j++) {
		memcpy(&r[j], all + 32 * (8 * j + lane / 4) + 4 * (lane % 4), 4);
	}
}

DEVICE void ldmatrix_x4_trans(unsigned r[4], const void *row) {
	words mine = load_words(row);
	const char *all = simt::exchange(&mine, sizeof mine);
	int lane = tid() & 31;
	for (int j = 0; j < 4; j++) {
		unsigned short pair[2];
		for (int i = 0; i < 2; i++) {
			memcpy(&pair[i], all + 32 * (8 * j + 2 * (lane % 4) + i) + 2 * (lane / 4), 2);
		}
		r[j] = pair[0] | (unsigned)pair[1] << 16;
	}
}

DEVICE void copy_async16(void *shared, const void *global) {
	simt::aligned(shared, 16);
	simt::aligned(global, 16);
	simt::copy_later(shared, global);
}

DEVICE void copy_async_commit() { simt::commit_copies(); }

template <int N> DEVICE void copy_async_wait() { simt::finish_copies(N); }
