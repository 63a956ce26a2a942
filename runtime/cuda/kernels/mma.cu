// Products of bf16 matrices on tensor cores. A block of 4 warps makes a tile of 128x128; a warp 64x64 of it. Slices of 32 along k are copied to shared memory in the
// background, three ahead of the one that is multiplied.
#include "product.h"
#include "tiles.h"

const int wide = 128, slice = 32, stages = 4, threads = 128;

// copy_chunk brings 8 numbers to shared memory: those of index from on, of which there are limit; zeros for the others.
DEVICE void copy_chunk(bf16 *to, const bf16 *line, bool there, long long step, int from, int limit, bool fast) {
	if (fast && there && from + 8 <= limit) {
		copy_async16(to, line + from);
		return;
	}
	words w = {};
	for (int i = 0; i < 8; i++) {
		if (there && from + i < limit) {
			w.w[i / 2] |= (unsigned)line[(from + i) * step].bits << 16 * (i % 2);
		}
	}
	store_words(to, w);
}

// stage copies a slice of an operand: 128 numbers of its outer dimension, of which there are most, and 32 along k.
template <bool ALONG_K> DEVICE void stage(bf16 *tile, const bf16 *from, long long outer, long long inner, int at, int most, int k0, int k, bool fast) {
#pragma unroll 1
	for (int n = 0; n < wide * slice / 8 / threads; n++) {
		int i = tid() + threads * n;
		if (ALONG_K) {
			int row = i / 4, c = i % 4;
			copy_chunk(chunk<slice>(tile, row, c), from + (at + row) * outer, at + row < most, inner, k0 + c * 8, k, fast);
		} else {
			int row = i / 16, c = i % 16;
			copy_chunk(chunk<wide>(tile, row, c), from + (k0 + row) * inner, k0 + row < k, outer, at + c * 8, most, fast);
		}
	}
}

// multiply adds the product of a slice to a warp's sums.
template <bool A_ALONG_K, bool B_ALONG_K> DEVICE void multiply(float (*sum)[8][4], bf16 *a, bf16 *b, int row, int column) {
#pragma unroll
	for (int k = 0; k < slice; k += 16) {
		unsigned u[4][4], v[4][4];
#pragma unroll
		for (int i = 0; i < 4; i++) {
			A_ALONG_K ? a_rows<slice>(u[i], a, row + 16 * i, k) : a_columns<wide>(u[i], a, row + 16 * i, k);
		}
#pragma unroll
		for (int j = 0; j < 4; j++) {
			B_ALONG_K ? b_rows<slice>(v[j], b, column + 16 * j, k) : b_columns<wide>(v[j], b, column + 16 * j, k);
		}
#pragma unroll
		for (int i = 0; i < 4; i++) {
#pragma unroll
			for (int j = 0; j < 8; j++) {
				mma16816(sum[i][j], u[i], v[j / 2] + j % 2 * 2);
			}
		}
	}
}

// spot is where shared memory holds element (i, j) of a finished tile: in an order in which neither the warps' tiles nor rows meet in one bank.
DEVICE float *spot(int i, int j) { return (float *)dynamic_shared() + i * wide + (j ^ (i % 8 * 8)); }

// write brings the warps' sums into rows, and those to memory.
template <class D> DEVICE void write(const ProductArgs &p, const Place &at, float (*sum)[8][4], int row, int column) {
#pragma unroll
	for (int i = 0; i < 4; i++) {
#pragma unroll
		for (int j = 0; j < 8; j++) {
#pragma unroll
			for (int e = 0; e < 4; e++) {
				*spot(row + 16 * i + e / 2 * 8 + lane() / 4, column + 8 * j + lane() % 4 * 2 + e % 2) = sum[i][j][e];
			}
		}
	}
	sync();
	for (int i = tid() / 16; i < wide; i += threads / 16) {
		float v[8];
		int j = tid() % 16 * 8;
		load4(spot(i, j), v);
		load4(spot(i, j) + 4, v + 4);
		finish8<D>(p, at, at.row + i, at.column + j, v);
	}
}

// fetch begins to copy a slice of both operands, if there is one more.
template <bool A_ALONG_K, bool B_ALONG_K> DEVICE void fetch(const ProductArgs &p, const Place &at, int i) {
	if (i * slice < p.k) {
		bf16 *to = (bf16 *)dynamic_shared() + i % stages * wide * slice;
		stage<A_ALONG_K>(to, (const bf16 *)p.a.at + at.a, p.a.row, p.a.column, at.row, p.m, i * slice, p.k, p.fast_a);
		stage<B_ALONG_K>(to + stages * wide * slice, (const bf16 *)p.b.at + at.b, p.b.column, p.b.row, at.column, p.n, i * slice, p.k, p.fast_b);
	}
	copy_async_commit();
}

template <bool A_ALONG_K, bool B_ALONG_K, class D> DEVICE void gemm(const ProductArgs &p) {
	Place at = place(p, wide, wide);
	int row = warp() / 2 * 64, column = warp() % 2 * 64;
	for (int i = 0; i < stages - 1; i++) {
		fetch<A_ALONG_K, B_ALONG_K>(p, at, i);
	}
	float sum[4][8][4] = {};
	for (int i = 0; i * slice < p.k; i++) {
		copy_async_wait<stages - 2>();
		sync();
		fetch<A_ALONG_K, B_ALONG_K>(p, at, i + stages - 1);
		bf16 *a = (bf16 *)dynamic_shared() + i % stages * wide * slice;
		multiply<A_ALONG_K, B_ALONG_K>(sum, a, a + stages * wide * slice, row, column);
	}
	copy_async_wait<0>();
	sync();
	write<D>(p, at, sum, row, column);
}

// The names say which dimension of a and of b lies side by side.
KERNEL(128) mma_kk_bf16(ProductArgs p) { gemm<true, true, bf16>(p); }
KERNEL(128) mma_kn_bf16(ProductArgs p) { gemm<true, false, bf16>(p); }
KERNEL(128) mma_mk_bf16(ProductArgs p) { gemm<false, true, bf16>(p); }
KERNEL(128) mma_mn_bf16(ProductArgs p) { gemm<false, false, bf16>(p); }
KERNEL(128) mma_kk_f32(ProductArgs p) { gemm<true, true, float>(p); }
KERNEL(128) mma_kn_f32(ProductArgs p) { gemm<true, false, float>(p); }
KERNEL(128) mma_mk_f32(ProductArgs p) { gemm<false, true, float>(p); }
KERNEL(128) mma_mn_f32(ProductArgs p) { gemm<false, false, float>(p); }
