// Products of matrices of any layout without tensor cores: in float, in double, and of float with smaller weights.
//
// A block of 16x16 threads makes a tile of 16R x 16R; each thread sums up R x R elements. Both operands go through shared memory in slices of 16 along k,
// and the next slice is loaded while the present one is multiplied.
#include "product.h"

const int slice = 16;

// Tile is a slice of an operand in shared memory, and how a thread takes part in loading it.
template <class S, int R> struct Tile {
	static const int wide = 16 * R;
	S next[R];

	// spot is which element of the slice is the thread's i-th: neighbours load what lies side by side.
	DEVICE static void spot(bool along_k, int i, int &outer, int &k) {
		int e = tid() + 256 * i;
		outer = along_k ? e / slice : e % wide;
		k = along_k ? e % slice : e / wide;
	}

	DEVICE void store(S (*to)[wide + 4], bool along_k) {
#pragma unroll
		for (int i = 0; i < R; i++) {
			int outer, k;
			spot(along_k, i, outer, k);
			to[k][outer] = next[i];
		}
	}
};

template <class S, int R, class A> DEVICE void load_a(Tile<S, R> &t, const ProductArgs &p, const A *a, bool along_k, int row, int k0) {
#pragma unroll
	for (int i = 0; i < R; i++) {
		int m, k;
		t.spot(along_k, i, m, k);
		m += row;
		k += k0;
		t.next[i] = m < p.m && k < p.k ? S(value(a[m * p.a.row + k * p.a.column])) : S(0);
	}
}

template <class S, int R, class B> DEVICE void load_b(Tile<S, R> &t, const ProductArgs &p, const B *b, bool along_k, int column, int k0) {
#pragma unroll
	for (int i = 0; i < R; i++) {
		int n, k;
		t.spot(along_k, i, n, k);
		n += column;
		k += k0;
		t.next[i] = n < p.n && k < p.k ? S(weight(p, b + k * p.b.row + n * p.b.column, k, n)) : S(0);
	}
}

template <class A, class B, class D, int R> DEVICE void gemm(const ProductArgs &p) {
	typedef real<A> S;
	const int wide = 16 * R;
	alignas(16) SHARED S as[slice][wide + 4];
	alignas(16) SHARED S bs[slice][wide + 4];
	Place at = place(p, wide, wide);
	const A *a = (const A *)p.a.at + at.a;
	const B *b = (const B *)p.b.at + at.b;
	bool a_along_k = p.a.row != 1, b_along_k = p.b.column != 1;
	int y = tid() / 16 * 4, x = tid() % 16 * 4;
	S sum[R][R] = {};
	Tile<S, R> ta, tb;
	load_a(ta, p, a, a_along_k, at.row, 0);
	load_b(tb, p, b, b_along_k, at.column, 0);
	for (int k0 = 0; k0 < p.k; k0 += slice) {
		sync();
		ta.store(as, a_along_k);
		tb.store(bs, b_along_k);
		sync();
		if (k0 + slice < p.k) {
			load_a(ta, p, a, a_along_k, at.row, k0 + slice);
			load_b(tb, p, b, b_along_k, at.column, k0 + slice);
		}
#pragma unroll
		for (int k = 0; k < slice; k++) {
			S u[R], v[R];
#pragma unroll
			for (int r = 0; r < R; r++) {
				u[r] = as[k][r / 4 * 64 + y + r % 4];
				v[r] = bs[k][r / 4 * 64 + x + r % 4];
			}
#pragma unroll
			for (int i = 0; i < R; i++) {
#pragma unroll
				for (int j = 0; j < R; j++) {
					sum[i][j] = fma_(u[i], v[j], sum[i][j]);
				}
			}
		}
	}
#pragma unroll
	for (int i = 0; i < R; i++) {
#pragma unroll
		for (int j = 0; j < R; j++) {
			finish<D>(p, at, at.row + i / 4 * 64 + y + i % 4, at.column + j / 4 * 64 + x + j % 4, sum[i][j]);
		}
	}
}

KERNEL(256) gemm_f32(ProductArgs p) { gemm<float, float, float, 4>(p); }
KERNEL(256) gemm_large_f32(ProductArgs p) { gemm<float, float, float, 8>(p); }
KERNEL(256) gemm_f64(ProductArgs p) { gemm<double, double, double, 4>(p); }
KERNEL(256) gemm_f32_bf16(ProductArgs p) { gemm<float, bf16, float, 4>(p); }
KERNEL(256) gemm_f32_i8(ProductArgs p) { gemm<float, signed char, float, 4>(p); }
