// Products with few rows, as decoding has them: bound by how fast the weights come. Each is read once, 16 bytes at a time, and multiplied with all rows of A.
//
// A block is 8 warps. So many of them as p.team says share a column of B, which lies together: each has its part of k.
#include "product.h"

const int warps = 8, ahead = 4;

// scaled multiplies a pack of a column in 8 bits by its scale; numbers of other types count as they are.
template <class W> DEVICE void scaled(float *, const ProductArgs &, int, int) {}
template <> DEVICE void scaled<signed char>(float *w, const ProductArgs &p, int column, int k) {
	float scale = p.scales[(long long)column * p.groups + k / (p.k / p.groups)];
#pragma unroll
	for (int i = 0; i < 16; i++) {
		w[i] *= scale;
	}
}

// multiply adds the products of a pack with M rows.
template <int M, int N> DEVICE void multiply(float sums[M], const float *w, const float *a, long long row) {
#pragma unroll
	for (int m = 0; m < M; m++) {
#pragma unroll
		for (int i = 0; i < N; i += 4) {
			float v[4];
			load4(a + m * row + i, v);
#pragma unroll
			for (int e = 0; e < 4; e++) {
				sums[m] = fma_(v[e], w[i + e], sums[m]);
			}
		}
	}
}

// wholes is up to where a column is loaded in packs, if it and the rows of a lie so that it can be.
template <class W> DEVICE int wholes(const ProductArgs &p, const W *b, const float *a, long long row) {
	const int size = pack<W>::size;
	bool packs = packed(b) && packed(a) && row % 4 == 0 && (sizeof(W) > 1 || p.k / p.groups % size == 0);
	return packs ? p.k / size * size : 0;
}

// Part is a thread's part of a column: every step-th pack from k on, several of them on their way at once.
template <class W> struct Part {
	const W *b;
	int column, k, step, whole;
	words w[ahead];

	DEVICE void load() {
#pragma unroll
		for (int i = 0; i < ahead; i++) {
			int at = k + i * step * pack<W>::size;
			if (k < whole) {
				w[i] = load_words(b + (at < whole ? at : 0));
			}
		}
	}
};

// dot adds up a part whose first packs are loaded. What fills no pack goes one by one.
template <int M, class W> DEVICE void dot(float sums[M], const ProductArgs &p, Part<W> &x, const float *a, long long row) {
	const int size = pack<W>::size;
	int first = x.k / size;
	while (x.k < x.whole) {
#pragma unroll
		for (int i = 0; i < ahead; i++) {
			int at = x.k + i * x.step * size;
			if (at < x.whole) {
				float v[size];
				unpack(x.w[i], v, (const W *)0);
				scaled<W>(v, p, x.column, at);
				multiply<M, size>(sums, v, a + at, row);
			}
		}
		x.k += ahead * x.step * size;
		x.load();
	}
	for (int k = x.whole + first; k < p.k; k += x.step) {
		float w = weight(p, x.b + k, k, x.column);
#pragma unroll
		for (int m = 0; m < M; m++) {
			sums[m] = fma_(a[m * row + k], w, sums[m]);
		}
	}
}

// begin has a thread's first packs on their way.
template <class W> DEVICE Part<W> begin(const ProductArgs &p, const float *a, long long row) {
	int member = warp() % p.team, column = bid_x() * (warps / p.team) + warp() / p.team;
	Part<W> x;
	x.b = (const W *)p.b.at + column * p.b.column;
	x.column = column;
	x.k = (member * 32 + lane()) * pack<W>::size;
	x.step = p.team * 32;
	x.whole = column < p.n ? wholes(p, x.b, a, row) : 0;
	x.load();
	return x;
}

// end adds up the parts of a column, and finishes it.
template <int M> DEVICE void end(const ProductArgs &p, int column, float sums[M]) {
	SHARED float parts[warps][M];
#pragma unroll
	for (int m = 0; m < M; m++) {
		sums[m] = warp_sum(sums[m]);
		if (lane() == m) {
			parts[warp()][m] = sums[m];
		}
	}
	sync();
	if (warp() % p.team == 0 && lane() < M) {
		float sum = 0;
		for (int i = 0; i < p.team; i++) {
			sum += parts[warp() + i][lane()];
		}
		Place at = {};
		finish<float>(p, at, lane(), column, sum);
	}
}

template <int M, class W> DEVICE void gemv(const ProductArgs &p) {
	const float *a = (const float *)p.a.at;
	Part<W> x = begin<W>(p, a, p.a.row);
	float sums[M] = {};
	if (x.column < p.n) {
		dot<M>(sums, p, x, a, p.a.row);
	}
	end<M>(p, x.column, sums);
}

// NormedArgs is a product of one row that is normalised before: each block does so by itself, while its weights are on their way, and the first one writes it down.
struct NormedArgs {
	ProductArgs p; // a is the row as it was
	float *dst;
	const float *weight, *bias;
	double eps;
	long long rms;
};

// normalise puts the row, of up to 4096 numbers in packs, into shared memory; see norm.h.
DEVICE void normalise(const NormedArgs &n, float *to) {
	const int most = 4;
	SHARED float of_warps[32];
	float x[most][4], weight[most][4], bias[most][4], sum = 0, square = 0;
#pragma unroll
	for (int r = 0; r < most; r++) {
		int j = (r * 256 + tid()) * 4;
#pragma unroll
		for (int i = 0; i < 4; i++) {
			x[r][i] = bias[r][i] = 0;
			weight[r][i] = 1;
		}
		if (j < n.p.k) {
			load4((const float *)n.p.a.at + j, x[r]);
			if (n.weight) {
				load4(n.weight + j, weight[r]);
			}
			if (n.bias) {
				load4(n.bias + j, bias[r]);
			}
		}
#pragma unroll
		for (int i = 0; i < 4; i++) {
			sum += x[r][i];
		}
	}
	float mean = n.rms ? 0 : block_sum(sum, of_warps) / n.p.k;
#pragma unroll
	for (int r = 0; r < most; r++) {
#pragma unroll
		for (int i = 0; i < 4; i++) {
			float d = (r * 256 + tid()) * 4 < n.p.k ? x[r][i] - mean : 0;
			square += d * d;
		}
	}
	float rstd = 1 / sqrt_(block_sum(square, of_warps) / n.p.k + (float)n.eps);
#pragma unroll
	for (int r = 0; r < most; r++) {
		int j = (r * 256 + tid()) * 4;
		if (j < n.p.k) {
#pragma unroll
			for (int i = 0; i < 4; i++) {
				x[r][i] = (x[r][i] - mean) * rstd * weight[r][i] + bias[r][i];
			}
			store4(to + j, x[r]);
			if (bid_x() == 0) {
				store4(n.dst + j, x[r]);
			}
		}
	}
	sync();
}

template <class W> DEVICE void gemv_norm(const NormedArgs &n) {
	float *a = (float *)dynamic_shared(), sums[1] = {};
	Part<W> x = begin<W>(n.p, a, 0);
	normalise(n, a);
	if (x.column < n.p.n) {
		dot<1>(sums, n.p, x, a, 0);
	}
	end<1>(n.p, x.column, sums);
}

KERNEL(256) gemv_norm_f32(NormedArgs n) { gemv_norm<float>(n); }
KERNEL(256) gemv_norm_bf16(NormedArgs n) { gemv_norm<bf16>(n); }
KERNEL(256) gemv_norm_i8(NormedArgs n) { gemv_norm<signed char>(n); }

#define GEMV(m, name, type) \
	KERNEL(256) gemv##m##_##name(ProductArgs p) { gemv<m, type>(p); }
#define GEMVS(name, type) GEMV(1, name, type) GEMV(2, name, type) GEMV(3, name, type) GEMV(4, name, type) \
	GEMV(5, name, type) GEMV(6, name, type) GEMV(7, name, type) GEMV(8, name, type)
GEMVS(f32, float)
GEMVS(bf16, bf16)
GEMVS(i8, signed char)
