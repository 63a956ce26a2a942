// Products in blocks that fit into the caches, each by a kernel that keeps a tile of sums in registers (Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, 2008). Sums are in the precision that cublasLt is asked for here: f32, for f32 and bf16, or f64.
#include "multiply.h"

#include "simt_host.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace fake {

namespace {

#ifdef __AVX512F__
enum { VECTOR = 64 };
#else
enum { VECTOR = 32 };
#endif

// tile of sums: two vectors of rows and as many columns as leave some of 16 registers for the rest.
template <class T> struct sizes {
	typedef T vector __attribute__((vector_size(VECTOR), aligned(VECTOR), may_alias));
	enum { LANES = VECTOR / sizeof(T), ROWS = 2 * LANES, COLUMNS = 6 };
};
enum { BLOCK_K = 256, BLOCK_M = 256, BLOCK_N = 96 };

double load(const matrices &x, long long at) {
	switch (x.type) {
	case R_64F:
		return ((const double *)x.at)[at];
	case R_16BF:
		return float_of_bits((unsigned)((const unsigned short *)x.at)[at] << 16);
	}
	return ((const float *)x.at)[at];
}

void store(const matrices &x, long long at, double v) {
	switch (x.type) {
	case R_64F:
		((double *)x.at)[at] = v;
		break;
	case R_16BF:
		((unsigned short *)x.at)[at] = (unsigned short)simt::rounded_bf16((float)v);
		break;
	default:
		((float *)x.at)[at] = (float)v;
	}
}

// pack lays out rows of op(A), or columns of op(B), from one on, `width` of them side by side for each k; what is beyond the last is 0.
template <class T, class Get> void pack(T *to, long long width, long long first, long long end, long long k0, long long k1, Get get) {
	for (long long from = first; from < end; from += width) {
		for (long long k = k0; k < k1; k++) {
			for (long long i = 0; i < width; i++) {
				*to++ = from + i < end ? get(from + i, k) : T(0);
			}
		}
	}
}

// get reads elements of an operand as the type that is computed in.
template <class T, class Stored, class Number> auto getter(const matrices &x, long long offset, long long outer, long long inner, Number number) {
	const Stored *at = (const Stored *)x.at + offset;
	return [=](long long i, long long k) -> T { return number(at[i * outer + k * inner]); };
}

template <class T> void pack(T *to, const product &p, const matrices &x, bool left, long long batch, long long first, long long end, long long k0, long long k1) {
	// A is [m, k], B is [k, n]; by columns, so that rows are one element apart unless they lie transposed.
	bool along = left ? !x.transposed : x.transposed; // what is side by side here is side by side there
	long long outer = along ? 1 : x.ld, inner = along ? x.ld : 1, width = left ? sizes<T>::ROWS : sizes<T>::COLUMNS, offset = batch * x.step;
	if (x.type == R_16BF) {
		pack(to, width, first, end, k0, k1, getter<T, unsigned short>(x, offset, outer, inner, [](unsigned short v) { return (T)float_of_bits((unsigned)v << 16); }));
	} else if (p.tf32) {
		pack(to, width, first, end, k0, k1, getter<T, float>(x, offset, outer, inner, [](float v) { return (T)float_of_bits(to_tf32(v)); }));
	} else {
		pack(to, width, first, end, k0, k1, getter<T, T>(x, offset, outer, inner, [](T v) { return v; }));
	}
}

// tile adds a product of packed rows and columns to sums, which lie by columns.
template <class T> void tile(T *sums, long long ld, const T *a, const T *b, long long k) {
	typedef sizes<T> S;
	typename S::vector sum[S::COLUMNS][2] = {};
	for (long long i = 0; i < k; i++, a += S::ROWS, b += S::COLUMNS) {
		typename S::vector low = *(const typename S::vector *)a, high = *(const typename S::vector *)(a + S::LANES);
#pragma GCC unroll 6
		for (int c = 0; c < S::COLUMNS; c++) {
			sum[c][0] += low * b[c];
			sum[c][1] += high * b[c];
		}
	}
	for (int c = 0; c < S::COLUMNS; c++) {
		*(typename S::vector *)(sums + c * ld) += sum[c][0];
		*(typename S::vector *)(sums + c * ld + S::LANES) += sum[c][1];
	}
}

template <class T> struct room {
	std::vector<T> memory;
	T *at;

	explicit room(size_t n) : memory(n + VECTOR / sizeof(T)) {
		at = (T *)(((unsigned long long)memory.data() + VECTOR - 1) / VECTOR * VECTOR);
	}
};

// gelu is with a tanh that is as wrong as one that is exact to so many bits may be: what is beyond them is cut off.
double gelu(double x, int bits) {
	double t = std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)), scale = std::ldexp(1.0, bits - 1 - (t == 0 ? 0 : std::ilogb(t)));
	return 0.5 * x * (1 + std::trunc(t * scale) / scale);
}

// finish makes results of sums.
template <class T> void finish(const product &p, long long batch, long long column, const T *sums) {
	matrices bias = {p.d.type, (char *)p.bias, 0, 0, false};
	for (long long row = 0; row < p.m; row++) {
		T v = (T)p.alpha * sums[row];
		if (p.beta != 0) {
			v += (T)p.beta * (T)load(p.c, p.c.place(batch, row, column));
		}
		if (p.end & END_BIAS) {
			v += (T)load(bias, row);
		}
		if (p.end & END_AUX) {
			store(p.aux, p.aux.place(batch, row, column), v);
		}
		if (p.end & END_RELU) {
			v = v > 0 ? v : 0;
		}
		if (p.end & END_GELU) {
			v = (T)gelu(v, p.tanh_bits);
		}
		store(p.d, p.d.place(batch, row, column), v);
	}
}

// columns computes some columns of one matrix of the batch.
template <class T> void columns(const product &p, long long batch, long long first, long long end) {
	typedef sizes<T> S;
	long long ld = (p.m + S::ROWS - 1) / S::ROWS * S::ROWS;
	room<T> sums(ld * BLOCK_N), a(BLOCK_M * BLOCK_K), b(BLOCK_N * BLOCK_K);
	for (long long j0 = first, j1; j0 < end; j0 = j1) {
		j1 = std::min<long long>(j0 + BLOCK_N, end);
		std::fill(sums.at, sums.at + ld * BLOCK_N, T(0));
		for (long long k0 = 0, k1; k0 < p.k; k0 = k1) {
			k1 = std::min<long long>(k0 + BLOCK_K, p.k);
			pack(b.at, p, p.b, false, batch, j0, j1, k0, k1);
			for (long long i0 = 0, i1; i0 < p.m; i0 = i1) {
				i1 = std::min<long long>(i0 + BLOCK_M, p.m);
				pack(a.at, p, p.a, true, batch, i0, i1, k0, k1);
				for (long long j = j0; j < j1; j += S::COLUMNS) {
					for (long long i = i0; i < i1; i += S::ROWS) {
						tile(sums.at + (j - j0) * ld + i, ld, a.at + (i - i0) * (k1 - k0), b.at + (j - j0) * (k1 - k0), k1 - k0);
					}
				}
			}
		}
		for (long long j = j0; j < j1; j++) {
			finish(p, batch, j, sums.at + (j - j0) * ld);
		}
	}
}

template <class T> void multiply_in(const product &p) {
	long long blocks = (p.n + BLOCK_N - 1) / BLOCK_N;
	auto share = [&](long long i, long long of) { // of the blocks of all matrices
		for (long long block = blocks * p.batch * i / of; block < blocks * p.batch * (i + 1) / of; block++) {
			long long first = block % blocks * BLOCK_N;
			columns<T>(p, block / blocks, first, std::min(first + BLOCK_N, p.n));
		}
	};
	long long threads = p.m * p.n * p.k * p.batch < 1 << 22 ? 1 : std::thread::hardware_concurrency();
	std::vector<std::thread> others;
	for (long long i = 1; i < threads; i++) {
		others.emplace_back(share, i, threads);
	}
	share(0, std::max(threads, 1ll));
	for (auto &t : others) {
		t.join();
	}
}

} // namespace

void multiply(const product &p) {
	if (p.a.type == R_64F) {
		multiply_in<double>(p);
	} else {
		multiply_in<float>(p);
	}
}

} // namespace fake
