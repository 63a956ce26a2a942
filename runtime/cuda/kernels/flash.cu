// Attention of bf16 on tensor cores, and its gradient (Dao, "FlashAttention-2", arXiv:2307.08691). Scores stay in registers: what one product leaves
// there is an operand of the next one. Probabilities and their gradients are rounded to bf16 on the way; all sums are float.
//
// Rows are W numbers wide in shared memory, 64 or 128; what of them is beyond d is 0. Each of a block's 4 warps has 16 rows of the result, or twice as many.
#include "attention.h"
#include "tiles.h"

const int threads = 128;

// fetch begins to copy N rows to shared memory, of which n are there.
template <int W, int N> DEVICE void fetch(bf16 *tile, const bf16 *from, long long step, int n, int d) {
#pragma unroll 2
	for (int i = 0; i < N * W / 8 / threads; i++) {
		int row = (i * threads + tid()) / (W / 8), c = tid() % (W / 8);
		if (row < n && c * 8 < d) {
			copy_async16(chunk<W>(tile, row, c), from + row * step + c * 8);
		} else {
			store_words(chunk<W>(tile, row, c), words{});
		}
	}
}

// dots adds the products of 16·M rows of x with N rows of y.
template <int W, int N, int M> DEVICE void dots(float (*sum)[N / 8][4], bf16 *x, int row, bf16 *y) {
#pragma unroll
	for (int c = 0; c < W; c += 16) {
		unsigned u[M][4], v[N / 16][4]; // loaded before they are used: what is loaded takes a while
#pragma unroll
		for (int m = 0; m < M; m++) {
			a_rows<W>(u[m], x, row + 16 * m, c);
		}
#pragma unroll
		for (int n = 0; n < N / 16; n++) {
			b_rows<W>(v[n], y, n * 16, c);
		}
#pragma unroll
		for (int n = 0; n < N / 16; n++) {
#pragma unroll
			for (int m = 0; m < M; m++) {
				mma16816(sum[m][2 * n], u[m], v[n]);
				mma16816(sum[m][2 * n + 1], u[m], v[n] + 2);
			}
		}
	}
}

// weigh adds w·z, where w are 16·M rows of N weights as dots left them, and z N rows.
template <int W, int N, int M> DEVICE void weigh(float (*sum)[W / 8][4], float (*w)[N / 8][4], bf16 *z) {
#pragma unroll
	for (int n = 0; n < N / 16; n++) {
		unsigned u[M][4], v[4][4];
#pragma unroll
		for (int m = 0; m < M; m++) {
			const float *l = w[m][2 * n], *r = w[m][2 * n + 1];
			u[m][0] = pack_bf16(l[0], l[1]);
			u[m][1] = pack_bf16(l[2], l[3]);
			u[m][2] = pack_bf16(r[0], r[1]);
			u[m][3] = pack_bf16(r[2], r[3]);
		}
#pragma unroll
		for (int c0 = 0; c0 < W / 16; c0 += 4) {
#pragma unroll
			for (int c = 0; c < 4; c++) {
				b_columns<W>(v[c], z, (c0 + c) * 16, n * 16);
			}
#pragma unroll
			for (int c = 0; c < 4; c++) {
#pragma unroll
				for (int m = 0; m < M; m++) {
					mma16816(sum[m][2 * (c0 + c)], u[m], v[c]);
					mma16816(sum[m][2 * (c0 + c) + 1], u[m], v[c] + 2);
				}
			}
		}
	}
}

// store writes 16 rows of a result, of which n are there: those of the thread times a factor each.
template <int W> DEVICE void store(bf16 *to, long long step, int n, int d, float (*sum)[4], float factor0, float factor1) {
	int row = lane() / 4, column = lane() % 4 * 2;
#pragma unroll
	for (int c = 0; c < W / 8; c++) {
		if (c * 8 < d && row < n) {
			*(unsigned *)(to + row * step + c * 8 + column) = pack_bf16(sum[c][0] * factor0, sum[c][1] * factor0);
		}
		if (c * 8 < d && row + 8 < n) {
			*(unsigned *)(to + (row + 8) * step + c * 8 + column) = pack_bf16(sum[c][2] * factor1, sum[c][3] * factor1);
		}
	}
}

// quad_max and quad_sum combine what the 4 threads of a row have.
DEVICE float quad_max(float v) {
	v = max_(v, shfl_xor(v, 1));
	return max_(v, shfl_xor(v, 2));
}
DEVICE float quad_sum(float v) {
	v += shfl_xor(v, 1);
	return v + shfl_xor(v, 2);
}

// Rows are a warp's running softmaxes: for each thread, of rows lane/4 and lane/4 + 8.
struct Rows {
	float most[2], total[2];

	// probabilities turns 16x64 scores into 2^(scale·(score - most)), and returns by which factors earlier sums shrink. The scale is positive.
	DEVICE void probabilities(float (*s)[4], float scale, float shrink[2]) {
#pragma unroll
		for (int r = 0; r < 2; r++) {
			float high = most[r];
#pragma unroll
			for (int n = 0; n < 8; n++) {
				high = max_(high, max_(s[n][2 * r], s[n][2 * r + 1]));
			}
			high = quad_max(high);
			float add = 0, less = high * scale;
#pragma unroll
			for (int n = 0; n < 8; n++) {
				s[n][2 * r] = fast_exp2(fma_(s[n][2 * r], scale, -less));
				s[n][2 * r + 1] = fast_exp2(fma_(s[n][2 * r + 1], scale, -less));
				add += s[n][2 * r] + s[n][2 * r + 1];
			}
			shrink[r] = fast_exp2(fma_(most[r], scale, -less));
			total[r] = total[r] * shrink[r] + add;
			most[r] = high;
		}
	}
};

// A block has 64·M queries; keys come 64 at a time, the next ones while the present ones are worked on.
template <int W, int M> DEVICE void forward(const AttentionArgs &a) {
	const int queries = 64 * M;
	bf16 *qs = (bf16 *)dynamic_shared(), *ks = qs + queries * W, *vs = ks + 2 * 64 * W;
	int tiles = (a.t + queries - 1) / queries, from = (tiles - 1 - bid_x() % tiles) * queries;
	int h = bid_x() / tiles % a.heads, b = bid_x() / tiles / a.heads, g = h / (a.heads / a.kv);
	int end = seen(a, least(from + queries, a.t) - 1), mine = warp() * 16 * M;
	const bf16 *k = head<bf16>(a.k, b, g), *v = head<bf16>(a.v, b, g);
	fetch<W, queries>(qs, head<bf16>(a.q, b, h) + from * a.q.row, a.q.row, a.t - from, a.d);
	fetch<W, 64>(ks, k, a.k.row, end, a.d);
	fetch<W, 64>(vs, v, a.v.row, end, a.d);
	copy_async_commit();
	float out[M][W / 8][4] = {};
	Rows rows[M];
#pragma unroll
	for (int m = 0; m < M; m++) {
		rows[m] = Rows{{-__builtin_inff(), -__builtin_inff()}, {0, 0}};
	}
	float scale = (float)a.scale * log2e;
	for (int j0 = 0; j0 < end; j0 += 64) {
		bf16 *kt = ks + j0 / 64 % 2 * 64 * W, *vt = vs + j0 / 64 % 2 * 64 * W;
		copy_async_wait<0>();
		sync();
		if (j0 + 64 < end) {
			fetch<W, 64>(ks + (j0 / 64 + 1) % 2 * 64 * W, k + (j0 + 64) * a.k.row, a.k.row, end - j0 - 64, a.d);
			fetch<W, 64>(vs + (j0 / 64 + 1) % 2 * 64 * W, v + (j0 + 64) * a.v.row, a.v.row, end - j0 - 64, a.d);
			copy_async_commit();
		}
		float s[M][8][4] = {};
		dots<W, 64, M>(s, qs, mine, kt);
#pragma unroll
		for (int m = 0; m < M; m++) {
			float shrink[2];
			int row = from + mine + 16 * m;
			if (j0 + 64 > least(seen(a, row), end)) {
				int last[2] = {least(seen(a, row + lane() / 4), end), least(seen(a, row + lane() / 4 + 8), end)};
#pragma unroll
				for (int e = 0; e < 32; e++) {
					int j = j0 + e / 4 * 8 + lane() % 4 * 2 + e % 2;
					s[m][e / 4][e % 4] = j < last[e % 4 / 2] ? s[m][e / 4][e % 4] : -__builtin_inff();
				}
			}
			rows[m].probabilities(s[m], scale, shrink);
#pragma unroll
			for (int e = 0; e < W / 2; e++) {
				out[m][e / 4][e % 4] *= shrink[e % 4 / 2];
			}
		}
		weigh<W, 64, M>(out, s, vt);
	}
#pragma unroll
	for (int m = 0; m < M; m++) {
		int first = from + mine + 16 * m;
		float factor[2];
#pragma unroll
		for (int r = 0; r < 2; r++) {
			float total = quad_sum(rows[m].total[r]);
			int row = first + lane() / 4 + 8 * r;
			factor[r] = total == 0 ? 0 : 1 / total;
			if (a.lse && lane() % 4 == 0 && row < a.t) {
				((float *)a.lse)[((long long)b * a.heads + h) * a.t + row] = total == 0 ? -__builtin_inff() : rows[m].most[r] * (float)a.scale + fn_log(total);
			}
		}
		store<W>(head<bf16>(a.out, b, h) + first * a.out.row, a.out.row, a.t - first, a.d, out[m], factor[0], factor[1]);
	}
}

// delta = Σ dout·out, 8 threads for each row.
DEVICE void delta(const AttentionArgs &a) {
	long long all = (long long)a.batch * a.heads * a.t, row = (long long)bid_x() * (threads / 8) + tid() / 8;
	long long there = row < all ? row : all - 1;
	int i = there % a.t, h = there / a.t % a.heads, b = there / a.t / a.heads;
	const bf16 *x = head<bf16>(a.out, b, h) + i * a.out.row, *y = head<bf16>(a.dout, b, h) + i * a.dout.row;
	float sum = 0;
	for (int c = tid() % 8 * 8; c < a.d; c += 64) {
		float u[8], v[8];
		load8(x + c, u);
		load8(y + c, v);
#pragma unroll
		for (int e = 0; e < 8; e++) {
			sum = fma_(u[e], v[e], sum);
		}
	}
	sum += shfl_xor(sum, 1);
	sum += shfl_xor(sum, 2);
	sum += shfl_xor(sum, 4);
	if (tid() % 8 == 0 && row < all) {
		((float *)a.delta)[row] = sum;
	}
}

// Statistics of queries in shared memory: the logarithm of their sums, in powers of 2, and delta.
template <int N> struct Statistics {
	float lse[N], delta[N];

	DEVICE void load(const AttentionArgs &a, int b, int h, int from) {
		if (tid() < N) {
			long long at = ((long long)b * a.heads + h) * a.t + from + tid();
			bool there = from + tid() < a.t;
			lse[tid()] = there ? ((const float *)a.lse)[at] * log2e : __builtin_inff(); // no probability where there is no query
			delta[tid()] = there ? ((const float *)a.delta)[at] : 0;
		}
	}
};

// A block has 64·M keys, and goes through the queries of all heads that share them, N at a time. Scores are made transposed, a row for each key:
// dv = pᵀ·dout and dk = dsᵀ·q.
template <int W, int N, int M> DEVICE void grad_keys(const AttentionArgs &a) {
	const int keys = 64 * M;
	bf16 *ks = (bf16 *)dynamic_shared(), *vs = ks + keys * W, *qs = vs + keys * W, *os = qs + 2 * N * W;
	Statistics<N> *statistics = (Statistics<N> *)(os + 2 * N * W);
	int tiles = (a.s + keys - 1) / keys, from = bid_x() % tiles * keys, mine = warp() * 16 * M;
	int g = bid_x() / tiles % a.kv, b = bid_x() / tiles / a.kv, group = a.heads / a.kv;
	int begin = seen_from(a, from) / N * N, each = a.t > begin ? (a.t - begin + N - 1) / N : 0, all = each * group;
	auto fetch_queries = [&](int n) __attribute__((always_inline)) {
		int h = g * group + n / each, i0 = begin + n % each * N;
		fetch<W, N>(qs + n % 2 * N * W, head<bf16>(a.q, b, h) + i0 * a.q.row, a.q.row, a.t - i0, a.d);
		fetch<W, N>(os + n % 2 * N * W, head<bf16>(a.dout, b, h) + i0 * a.dout.row, a.dout.row, a.t - i0, a.d);
		statistics[n % 2].load(a, b, h, i0);
		copy_async_commit();
	};
	fetch<W, keys>(ks, head<bf16>(a.k, b, g) + from * a.k.row, a.k.row, a.s - from, a.d);
	fetch<W, keys>(vs, head<bf16>(a.v, b, g) + from * a.v.row, a.v.row, a.s - from, a.d);
	if (all > 0) {
		fetch_queries(0);
	}
	float dk[M][W / 8][4] = {}, dv[M][W / 8][4] = {}, scale = (float)a.scale * log2e;
	for (int n = 0; n < all; n++) {
		copy_async_wait<0>();
		sync();
		if (n + 1 < all) {
			fetch_queries(n + 1);
		}
		bf16 *q = qs + n % 2 * N * W, *dout = os + n % 2 * N * W;
		const Statistics<N> &st = statistics[n % 2];
		int i0 = begin + n % each * N;
		float p[M][N / 8][4] = {}, ds[M][N / 8][4] = {};
		dots<W, N, M>(p, ks, mine, q);
		if (a.causal && from + keys > seen(a, i0)) {
#pragma unroll
			for (int e = 0; e < M * N / 2; e++) {
				int m = e / (N / 2), c = e % (N / 2) / 4;
				int i = i0 + c * 8 + lane() % 4 * 2 + e % 2, j = from + mine + 16 * m + lane() / 4 + e % 4 / 2 * 8;
				p[m][c][e % 4] = j < seen(a, i) ? p[m][c][e % 4] : -__builtin_inff();
			}
		}
		dots<W, N, M>(ds, vs, mine, dout);
#pragma unroll
		for (int e = 0; e < M * N / 2; e++) {
			int m = e / (N / 2), c = e % (N / 2) / 4, i = c * 8 + lane() % 4 * 2 + e % 2;
			p[m][c][e % 4] = fast_exp2(fma_(p[m][c][e % 4], scale, -st.lse[i]));
			ds[m][c][e % 4] = p[m][c][e % 4] * (ds[m][c][e % 4] - st.delta[i]);
		}
		weigh<W, N, M>(dv, p, dout);
		weigh<W, N, M>(dk, ds, q);
	}
#pragma unroll
	for (int m = 0; m < M; m++) {
		int first = from + mine + 16 * m;
		store<W>(head<bf16>(a.dk, b, g) + first * a.dk.row, a.dk.row, a.s - first, a.d, dk[m], (float)a.scale, (float)a.scale);
		store<W>(head<bf16>(a.dv, b, g) + first * a.dv.row, a.dv.row, a.s - first, a.d, dv[m], 1, 1);
	}
}

// A block has 64·M queries, and goes through the keys that they see, N at a time: dq = ds·k.
template <int W, int N, int M> DEVICE void grad_queries(const AttentionArgs &a) {
	const int queries = 64 * M;
	bf16 *qs = (bf16 *)dynamic_shared(), *os = qs + queries * W, *ks = os + queries * W, *vs = ks + 2 * N * W;
	int tiles = (a.t + queries - 1) / queries, from = (tiles - 1 - bid_x() % tiles) * queries, mine = warp() * 16 * M;
	int h = bid_x() / tiles % a.heads, b = bid_x() / tiles / a.heads, g = h / (a.heads / a.kv), end = seen(a, least(from + queries, a.t) - 1);
	auto fetch_keys = [&](int n) __attribute__((always_inline)) {
		fetch<W, N>(ks + n % 2 * N * W, head<bf16>(a.k, b, g) + n * N * a.k.row, a.k.row, end - n * N, a.d);
		fetch<W, N>(vs + n % 2 * N * W, head<bf16>(a.v, b, g) + n * N * a.v.row, a.v.row, end - n * N, a.d);
		copy_async_commit();
	};
	fetch<W, queries>(qs, head<bf16>(a.q, b, h) + from * a.q.row, a.q.row, a.t - from, a.d);
	fetch<W, queries>(os, head<bf16>(a.dout, b, h) + from * a.dout.row, a.dout.row, a.t - from, a.d);
	fetch_keys(0);
	float lse[M][2], delta[M][2], dq[M][W / 8][4] = {}, scale = (float)a.scale * log2e;
#pragma unroll
	for (int r = 0; r < 2 * M; r++) {
		int row = least(from + mine + lane() / 4 + 8 * r, a.t - 1);
		long long at = ((long long)b * a.heads + h) * a.t + row;
		lse[r / 2][r % 2] = ((const float *)a.lse)[at] * log2e;
		delta[r / 2][r % 2] = ((const float *)a.delta)[at];
	}
	for (int n = 0; n * N < end; n++) {
		copy_async_wait<0>();
		sync();
		if ((n + 1) * N < end) {
			fetch_keys(n + 1);
		}
		bf16 *k = ks + n % 2 * N * W, *v = vs + n % 2 * N * W;
		float p[M][N / 8][4] = {}, ds[M][N / 8][4] = {};
		dots<W, N, M>(p, qs, mine, k);
		if ((n + 1) * N > least(seen(a, from + mine), end)) {
#pragma unroll
			for (int e = 0; e < M * N / 2; e++) {
				int m = e / (N / 2), c = e % (N / 2) / 4, j = n * N + c * 8 + lane() % 4 * 2 + e % 2;
				p[m][c][e % 4] = j < least(seen(a, from + mine + 16 * m + lane() / 4 + e % 4 / 2 * 8), end) ? p[m][c][e % 4] : -__builtin_inff();
			}
		}
		dots<W, N, M>(ds, os, mine, v);
#pragma unroll
		for (int e = 0; e < M * N / 2; e++) {
			int m = e / (N / 2), c = e % (N / 2) / 4, r = e % 4 / 2;
			ds[m][c][e % 4] = fast_exp2(fma_(p[m][c][e % 4], scale, -lse[m][r])) * (ds[m][c][e % 4] - delta[m][r]);
		}
		weigh<W, N, M>(dq, ds, k);
	}
#pragma unroll
	for (int m = 0; m < M; m++) {
		int first = from + mine + 16 * m;
		store<W>(head<bf16>(a.dq, b, h) + first * a.dq.row, a.dq.row, a.t - first, a.d, dq[m], (float)a.scale, (float)a.scale);
	}
}

KERNEL(128) flash64_bf16(AttentionArgs a) { forward<64, 2>(a); }
KERNEL(128) flash128_bf16(AttentionArgs a) { forward<128, 1>(a); }
KERNEL(128) flash_delta_bf16(AttentionArgs a) { delta(a); }
KERNEL(128) flash_keys64_bf16(AttentionArgs a) { grad_keys<64, 32, 2>(a); }
KERNEL(128) flash_keys128_bf16(AttentionArgs a) { grad_keys<128, 32, 1>(a); }
KERNEL(128) flash_queries64_bf16(AttentionArgs a) { grad_queries<64, 64, 2>(a); }
KERNEL(128) flash_queries128_bf16(AttentionArgs a) { grad_queries<128, 32, 1>(a); }
