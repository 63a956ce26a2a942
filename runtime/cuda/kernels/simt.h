// What kernels are written in: C++ with a few functions for the threads of a GPU. A kernel runs in blocks of threads; the threads of a block share memory and
// wait for each other, 32 of them at a time form a warp and exchange values.
//
// For the GPU these are the compiler's built-ins and instructions of PTX (simt_gpu.h); for the host the threads of a block are fibres (simt_host.h and
// runtime/cuda/fake), which is how kernels are tested where there is no GPU. So kernels use no built-ins and no assembly of their own.
//
//	KERNEL(256) twice_f32(struct args a) { a.dst[bid_x() * 256 + tid()] *= 2; }
//
// A kernel has one argument, a struct of more than 16 bytes with fields of int, long long, unsigned long long, float, double and pointers.
//
// Both sides define
//
//	KERNEL(threads)      begins a kernel that is launched in blocks of at most so many threads
//	DEVICE               begins a function that kernels call
//	SHARED               begins an array that the threads of a block share
//	dynamic_shared()     the memory that a launch asked for, aligned to 16 bytes
//	tid(), nthreads()    of the thread in the block; how many threads the block has
//	bid_x(), bid_y(), bid_z(), nblocks_x()
//	sync(), sync_warp()  wait until all threads of the block, or of the warp, are here
//	shuffled<HOW>(v, n)  exchanges a value, for those below
//	warp_fold(v, f)      combines the values of a warp by f(a, b), which changes a: those 16 lanes apart, of the results those 8 lanes apart, and so on; which
//	                     of two is a does not matter
//
//	add_atomically(), fence()
//
// and the instructions that C++ has no words for: mma16816, copy_async16, fma_, fast_exp2 and so on.
#pragma once

#if defined(__CUDA__)
#include "simt_gpu.h"
#else
#include "simt_host.h"
#endif

DEVICE int lane() { return tid() & 31; }
DEVICE int warp() { return tid() >> 5; }

// Exchange of values between the threads of a warp. All 32 take part.
// shfl_xor is v of the thread whose lane differs in the bits of mask.
template <class T> DEVICE T shfl_xor(T v, int mask) { return shuffled<SHFL_XOR>(v, mask); }
// shfl_down is v of the thread n lanes above; its own v where there is none.
template <class T> DEVICE T shfl_down(T v, int n) { return shuffled<SHFL_DOWN>(v, n); }
// shfl is v of one thread.
template <class T> DEVICE T shfl(T v, int from) { return shuffled<SHFL_INDEX>(v, from); }

// Sums and maxima over a warp; every thread gets the same bits. A maximum is NaN where a value is.
template <class T> DEVICE T warp_sum(T v) {
	return warp_fold(v, [](T &a, T b) { a += b; });
}

template <class T> DEVICE T larger(T a, T b) { return a > b || a != a ? a : b; }
template <class T> DEVICE T smaller(T a, T b) { return a < b || a != a ? a : b; }

template <class T> DEVICE T warp_max(T v) {
	return warp_fold(v, [](T &a, T b) { a = larger(a, b); });
}

// Sums and maxima over a block of whole warps, in a fixed order; shared has room for 32 values and may be used again at once.
template <class T> DEVICE T block_sum(T v, T *shared) {
	v = warp_sum(v);
	sync();
	if (lane() == 0) {
		shared[warp()] = v;
	}
	sync();
	return warp_sum(lane() < nthreads() / 32 ? shared[lane()] : T(0));
}

template <class T> DEVICE T block_max(T v, T *shared) {
	v = warp_max(v);
	sync();
	if (lane() == 0) {
		shared[warp()] = v;
	}
	sync();
	return warp_max(shared[lane() < nthreads() / 32 ? lane() : 0]);
}

// bf16 is the upper half of a float. It is only a form of storage.
struct bf16 {
	unsigned short bits;
};

DEVICE float to_float(bf16 h) { return float_of_bits((unsigned)h.bits << 16); }
DEVICE float to_float(float f) { return f; }
DEVICE bf16 to_bf16(float f) { return bf16{(unsigned short)(pack_bf16(f, f) & 0xffff)}; } // nearest, ties to even; NaN stays NaN

// Vectors of 16 bytes, at addresses that are multiples of 16.
DEVICE void load4(const float *from, float v[4]) {
	words w = load_words(from);
	for (int i = 0; i < 4; i++) {
		v[i] = float_of_bits(w.w[i]);
	}
}

DEVICE void store4(float *to, const float v[4]) {
	words w;
	for (int i = 0; i < 4; i++) {
		w.w[i] = bits_of_float(v[i]);
	}
	store_words(to, w);
}

DEVICE void unpack_bf16(unsigned pair, float &lo, float &hi) {
	lo = float_of_bits(pair << 16);
	hi = float_of_bits(pair & 0xffff0000u);
}

DEVICE void load8(const bf16 *from, float v[8]) {
	words w = load_words(from);
	for (int i = 0; i < 4; i++) {
		unpack_bf16(w.w[i], v[2 * i], v[2 * i + 1]);
	}
}

DEVICE void store8(bf16 *to, const float v[8]) {
	words w;
	for (int i = 0; i < 4; i++) {
		w.w[i] = pack_bf16(v[2 * i], v[2 * i + 1]);
	}
	store_words(to, w);
}

// fault notes an index that leads nowhere, for the host to read: the first one stays.
DEVICE void fault(unsigned long long *where, int kind, long long row, long long index, long long limit) {
	if (compare_and_swap(where, 0ull, (unsigned long long)kind) == 0) {
		where[1] = (unsigned long long)row;
		where[2] = (unsigned long long)index;
		where[3] = (unsigned long long)limit;
	}
}
