// What the kernels of attention share.
#pragma once

#include "fn.h"
#include "real.h"

// Heads are an operand [batch, position, head, column].
struct Heads {
	void *at;
	long long batch, row, head, column; // steps
};

template <class T> DEVICE T *head(const Heads &x, int b, int h) { return (T *)x.at + b * x.batch + h * x.head; }

// The arguments of all kernels; what one has no use for is 0.
struct AttentionArgs {
	Heads q, k, v, out, dout, dq, dk, dv;
	void *lse, *delta; // [batch, heads, t]; delta is Σ dout·out
	void *parts;       // of decoding: [batch, heads, t, splits, d + 2]
	double scale, cap; // a cap of 0 is none
	int batch, t, s, heads, kv, d, causal, splits;
	int window; // 0 is none
};

// seen is how many keys a query sees.
DEVICE int seen(const AttentionArgs &a, int query) { return a.causal ? query + a.s - a.t + 1 : a.s; }

DEVICE int least(int a, int b) { return a < b ? a : b; }

// hidden is how many keys come before the first that a query sees.
DEVICE int hidden(const AttentionArgs &a, int query) {
	int keys = seen(a, query);
	return a.window > 0 && keys > a.window ? keys - a.window : 0;
}

// seen_from is the first query that sees a key, seen_to the one behind the last.
DEVICE int seen_from(const AttentionArgs &a, int key) { return a.causal && key > a.s - a.t ? key - (a.s - a.t) : 0; }
DEVICE int seen_to(const AttentionArgs &a, int key) { return a.window > 0 ? least(a.t, key - (a.s - a.t) + a.window) : a.t; }

// score is what comes of the product of a query and a key.
template <class S> DEVICE S score_of(const AttentionArgs &a, S product) {
	S s = product * (S)a.scale;
	return a.cap > 0 ? (S)a.cap * fn_tanh(s / (S)a.cap) : s;
}

const float log2e = 1.44269504088896340736f;
