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

// dot adds up a thread's part of a column: every step-th pack from its own on, several of them on their way at once. What fills no pack, or does not lie so that
// packs can be loaded, goes one by one.
template <int M, class W> DEVICE void dot(float sums[M], const ProductArgs &p, const W *b, int column, int first, int step) {
	const int size = pack<W>::size;
	const float *a = (const float *)p.a.at;
	bool packs = packed(b) && packed(a) && p.a.row % 4 == 0 && (sizeof(W) > 1 || p.k / p.groups % size == 0);
	int whole = packs ? p.k / size * size : 0;
	for (int k = first * size; k < whole; k += ahead * step * size) {
		words w[ahead];
#pragma unroll
		for (int i = 0; i < ahead; i++) {
			int at = k + i * step * size;
			w[i] = load_words(b + (at < whole ? at : 0));
		}
#pragma unroll
		for (int i = 0; i < ahead; i++) {
			int at = k + i * step * size;
			if (at < whole) {
				float v[size];
				unpack(w[i], v, (const W *)0);
				scaled<W>(v, p, column, at);
				multiply<M, size>(sums, v, a + at, p.a.row);
			}
		}
	}
	for (int k = whole + first; k < p.k; k += step) {
		float w = weight(p, b + k, k, column);
#pragma unroll
		for (int m = 0; m < M; m++) {
			sums[m] = fma_(a[m * p.a.row + k], w, sums[m]);
		}
	}
}

template <int M, class W> DEVICE void gemv(const ProductArgs &p) {
	SHARED float parts[warps][M];
	int member = warp() % p.team, column = bid_x() * (warps / p.team) + warp() / p.team;
	float sums[M] = {};
	if (column < p.n) {
		dot<M>(sums, p, (const W *)p.b.at + column * p.b.column, column, member * 32 + lane(), p.team * 32);
	}
#pragma unroll
	for (int m = 0; m < M; m++) {
		sums[m] = warp_sum(sums[m]);
		if (lane() == m) {
			parts[warp()][m] = sums[m];
		}
	}
	sync();
	if (member == 0 && lane() < M) {
		float sum = 0;
		for (int i = 0; i < p.team; i++) {
			sum += parts[warp() + i][lane()];
		}
		Place at = {};
		finish<float>(p, at, lane(), column, sum);
	}
}

#define GEMV(m, name, type) \
	KERNEL(256) gemv##m##_##name(ProductArgs p) { gemv<m, type>(p); }
#define GEMVS(name, type) GEMV(1, name, type) GEMV(2, name, type) GEMV(3, name, type) GEMV(4, name, type) \
	GEMV(5, name, type) GEMV(6, name, type) GEMV(7, name, type) GEMV(8, name, type)
GEMVS(f32, float)
GEMVS(bf16, bf16)
GEMVS(i8, signed char)
