// Attention of any type, size and layout, and its gradient, without tensor cores. A block of 16x16 threads works on 64 queries and 64 keys at a time: scores and
// what follows from them never leave shared memory. Columns of results beyond a block's share are another block's.
#include "attention.h"

const int tile = 64, room = tile + 4, step = 32;

// Shared is a block's shared memory: slices of two operands, later one slice of a third; and weights, [summed, row].
template <class S> struct Shared {
	union {
		S slice[2][step][room];
		S rows[2 * step * room];
	};
	S weights[tile][room];
};

template <class S> DEVICE Shared<S> &shared() { return *(Shared<S> *)dynamic_shared(); }

// Matrix is up to 64 rows of an operand.
template <class T> struct Matrix {
	const T *at;
	long long row, column;
	int n;
};

template <class T> DEVICE Matrix<T> matrix(const Heads &x, int b, int h, int from, int end) {
	return Matrix<T>{head<T>(x, b, h) + from * x.row, x.row, x.column, least(tile, end - from)};
}

template <class T, class S> DEVICE void load(S (*to)[room], const Matrix<T> &x, int c0, int d) {
	for (int i = tid(); i < tile * step; i += 256) {
		int c = i % step, r = i / step;
		to[c][r] = r < x.n && c0 + c < d ? S(value(x.at[r * x.row + (c0 + c) * x.column])) : S(0);
	}
}

// dots are the products of the rows 4·(tid/16).. of x with the rows 4·(tid%16).. of y.
template <class T, class S> DEVICE void dots(S sum[4][4], const Matrix<T> &x, const Matrix<T> &y, int d) {
	Shared<S> &sh = shared<S>();
	int u = tid() / 16 * 4, v = tid() % 16 * 4;
#pragma unroll
	for (int i = 0; i < 16; i++) {
		sum[i / 4][i % 4] = 0;
	}
	for (int c0 = 0; c0 < d; c0 += step) {
		sync();
		load(sh.slice[0], x, c0, d);
		load(sh.slice[1], y, c0, d);
		sync();
#pragma unroll 8
		for (int c = 0; c < step; c++) {
#pragma unroll
			for (int i = 0; i < 16; i++) {
				sum[i / 4][i % 4] = fma_(sh.slice[0][c][u + i / 4], sh.slice[1][c][v + i % 4], sum[i / 4][i % 4]);
			}
		}
	}
	sync();
}

// weigh adds Σ weights[j][i]·z[j] to rows i = 4·(tid/16).. of the result. Of its 16·C columns from c0 on a thread has 4·(tid%16).. of each 64.
template <int C, class T, class S> DEVICE void weigh(S (*sum)[C], const Matrix<T> &z, int c0, int d) {
	Shared<S> &sh = shared<S>();
	const int wide = 16 * C + 4;
	int u = tid() / 16 * 4, v = tid() % 16 * 4;
	for (int j0 = 0; j0 < z.n; j0 += 16) {
		sync();
		for (int i = tid(); i < 16 * 16 * C; i += 256) {
			int c = i % (16 * C), r = i / (16 * C);
			sh.rows[r * wide + c] = j0 + r < z.n && c0 + c < d ? S(value(z.at[(j0 + r) * z.row + (c0 + c) * z.column])) : S(0);
		}
		sync();
#pragma unroll 4
		for (int j = 0; j < 16; j++) {
#pragma unroll
			for (int i = 0; i < 4; i++) {
#pragma unroll
				for (int c = 0; c < C; c++) {
					sum[i][c] = fma_(sh.weights[j0 + j][u + i], sh.rows[j * wide + c / 4 * 64 + v + c % 4], sum[i][c]);
				}
			}
		}
	}
	sync();
}

// store writes a thread's part of a result, each row times its factor.
template <int C, class T, class S> DEVICE void store(const Heads &to, int b, int h, int from, int end, int c0, int d, S (*sum)[C], const S factor[4]) {
	T *at = head<T>(to, b, h);
#pragma unroll
	for (int i = 0; i < 4; i++) {
		int row = from + tid() / 16 * 4 + i;
#pragma unroll
		for (int c = 0; c < C; c++) {
			int column = c0 + c / 4 * 64 + tid() % 16 * 4 + c % 4;
			if (row < end && column < d) {
				put(at + row * to.row + column * to.column, sum[i][c] * factor[i]);
			}
		}
	}
}

// over_row combines what the 16 threads of a row have.
template <class S> DEVICE S row_max(S v) {
	for (int m = 8; m > 0; m >>= 1) {
		v = larger(v, shfl_xor(v, m));
	}
	return v;
}
template <class S> DEVICE S row_sum(S v) {
	for (int m = 8; m > 0; m >>= 1) {
		v += shfl_xor(v, m);
	}
	return v;
}

// The softmax is computed as keys come, and begun anew whenever a larger score is met (Milakov and Gimelshein, arXiv:1805.02867).
template <class T, int C> DEVICE void forward(const AttentionArgs &a) {
	typedef real<T> S;
	int tiles = (a.t + tile - 1) / tile, from = (tiles - 1 - bid_x() % tiles) * tile, c0 = bid_y() * 16 * C;
	int h = bid_x() / tiles % a.heads, b = bid_x() / tiles / a.heads, g = h / (a.heads / a.kv);
	Matrix<T> q = matrix<T>(a.q, b, h, from, a.t);
	int u = tid() / 16 * 4, v = tid() % 16 * 4, end = seen(a, from + q.n - 1);
	S sum[4][C] = {}, most[4], total[4] = {};
	for (int i = 0; i < 4; i++) {
		most[i] = -__builtin_inf();
	}
	for (int j0 = hidden(a, from) / tile * tile; j0 < end; j0 += tile) {
		S score[4][4];
		dots(score, q, matrix<T>(a.k, b, g, j0, end), a.d);
#pragma unroll
		for (int i = 0; i < 4; i++) {
			int first = hidden(a, from + u + i), last = least(seen(a, from + u + i), end);
			S high = most[i];
#pragma unroll
			for (int j = 0; j < 4; j++) {
				score[i][j] = j0 + v + j >= first && j0 + v + j < last ? score_of(a, score[i][j]) : S(-__builtin_inf());
				high = larger(high, score[i][j]);
			}
			high = row_max(high);
			S less = high == -__builtin_inf() ? S(0) : fn_exp(most[i] - high), add = 0;
#pragma unroll
			for (int j = 0; j < 4; j++) {
				S p = score[i][j] == -__builtin_inf() ? S(0) : fn_exp(score[i][j] - high);
				shared<S>().weights[v + j][u + i] = p;
				add += p;
			}
			total[i] = total[i] * less + row_sum(add);
			most[i] = high;
#pragma unroll
			for (int c = 0; c < C; c++) {
				sum[i][c] *= less;
			}
		}
		weigh<C>(sum, matrix<T>(a.v, b, g, j0, end), c0, a.d);
	}
	S factor[4];
#pragma unroll
	for (int i = 0; i < 4; i++) {
		factor[i] = total[i] == 0 ? S(0) : 1 / total[i];
		if (a.lse && bid_y() == 0 && v == 0 && from + u + i < a.t) {
			((S *)a.lse)[((long long)b * a.heads + h) * a.t + from + u + i] = total[i] == 0 ? S(-__builtin_inf()) : most[i] + fn_log(total[i]);
		}
	}
	store<C, T>(a.out, b, h, from, a.t, c0, a.d, sum, factor);
}

// delta = Σ dout·out, a warp for each row.
template <class T> DEVICE void delta(const AttentionArgs &a) {
	long long row = (long long)bid_x() * 8 + warp();
	if (row >= (long long)a.batch * a.heads * a.t) {
		return;
	}
	int i = row % a.t, h = row / a.t % a.heads, b = row / a.t / a.heads;
	const T *x = head<T>(a.out, b, h) + i * a.out.row, *y = head<T>(a.dout, b, h) + i * a.dout.row;
	real<T> sum = 0;
	for (int c = lane(); c < a.d; c += 32) {
		sum += value(x[c * a.out.column]) * value(y[c * a.dout.column]);
	}
	sum = warp_sum(sum);
	if (lane() == 0) {
		((real<T> *)a.delta)[row] = sum;
	}
}

// gradients of the scores of a tile: p = e^(score - lse), ds = p·(dout·v - delta)·scale, times the slope of the cap, 1 - (score/cap)². Query and key are those of the
// first rows of the two operands.
template <class T, class S> DEVICE void score_grads(const AttentionArgs &a, int b, int h, int query, int key, bool by_query, S p[4][4], S ds[4][4]) {
	int g = h / (a.heads / a.kv), u = tid() / 16 * 4, v = tid() % 16 * 4;
	Matrix<T> q = matrix<T>(a.q, b, h, query, a.t), k = matrix<T>(a.k, b, g, key, a.s);
	Matrix<T> dout = matrix<T>(a.dout, b, h, query, a.t), value = matrix<T>(a.v, b, g, key, a.s);
	if (by_query) {
		dots(p, q, k, a.d);
		dots(ds, dout, value, a.d);
	} else {
		dots(p, k, q, a.d);
		dots(ds, value, dout, a.d);
	}
	long long first = ((long long)b * a.heads + h) * a.t;
#pragma unroll
	for (int e = 0; e < 16; e++) {
		int i = query + (by_query ? u + e / 4 : v + e % 4), j = key + (by_query ? v + e % 4 : u + e / 4);
		S &pe = p[e / 4][e % 4], &de = ds[e / 4][e % 4];
		bool there = i < a.t && j < least(seen(a, i), a.s) && j >= hidden(a, i);
		S score = score_of(a, pe), bent = a.cap > 0 ? score / (S)a.cap : S(0);
		pe = there ? fn_exp(score - ((const S *)a.lse)[first + i]) : S(0);
		de = there ? pe * (de - ((const S *)a.delta)[first + i]) * (S)a.scale * (1 - bent * bent) : S(0);
	}
}

template <class S> DEVICE void keep(const S w[4][4]) {
	int u = tid() / 16 * 4, v = tid() % 16 * 4;
#pragma unroll
	for (int e = 0; e < 16; e++) {
		shared<S>().weights[v + e % 4][u + e / 4] = w[e / 4][e % 4];
	}
}

// dv = Σ p·dout and dk = Σ ds·q over the queries of all heads that share a key.
template <class T, int C> DEVICE void grad_keys(const AttentionArgs &a) {
	typedef real<T> S;
	int tiles = (a.s + tile - 1) / tile, from = bid_x() % tiles * tile, c0 = bid_y() * 16 * C;
	int g = bid_x() / tiles % a.kv, b = bid_x() / tiles / a.kv, group = a.heads / a.kv;
	S dk[4][C] = {}, dv[4][C] = {};
	for (int h = g * group; h < (g + 1) * group; h++) {
		for (int i0 = seen_from(a, from); i0 < seen_to(a, from + tile - 1); i0 += tile) {
			S p[4][4], ds[4][4];
			score_grads<T>(a, b, h, i0, from, false, p, ds);
			keep(p);
			weigh<C>(dv, matrix<T>(a.dout, b, h, i0, a.t), c0, a.d);
			keep(ds);
			weigh<C>(dk, matrix<T>(a.q, b, h, i0, a.t), c0, a.d);
		}
	}
	const S one[4] = {1, 1, 1, 1};
	store<C, T>(a.dk, b, g, from, a.s, c0, a.d, dk, one);
	store<C, T>(a.dv, b, g, from, a.s, c0, a.d, dv, one);
}

// dq = Σ ds·k.
template <class T, int C> DEVICE void grad_queries(const AttentionArgs &a) {
	typedef real<T> S;
	int tiles = (a.t + tile - 1) / tile, from = (tiles - 1 - bid_x() % tiles) * tile, c0 = bid_y() * 16 * C;
	int h = bid_x() / tiles % a.heads, b = bid_x() / tiles / a.heads, end = seen(a, least(from + tile, a.t) - 1);
	S dq[4][C] = {};
	for (int j0 = hidden(a, from) / tile * tile; j0 < end; j0 += tile) {
		S p[4][4], ds[4][4];
		score_grads<T>(a, b, h, from, j0, true, p, ds);
		keep(ds);
		weigh<C>(dq, matrix<T>(a.k, b, h / (a.heads / a.kv), j0, end), c0, a.d);
	}
	const S one[4] = {1, 1, 1, 1};
	store<C, T>(a.dq, b, h, from, a.t, c0, a.d, dq, one);
}

// 64 and 128 are how many columns of the result a block has.
#define ATTENTION(T, NAME)                                                                   \
	KERNEL(256) attention64_##NAME(AttentionArgs a) { forward<T, 4>(a); }                \
	KERNEL(256) attention128_##NAME(AttentionArgs a) { forward<T, 8>(a); }               \
	KERNEL(256) attention_delta_##NAME(AttentionArgs a) { delta<T>(a); }                 \
	KERNEL(256) attention_keys64_##NAME(AttentionArgs a) { grad_keys<T, 4>(a); }         \
	KERNEL(256) attention_keys128_##NAME(AttentionArgs a) { grad_keys<T, 8>(a); }        \
	KERNEL(256) attention_queries64_##NAME(AttentionArgs a) { grad_queries<T, 4>(a); }   \
	KERNEL(256) attention_queries128_##NAME(AttentionArgs a) { grad_queries<T, 8>(a); }

ATTENTION(float, f32)
ATTENTION(double, f64)
ATTENTION(bf16, bf16)
