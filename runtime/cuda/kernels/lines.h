// Rows of numbers that lie side by side: what the threads of a block do to each of them, in packs where the addresses allow it.
#pragma once

#include "fn.h"
#include "real.h"

// Span says how a row is worked on: packs from `first` up to `last`, and the numbers before and behind one by one.
struct Span {
	int first, last, n;

	DEVICE int rest() const { return first + n - last; }
	DEVICE int single(int i) const { return i < first ? i : last + i - first; }
};

// span begins the packs at the first address that takes one, if that is the same place in all rows; else there are none.
template <class T> DEVICE Span span(int n, const T *x, const T *y, const T *z) {
	const int size = pack<T>::size;
	unsigned long long at = (unsigned long long)x & 15;
	int first = (int)(16 - at) % 16 / (int)sizeof(T);
	if (((unsigned long long)y & 15) != at || ((unsigned long long)z & 15) != at || first >= n) {
		return Span{0, 0, n};
	}
	return Span{first, first + (n - first) / size * size, n};
}

// each calls f(j, value) for the numbers of a row.
template <class T, class F> DEVICE void each(const T *row, int n, F f) {
	const int size = pack<T>::size;
	Span s = span(n, row, row, row);
	for (int j = s.first + tid() * size; j < s.last; j += nthreads() * size) {
		real<T> v[size];
		get(row + j, v);
#pragma unroll
		for (int i = 0; i < size; i++) {
			f(j + i, v[i]);
		}
	}
	for (int i = tid(); i < s.rest(); i += nthreads()) {
		int j = s.single(i);
		f(j, value(row[j]));
	}
}

// change stores f(j, value) for the numbers of a row, which may be dst itself.
template <class T, class F> DEVICE void change(T *dst, const T *row, int n, F f) {
	const int size = pack<T>::size;
	Span s = span<T>(n, row, dst, dst);
	for (int j = s.first + tid() * size; j < s.last; j += nthreads() * size) {
		real<T> v[size];
		get(row + j, v);
#pragma unroll
		for (int i = 0; i < size; i++) {
			v[i] = f(j + i, v[i]);
		}
		set(dst + j, v);
	}
	for (int i = tid(); i < s.rest(); i += nthreads()) {
		int j = s.single(i);
		put(dst + j, f(j, value(row[j])));
	}
}

// both calls f(j, x, y) for the numbers of two rows.
template <class T, class F> DEVICE void both(const T *x, const T *y, int n, F f) {
	const int size = pack<T>::size;
	Span s = span(n, x, y, y);
	for (int j = s.first + tid() * size; j < s.last; j += nthreads() * size) {
		real<T> u[size], v[size];
		get(x + j, u);
		get(y + j, v);
#pragma unroll
		for (int i = 0; i < size; i++) {
			f(j + i, u[i], v[i]);
		}
	}
	for (int i = tid(); i < s.rest(); i += nthreads()) {
		int j = s.single(i);
		f(j, value(x[j]), value(y[j]));
	}
}

// merge stores f(j, x, y) for the numbers of two rows, either of which may be dst itself.
template <class T, class F> DEVICE void merge(T *dst, const T *x, const T *y, int n, F f) {
	const int size = pack<T>::size;
	Span s = span<T>(n, x, y, dst);
	for (int j = s.first + tid() * size; j < s.last; j += nthreads() * size) {
		real<T> u[size], v[size];
		get(x + j, u);
		get(y + j, v);
#pragma unroll
		for (int i = 0; i < size; i++) {
			u[i] = f(j + i, u[i], v[i]);
		}
		set(dst + j, u);
	}
	for (int i = tid(); i < s.rest(); i += nthreads()) {
		int j = s.single(i);
		put(dst + j, f(j, value(x[j]), value(y[j])));
	}
}
