// Reductions. One result is made from count elements, by a warp, by a block, or, where results lie side by side, by eight threads of a block that makes 32 or
// more of them. Long ones are split: each part of the elements gives a number, and a second launch reduces those. The order is always the same.
#include "real.h"

enum { SUM, MEAN, SUM_SQUARES, PROD, MAX, MIN, ARG_MAX, ARG_MIN };

// The types of results. RAW is what is computed with, for the second launch.
enum { RAW, TO_F32, TO_F64, TO_BF16, TO_I32 };

enum { MOST_DIMS = 6 };

// reduce_args: a result is a point in the kept dimensions; its elements lie along the others. chunk elements go to each part, and part p of result r to
// element p*results + r; if there is one part only, the result goes to its place.
struct reduce_args {
	const void *x;
	void *to;
	long long results, count, chunk;
	double divisor;
	int op, type, kept, along, split, packs;
	long long kept_size[MOST_DIMS], kept_x[MOST_DIMS], kept_to[MOST_DIMS], along_size[MOST_DIMS], along_x[MOST_DIMS];
};

// at is where an element lies, counted in row-major order over the dimensions.
DEVICE long long at(long long i, int dims, const long long *size, const long long *step) {
	long long sum = 0;
	for (int d = dims - 1; d > 0; d--) {
		long long rest = i / size[d];
		sum += (i - rest * size[d]) * step[d];
		i = rest;
	}
	return sum + (dims > 0 ? i * step[0] : 0);
}

DEVICE long long element(const reduce_args &a, long long i) { return a.along == 1 ? i * a.along_x[0] : at(i, a.along, a.along_size, a.along_x); }

// Whole numbers are computed with as double.
template <class T> struct accumulator {
	typedef real<T> type;
};
template <> struct accumulator<int> {
	typedef double type;
};
DEVICE double value(int v) { return v; }

// sum is of numbers or of their squares.
template <class A> struct sum {
	A v;
	DEVICE void clear(int) { v = 0; }
	DEVICE void add(int op, A x, long long) { v = op == SUM_SQUARES ? fma_(x, x, v) : v + x; }
	DEVICE void merge(int, const sum &b) { v += b.v; }
	DEVICE A result(int, A divisor) const { return v / divisor; }
};

// choice is a product, or the largest or smallest number with its index, -1 as long as there is none. NaN comes before all numbers, and the first of equals.
template <class A> struct choice {
	A v;
	long long index;
	DEVICE void clear(int op) {
		v = op == PROD;
		index = -1;
	}
	DEVICE void add(int op, A x, long long i) { merge(op, choice{x, i}); }
	DEVICE void merge(int op, const choice &b) {
		if (op == PROD) {
			v *= b.v;
			return;
		}
		if (b.index < 0) {
			return;
		}
		bool largest = op == MAX || op == ARG_MAX, is_nan = v != v, b_nan = b.v != b.v;
		bool better = is_nan || b_nan ? b_nan && !is_nan : largest ? b.v > v : b.v < v;
		bool same = is_nan ? b_nan : b.v == v;
		if (index < 0 || better || (same && b.index < index)) {
			*this = b;
		}
	}
	DEVICE A result(int op, A) const { return op < ARG_MAX ? v : (A)index; }
};

template <class A> DEVICE void write(const reduce_args &a, long long i, A v) {
	switch (a.type) {
	case RAW:
		((A *)a.to)[i] = v;
		break;
	case TO_F32:
		((float *)a.to)[i] = (float)v;
		break;
	case TO_F64:
		((double *)a.to)[i] = v;
		break;
	case TO_BF16:
		((bf16 *)a.to)[i] = to_bf16((float)v);
		break;
	case TO_I32:
		((int *)a.to)[i] = v != v ? 0 : v >= (A)2147483647 ? 2147483647 : v <= (A)-2147483648.0 ? -2147483647 - 1 : (int)v;
	}
}

template <class S> DEVICE void finish(const reduce_args &a, long long result, const S &s) {
	long long to = a.split ? bid_y() * a.results + result : at(result, a.kept, a.kept_size, a.kept_to);
	write(a, to, s.result(a.op, (decltype(s.v))a.divisor));
}

// An index of ARG_MAX may be too large for float.
template <class A> DEVICE void finish(const reduce_args &a, long long result, const choice<A> &s) {
	long long to = a.split ? bid_y() * a.results + result : at(result, a.kept, a.kept_size, a.kept_to);
	if (a.op >= ARG_MAX) {
		((int *)a.to)[to] = (int)s.index;
	} else {
		write(a, to, s.v);
	}
}

template <class S> DEVICE void merge_warp(int op, S &s) {
	for (int m = 16; m > 0; m >>= 1) {
		s.merge(op, shfl_xor(s, m));
	}
}

template <class A> DEVICE void merge_warp(int, sum<A> &s) { s.v = warp_sum(s.v); }

DEVICE long long least(long long a, long long b) { return a < b ? a : b; }

// add_range adds elements from begin to end of a result, thread of threads.
template <class S, class T> DEVICE void add_range(const reduce_args &a, S &s, const T *x, long long begin, long long end, int thread, int threads) {
	const int N = pack<T>::size;
	if (a.packs) { // side by side; the first ones up to a multiple of 16 bytes one by one
		long long head = least((16 - (unsigned long long)(x + begin) % 16) % 16 / sizeof(T), end - begin);
		if (thread < head) {
			s.add(a.op, value(x[begin + thread]), begin + thread);
		}
		begin += head;
		S more[3];
		for (int k = 0; k < 3; k++) {
			more[k].clear(a.op);
		}
		long long packs = (end - begin) / N, p = thread;
		real<T> v[4][N];
		for (; p + 3LL * threads < packs; p += 4LL * threads) {
#pragma unroll
			for (int k = 0; k < 4; k++) {
				get(x + begin + (p + k * threads) * N, v[k]);
			}
#pragma unroll
			for (int k = 0; k < 4; k++) {
#pragma unroll
				for (int i = 0; i < N; i++) {
					(k == 0 ? s : more[k - 1]).add(a.op, v[k][i], begin + (p + k * threads) * N + i);
				}
			}
		}
		for (; p < packs; p += threads) {
			get(x + begin + p * N, v[0]);
#pragma unroll
			for (int i = 0; i < N; i++) {
				s.add(a.op, v[0][i], begin + p * N + i);
			}
		}
		for (int k = 0; k < 3; k++) {
			s.merge(a.op, more[k]);
		}
		begin += packs * N;
	}
	for (long long i = begin + thread; i < end; i += threads) {
		s.add(a.op, value(x[element(a, i)]), i);
	}
}

// There are no packs of whole numbers.
template <class S> DEVICE void add_range(const reduce_args &a, S &s, const int *x, long long begin, long long end, int thread, int threads) {
	for (long long i = begin + thread; i < end; i += threads) {
		s.add(a.op, value(x[element(a, i)]), i);
	}
}

template <class T, template <class> class S> DEVICE void by_warp(const reduce_args &a) {
	long long result = bid_x() * 8LL + warp();
	if (result >= a.results) {
		return;
	}
	S<typename accumulator<T>::type> s;
	s.clear(a.op);
	add_range(a, s, (const T *)a.x + at(result, a.kept, a.kept_size, a.kept_x), 0, a.count, lane(), 32);
	merge_warp(a.op, s);
	if (lane() == 0) {
		finish(a, result, s);
	}
}

template <class T, template <class> class S> DEVICE void by_block(const reduce_args &a) {
	typedef S<typename accumulator<T>::type> state;
	SHARED state part[8];
	long long result = bid_x(), begin = bid_y() * a.chunk;
	state s;
	s.clear(a.op);
	add_range(a, s, (const T *)a.x + at(result, a.kept, a.kept_size, a.kept_x), begin, least(begin + a.chunk, a.count), tid(), 256);
	merge_warp(a.op, s);
	if (lane() == 0) {
		part[warp()] = s;
	}
	sync();
	if (tid() == 0) {
		for (int i = 1; i < 8; i++) {
			s.merge(a.op, part[i]);
		}
		finish(a, result, s);
	}
}

// columns makes 32 N results, N side by side by each thread.
template <class T, template <class> class S, int N, class GET> DEVICE void columns(const reduce_args &a, GET get_some) {
	typedef typename accumulator<T>::type A;
	typedef S<A> state;
	SHARED state part[256];
	long long first = (bid_x() * 32LL + lane()) * N, begin = bid_y() * a.chunk, end = least(begin + a.chunk, a.count);
	state s[N];
	for (int k = 0; k < N; k++) {
		s[k].clear(a.op);
	}
	if (first < a.results) {
		const T *x = (const T *)a.x + at(first, a.kept, a.kept_size, a.kept_x);
		long long i = begin + warp();
		for (; i + 24 < end; i += 32) {
			A v[4][N];
#pragma unroll
			for (int j = 0; j < 4; j++) {
				get_some(x + element(a, i + 8 * j), v[j]);
			}
#pragma unroll
			for (int j = 0; j < 4; j++) {
#pragma unroll
				for (int k = 0; k < N; k++) {
					s[k].add(a.op, v[j][k], i + 8 * j);
				}
			}
		}
		for (; i < end; i += 8) {
			A v[N];
			get_some(x + element(a, i), v);
#pragma unroll
			for (int k = 0; k < N; k++) {
				s[k].add(a.op, v[k], i);
			}
		}
	}
#pragma unroll
	for (int k = 0; k < N; k++) {
		sync();
		part[tid()] = s[k];
		sync();
		if (warp() == 0 && first < a.results) {
			for (int i = 1; i < 8; i++) {
				s[k].merge(a.op, part[32 * i + lane()]);
			}
			finish(a, first + k, s[k]);
		}
	}
}

template <class T, template <class> class S> DEVICE void by_column(const reduce_args &a) {
	columns<T, S, 1>(a, [](const T *from, typename accumulator<T>::type *v) { v[0] = value(*from); });
}

template <class T, template <class> class S> DEVICE void by_columns(const reduce_args &a) {
	columns<T, S, pack<T>::size>(a, [](const T *from, real<T> *v) { get(from, v); });
}

#define REDUCTIONS(name, type)                                                        \
	KERNEL(256) sum_warp_##name(reduce_args a) { by_warp<type, sum>(a); }             \
	KERNEL(256) sum_block_##name(reduce_args a) { by_block<type, sum>(a); }           \
	KERNEL(256) sum_column_##name(reduce_args a) { by_column<type, sum>(a); }         \
	KERNEL(256) choice_warp_##name(reduce_args a) { by_warp<type, choice>(a); }       \
	KERNEL(256) choice_block_##name(reduce_args a) { by_block<type, choice>(a); }     \
	KERNEL(256) choice_column_##name(reduce_args a) { by_column<type, choice>(a); }

REDUCTIONS(f32, float)
REDUCTIONS(f64, double)
REDUCTIONS(bf16, bf16)
REDUCTIONS(i32, int)

// Columns of sums, several side by side by each thread: the gradients of biases.
KERNEL(256) sum_columns_f32(reduce_args a) { by_columns<float, sum>(a); }
KERNEL(256) sum_columns_f64(reduce_args a) { by_columns<double, sum>(a); }
KERNEL(256) sum_columns_bf16(reduce_args a) { by_columns<bf16, sum>(a); }
