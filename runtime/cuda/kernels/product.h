// What the kernels of products share: their operands, and what is done to a sum at its end.
#pragma once

#include "fn.h"
#include "real.h"

// Matrices are an operand: element (i, j) of matrix (x, y, z) is at i·row + j·column + x·batch[0] + y·batch[1] + z·batch[2].
struct Matrices {
	void *at;
	long long row, column, batch[3];
};

// dst [m, n] = act(alpha·a [m, k] @ b [k, n] + bias) + residual, many of them.
struct ProductArgs {
	Matrices dst, a, b, residual, pre;
	const void *bias;
	long long bias_step;
	const float *scales; // of b in 8 bits: [n, groups]
	double alpha;
	int m, n, k, groups;
	int batch[3]; // the leading dimensions
	int act, accumulate;
	int fast_a, fast_b, fast_dst; // whether 8 numbers side by side can be moved at once; the last one is for dst, pre and residual together
	int team; // how many warps share a column, where there are few rows
};

// Place is where a block works: the tile, and the matrices' first elements.
struct Place {
	int row, column;
	long long dst, a, b, residual, pre;
};

DEVICE long long begin(const Matrices &m, int x, int y, int z) { return x * m.batch[0] + y * m.batch[1] + z * m.batch[2]; }

// place finds a block's tile. Blocks that run at the same time share operands: they go down 8 tiles, then one to the right.
DEVICE Place place(const ProductArgs &p, int tall, int wide) {
	int down = (p.m + tall - 1) / tall, right = (p.n + wide - 1) / wide;
	int i = bid_x() % (down * right), batch = bid_x() / (down * right);
	int band = i / (8 * right), height = down - band * 8 < 8 ? down - band * 8 : 8;
	i -= band * 8 * right;
	Place at;
	at.row = (band * 8 + i % height) * tall;
	at.column = i / height * wide;
	int z = batch % p.batch[2], y = batch / p.batch[2] % p.batch[1], x = batch / p.batch[2] / p.batch[1];
	at.dst = begin(p.dst, x, y, z);
	at.a = begin(p.a, x, y, z);
	at.b = begin(p.b, x, y, z);
	at.residual = begin(p.residual, x, y, z);
	at.pre = begin(p.pre, x, y, z);
	return at;
}

enum { ACT_NONE, ACT_GELU, ACT_GELU_TANH, ACT_RELU, ACT_SILU };

template <class S> DEVICE S activation(int kind, S x) {
	switch (kind) {
	case ACT_GELU:
		return S(0.5) * x * (1 + fn_erf(x * S(0.70710678118654752440)));
	case ACT_GELU_TANH:
		return S(0.5) * x * (1 + fn_tanh(S(0.79788456080286535588) * (x + S(0.044715) * x * x * x)));
	case ACT_RELU:
		return x > 0 || x != x ? x : S(0);
	case ACT_SILU:
		return x * fn_sigmoid(x);
	}
	return x;
}

// weight is an element of b as it counts.
template <class B> DEVICE auto weight(const ProductArgs &, const B *b, int, int) { return value(*b); }
DEVICE float weight(const ProductArgs &p, const signed char *b, int k, int n) { return value(*b) * p.scales[(long long)n * p.groups + k / (p.k / p.groups)]; }

// finish turns the sum of an element into the result.
template <class D, class S> DEVICE void finish(const ProductArgs &p, const Place &at, int i, int j, S sum) {
	if (i >= p.m || j >= p.n) {
		return;
	}
	S v = sum * (S)p.alpha;
	if (p.bias) {
		v += value(((const D *)p.bias)[j * p.bias_step]);
	}
	if (p.pre.at) {
		put((D *)p.pre.at + at.pre + i * p.pre.row + j * p.pre.column, v);
	}
	v = activation(p.act, v);
	if (p.residual.at) {
		v += value(((const D *)p.residual.at)[at.residual + i * p.residual.row + j * p.residual.column]);
	}
	D *to = (D *)p.dst.at + at.dst + i * p.dst.row + j * p.dst.column;
	if (p.accumulate) {
		v += value(*to);
	}
	put(to, v);
}

// finish8 is finish for 8 columns from j on.
template <class D> DEVICE void finish8(const ProductArgs &p, const Place &at, int i, int j, float v[8]) {
	if (!p.fast_dst || j + 8 > p.n || i >= p.m) {
#pragma unroll
		for (int e = 0; e < 8; e++) {
			finish<D>(p, at, i, j + e, v[e]);
		}
		return;
	}
	const int size = pack<D>::size;
#pragma unroll
	for (int e = 0; e < 8; e += size, j += size) {
		float more[size];
#pragma unroll
		for (int c = 0; c < size; c++) {
			v[e + c] *= (float)p.alpha;
			if (p.bias) {
				v[e + c] += value(((const D *)p.bias)[(j + c) * p.bias_step]);
			}
		}
		if (p.pre.at) {
			set((D *)p.pre.at + at.pre + i * p.pre.row + j, v + e);
		}
		if (p.act) {
#pragma unroll
			for (int c = 0; c < size; c++) {
				v[e + c] = activation(p.act, v[e + c]);
			}
		}
		D *to = (D *)p.dst.at + at.dst + i * p.dst.row + j;
		if (p.residual.at) {
			get((const D *)p.residual.at + at.residual + i * p.residual.row + j, more);
#pragma unroll
			for (int c = 0; c < size; c++) {
				v[e + c] += more[c];
			}
		}
		if (p.accumulate) {
			get(to, more);
#pragma unroll
			for (int c = 0; c < size; c++) {
				v[e + c] += more[c];
			}
		}
		set(to, v + e);
	}
}
