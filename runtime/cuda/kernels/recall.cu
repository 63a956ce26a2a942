// Attention of a sequence's newest token, whose place is read from memory: it is turned, put into the cache, and attends to all that is there. A block works on
// one head and a share of the keys, 64 at a time; the last block of a head puts the shares together.
#include "fn.h"
#include "real.h"

enum { CACHED_ATTENTION = 7 }; // see fault.go

const int threads = 128, some = 64, widest = 512;

// The token's own numbers are [head, column]; those of the cache [position, head, column]. Steps are in floats.
struct RecallArgs {
	float *out;
	const float *q, *k, *v;
	float *keys, *values;
	const int *past;
	const double *table; // of frequencies; null: they follow from the base
	float *parts;   // [heads, splits, d + 2]: Σ e^(score - most)·v, most, and Σ e^(score - most)
	unsigned *done; // [heads]: how many blocks of a head are; zeros before and after
	unsigned long long *fault;
	long long out_head, q_head, k_head, v_head, key_row, key_head, value_row, value_head;
	double scale, cap, base; // a cap of 0 is none
	int heads, kv, d, limit, splits, turns;
	int window; // 0 is none; with one the place of a position in the cache is its remainder by the limit
};

// Newest is what a block knows of the new token.
struct Newest {
	float *q, *k, *v; // in shared memory
	int at;           // its position
	int shift;        // from positions of the share to their places in the cache
};

DEVICE int fewer(int a, int b) { return a < b ? a : b; }

// turned brings a head to shared memory, turned by its position.
DEVICE void turned(const RecallArgs &a, float *to, const float *from, int position) {
	if (!a.turns) {
		for (int c = tid(); c < a.d; c += threads) {
			to[c] = from[c];
		}
		return;
	}
	int half = a.d / 2;
	for (int c = tid(); c < half; c += threads) {
		double angle = position * (a.table ? a.table[c] : fn_pow(a.base, -2.0 * c / a.d)), turns = rint_(angle * 0.15915494309189533577);
		float small = (float)fma_(turns, -2.4492935982947064e-16, fma_(turns, -6.283185307179586232, angle)); // before it is rounded
		float sin = fn_sin(small), cos = fn_cos(small), low = from[c], high = from[c + half];
		to[c] = low * cos - high * sin;
		to[c + half] = high * cos + low * sin;
	}
}

// load brings N numbers that lie together, 4 of them at once.
template <int N> DEVICE void load(const float *from, float *v) {
	if (N == 4) {
		load4(from, v);
	} else {
		v[0] = *from;
	}
}

// place is where a position of the share is kept. A window is no longer than the cache, which it goes over the end of once at most.
DEVICE long long place(const RecallArgs &a, const Newest &x, int position) {
	int at = position + x.shift;
	return at < a.limit ? at : at - a.limit;
}

// scores are those of 64 keys from j0 on. Eight threads share a key.
template <int N> DEVICE void scores(const RecallArgs &a, const float *keys, const Newest &x, int j0, int end, float *to) {
#pragma unroll
	for (int n = 0; n < some / 16; n++) {
		int j = n * 16 + tid() / 8, at = fewer(j0 + j, end - 1);
		const float *key = at == x.at ? x.k : keys + place(a, x, at) * a.key_row;
		float sum = 0;
		for (int c = tid() % 8 * N; c < a.d; c += 8 * N) {
			float v[N];
			load<N>(key + c, v);
#pragma unroll
			for (int i = 0; i < N; i++) {
				sum = fma_(v[i], x.q[c + i], sum);
			}
		}
		sum += shfl_xor(sum, 1);
		sum += shfl_xor(sum, 2);
		sum += shfl_xor(sum, 4);
		if (tid() % 8 == 0) {
			float score = sum * (float)a.scale;
			if (a.cap > 0) {
				score = (float)a.cap * fn_tanh(score / (float)a.cap);
			}
			to[j] = j0 + j < end ? score : -__builtin_inff();
		}
	}
}

// gather puts the shares of a head together: up to 64, two of which are each lane's.
DEVICE void gather(const RecallArgs &a, int h, int shares) {
	SHARED float weights[64];
	const volatile float *parts = a.parts + (long long)h * a.splits * (a.d + 2); // others have just written them
	float most[2], total[2];
#pragma unroll
	for (int i = 0; i < 2; i++) {
		int share = lane() + 32 * i;
		const volatile float *p = parts + fewer(share, shares - 1) * (a.d + 2);
		most[i] = p[a.d];
		total[i] = share < shares ? p[a.d + 1] : 0;
	}
	float high = warp_max(larger(most[0], most[1])), sum = 0;
#pragma unroll
	for (int i = 0; i < 2; i++) {
		float weight = fn_exp(most[i] - high);
		sum += total[i] * weight;
		if (warp() == 0) {
			weights[lane() + 32 * i] = weight;
		}
	}
	sum = warp_sum(sum);
	sync();
	for (int c = tid(); c < a.d; c += threads) {
		float value = 0;
#pragma unroll 8
		for (int i = 0; i < shares; i++) {
			value += parts[i * (a.d + 2) + c] * weights[i];
		}
		a.out[h * a.out_head + c] = value / sum;
	}
}

// last reports whether the block is the last one of its head, all of which have written their shares then.
DEVICE bool last(const RecallArgs &a, int h, int shares) {
	SHARED unsigned before;
	fence();
	sync();
	if (tid() == 0) {
		before = add_atomically(a.done + h, 1u);
		if (before == (unsigned)shares - 1) {
			a.done[h] = 0;
		}
	}
	sync();
	fence();
	return before == (unsigned)shares - 1;
}

template <int N> DEVICE void recall(const RecallArgs &a) {
	SHARED __attribute__((aligned(16))) float score[some], sums[threads * N], query[widest], key[widest], value[widest];
	int h = bid_x() / a.splits, split = bid_x() % a.splits, group = a.heads / a.kv, g = h / group, past = *a.past;
	if (past < 0 || (past >= a.limit && a.window == 0)) {
		if (tid() == 0) {
			fault(a.fault, CACHED_ATTENTION, h, past, a.limit);
		}
		return;
	}
	int all = past + 1, first = a.window > 0 && all > a.window ? all - a.window : 0, keys = all - first;
	int share = ((keys + a.splits - 1) / a.splits + some - 1) / some * some, shares = (keys + share - 1) / share;
	if (split >= shares) {
		return;
	}
	int from = first + split * share, end = fewer(from + share, all);
	Newest x = {query, key, value, past, from % a.limit - from};
	turned(a, query, a.q + h * a.q_head, past);
	if (end == all) { // the new token is in this share
		turned(a, key, a.k + g * a.k_head, past);
		for (int c = tid(); c < a.d; c += threads) {
			value[c] = a.v[g * a.v_head + c];
		}
		sync();
		for (int c = tid(); c < a.d && h % group == 0; c += threads) {
			a.keys[place(a, x, past) * a.key_row + g * a.key_head + c] = key[c];
			a.values[place(a, x, past) * a.value_row + g * a.value_head + c] = value[c];
		}
	}
	// A thread sums up N columns, over the keys of its team.
	int packs = a.d / N, team = tid() / packs, teams = threads / packs, column = tid() % packs * N;
	float sum[N] = {}, most = -__builtin_inff(), total = 0;
	for (int j0 = from; j0 < end; j0 += some) {
		sync();
		scores<N>(a, a.keys + g * a.key_head, x, j0, end, score);
		sync();
		float s = score[lane()], t = score[lane() + 32], high = larger(most, warp_max(larger(s, t)));
		float less = fn_exp(most - high), ps = fn_exp(s - high), pt = fn_exp(t - high);
		most = high;
		total = total * less + warp_sum(ps + pt);
		sync();
		if (warp() == 0) {
			score[lane()] = ps;
			score[lane() + 32] = pt;
		}
		sync();
#pragma unroll
		for (int c = 0; c < N; c++) {
			sum[c] *= less;
		}
#pragma unroll 4
		for (int j = team; j < fewer(some, end - j0) && team < teams; j += teams) {
			float w[N];
			load<N>((j0 + j == past ? value : a.values + place(a, x, j0 + j) * a.value_row + g * a.value_head) + column, w);
#pragma unroll
			for (int c = 0; c < N; c++) {
				sum[c] = fma_(score[j], w[c], sum[c]);
			}
		}
	}
#pragma unroll
	for (int c = 0; c < N; c++) {
		if (team < teams) {
			sums[team * a.d + column + c] = sum[c];
		}
	}
	sync();
	float *part = a.parts + ((long long)h * a.splits + split) * (a.d + 2);
	for (int c = tid(); c < a.d; c += threads) {
		float v = 0;
		for (int j = 0; j < teams; j++) {
			v += sums[j * a.d + c];
		}
		if (shares == 1) {
			a.out[h * a.out_head + c] = v / total;
		} else {
			part[c] = v;
		}
	}
	if (shares == 1) {
		return;
	}
	if (tid() == 0) {
		part[a.d] = most;
		part[a.d + 1] = total;
	}
	if (last(a, h, shares)) {
		gather(a, h, shares);
	}
}

KERNEL(128) recall_packs(RecallArgs a) { recall<4>(a); }
KERNEL(128) recall_single(RecallArgs a) { recall<1>(a); }
