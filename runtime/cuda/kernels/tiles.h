// Tiles of bf16 numbers in shared memory, as tensor cores take them. A tile has rows of W numbers; its chunks of 8 numbers (16 bytes) are stored in an order
// that depends on the row, so that eight rows' chunks at one place lie in different banks.
#pragma once

#include "real.h"

template <int W> DEVICE bf16 *chunk(bf16 *tile, int row, int c) {
	const int mask = W >= 64 ? 7 : W / 8 - 1, shift = W >= 64 ? 0 : W == 32 ? 1 : 2;
	return tile + row * W + (c ^ (row >> shift & mask)) * 8;
}

// The operands of mma16816. A is 16 rows x 16 along k; B is 16 along k x 16 columns, for two products: columns 0 to 7 in b[0..1], 8 to 15 in b[2..3].
// The first of each pair is for tiles whose rows go along k, the other one for tiles that have a row for each k.
template <int W> DEVICE void a_rows(unsigned a[4], bf16 *tile, int row, int k) {
	ldmatrix_x4(a, chunk<W>(tile, row + lane() % 16, k / 8 + lane() / 16));
}
template <int W> DEVICE void a_columns(unsigned a[4], bf16 *tile, int row, int k) {
	ldmatrix_x4_trans(a, chunk<W>(tile, k + lane() % 8 + lane() / 16 * 8, row / 8 + lane() / 8 % 2));
}
template <int W> DEVICE void b_rows(unsigned b[4], bf16 *tile, int column, int k) {
	ldmatrix_x4(b, chunk<W>(tile, column + lane() % 8 + lane() / 16 * 8, k / 8 + lane() / 8 % 2));
}
template <int W> DEVICE void b_columns(unsigned b[4], bf16 *tile, int column, int k) {
	ldmatrix_x4_trans(b, chunk<W>(tile, k + lane() % 16, column / 8 + lane() / 16));
}
