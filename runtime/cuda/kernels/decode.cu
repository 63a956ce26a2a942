// Attention of a few queries to many keys, as each step of decoding has it. A block works on one query and a part of the keys, 64 at a time; what the parts
// give is put together afterwards.
#include "attention.h"

const int threads = 128, some = 64;

// Part is what a block has at the end: Σ e^(score - most)·v, and behind it most and Σ e^(score - most).
template <class S> DEVICE S *part(const AttentionArgs &a, long long row, int split) { return (S *)a.parts + (row * a.splits + split) * (a.d + 2); }

// scores are those of 64 keys from j0 on. Eight threads share a key.
template <class T, class S> DEVICE void scores(const AttentionArgs &a, const T *k, const S *q, int j0, int end, S *to) {
	const int size = pack<T>::size;
#pragma unroll
	for (int n = 0; n < some / 16; n++) {
		int j = n * 16 + tid() / 8;
		const T *key = k + (long long)least(j0 + j, end - 1) * a.k.row;
		S sum = 0;
		for (int c = tid() % 8 * size; c < a.d; c += 8 * size) {
			S v[size];
			get(key + c, v);
#pragma unroll
			for (int i = 0; i < size; i++) {
				sum = fma_(v[i], q[c + i], sum);
			}
		}
		sum += shfl_xor(sum, 1);
		sum += shfl_xor(sum, 2);
		sum += shfl_xor(sum, 4);
		if (tid() % 8 == 0) {
			to[j] = j0 + j < end ? score_of(a, sum) : S(-__builtin_inf());
		}
	}
}

template <class T> DEVICE void finish(const AttentionArgs &a, long long row, int c, real<T> value, real<T> most, real<T> total) {
	int i = row % a.t, h = row / a.t % a.heads, b = row / a.t / a.heads;
	put(head<T>(a.out, b, h) + i * a.out.row + c * a.out.column, value / total);
	if (c == 0 && a.lse) {
		((real<T> *)a.lse)[row] = most + fn_log(total);
	}
}

template <class T> DEVICE void decode(const AttentionArgs &a) {
	typedef real<T> S;
	const int size = pack<T>::size;
	SHARED S score[some], q[256], sums[threads * size];
	long long row = bid_x() / a.splits;
	int split = bid_x() % a.splits, i = row % a.t, h = row / a.t % a.heads, b = row / a.t / a.heads, g = h / (a.heads / a.kv);
	int all = seen(a, i), first = hidden(a, i), share = ((all - first + a.splits - 1) / a.splits + some - 1) / some * some;
	int from = first + split * share, end = least(from + share, all);
	const T *query = head<T>(a.q, b, h) + i * a.q.row;
	for (int c = tid(); c < a.d; c += threads) {
		q[c] = value(query[c * a.q.column]);
	}
	// A thread sums up one pack of columns, over the keys of its group.
	int packs = a.d / size, group = tid() / packs, groups = threads / packs, column = tid() % packs * size;
	S sum[size] = {}, most = -__builtin_inf(), total = 0;
	for (int j0 = from; j0 < end; j0 += some) {
		sync();
		scores(a, head<T>(a.k, b, g), q, j0, end, score);
		sync();
		S x = score[lane()], y = score[lane() + 32], high = larger(most, warp_max(larger(x, y)));
		S less = fn_exp(most - high), px = fn_exp(x - high), py = fn_exp(y - high);
		most = high;
		total = total * less + warp_sum(px + py);
		sync();
		if (warp() == 0) {
			score[lane()] = px;
			score[lane() + 32] = py;
		}
		sync();
#pragma unroll
		for (int c = 0; c < size; c++) {
			sum[c] *= less;
		}
		const T *v = head<T>(a.v, b, g) + j0 * a.v.row + column;
#pragma unroll 4
		for (int j = group; j < least(some, end - j0) && group < groups; j += groups) {
			S w[size];
			get(v + j * a.v.row, w);
#pragma unroll
			for (int c = 0; c < size; c++) {
				sum[c] = fma_(score[j], w[c], sum[c]);
			}
		}
	}
#pragma unroll
	for (int c = 0; c < size; c++) {
		if (group < groups) {
			sums[group * a.d + column + c] = sum[c];
		}
	}
	sync();
	for (int c = tid(); c < a.d; c += threads) {
		S value = 0;
		for (int j = 0; j < groups; j++) {
			value += sums[j * a.d + c];
		}
		if (a.splits == 1) {
			finish<T>(a, row, c, value, most, total);
		} else {
			part<S>(a, row, split)[c] = value;
		}
	}
	if (tid() == 0 && a.splits > 1) {
		part<S>(a, row, split)[a.d] = most;
		part<S>(a, row, split)[a.d + 1] = total;
	}
}

// combine puts the up to 64 parts of a query together, two of which are each lane's. A part of no keys is e^-infinity times nothing.
template <class T> DEVICE void combine(const AttentionArgs &a) {
	typedef real<T> S;
	SHARED S weights[64];
	long long row = bid_x();
	S most[2], total[2];
#pragma unroll
	for (int i = 0; i < 2; i++) {
		const S *p = part<S>(a, row, least(lane() + 32 * i, a.splits - 1));
		most[i] = p[a.d];
		total[i] = lane() + 32 * i < a.splits ? p[a.d + 1] : S(0);
	}
	S high = warp_max(larger(most[0], most[1])), sum = 0;
#pragma unroll
	for (int i = 0; i < 2; i++) {
		S weight = fn_exp(most[i] - high);
		sum += total[i] * weight;
		if (warp() == 0) {
			weights[lane() + 32 * i] = weight;
		}
	}
	sum = warp_sum(sum);
	sync();
	for (int c = tid(); c < a.d; c += threads) {
		S value = 0;
#pragma unroll 8
		for (int i = 0; i < a.splits; i++) {
			value += part<S>(a, row, i)[c] * weights[i];
		}
		finish<T>(a, row, c, value, high, sum);
	}
}

KERNEL(128) decode_f32(AttentionArgs a) { decode<float>(a); }
KERNEL(128) decode_f64(AttentionArgs a) { decode<double>(a); }
KERNEL(128) decode_bf16(AttentionArgs a) { decode<bf16>(a); }
KERNEL(128) decode_combine_f32(AttentionArgs a) { combine<float>(a); }
KERNEL(128) decode_combine_f64(AttentionArgs a) { combine<double>(a); }
KERNEL(128) decode_combine_bf16(AttentionArgs a) { combine<bf16>(a); }
