// The innermost loop, and the copying that feeds it. A template over MR and NV, on vector.h.
//
// A tile of the product has MR rows of NV vectors, kept in registers while k runs. Its operands lie in panels:
//
//	A: k columns of PAD numbers, of which MR are used
//	B: k rows of NR numbers
//
// Where DIRECT_A says so, A may as well be rows of the matrix itself, which is then not copied.

enum {
	FN(NR) = NV * V, // columns of a tile
	FN(PAD) = MR > 4 ? 8 : 4,
};
#define NR FN(NR)
#define PAD FN(PAD)
_Static_assert(MR <= 8, "a panel of A has room for 8 rows");

#ifndef LINE
#define LINE 64 // bytes that come from memory at a time
#endif

// MULTIPLY_ADD adds the products of a vector and a number to sums.
#ifndef MULTIPLY_ADD
#define MULTIPLY_ADD(sum, v, x) ((sum) + (v) * (x))
#endif

// A tile's rows of A: the number of row i and column p is at[i*row + p*col]. Packed ones have row 1 and col PAD.
typedef struct {
	const T *at;
	long row, col;
} FN(tile_a);

// prefetch asks for the lines of some rows that will be written when the tile is done.
ALWAYS void FN(prefetch)(long rows, long cols, const T *c, long ldc) {
	for (long i = 0; i < rows; i++)
		for (long j = 0; j < cols; j += LINE / sizeof(T))
			__builtin_prefetch(c + i * ldc + j, 1);
}

// tile_fixed computes C = alpha A B + beta C for mr rows of nv vectors, both constants where it is used. row_b is from row to
// row of B.
ALWAYS void FN(tile_fixed)(const int mr, const int nv, long kc, FN(tile_a) a, const T *b, long row_b, T alpha, T beta, T *c, long ldc) {
	const long row_a = DIRECT_A ? a.row : 1, col_a = DIRECT_A ? a.col : PAD;
	VEC sum[MR][NV];
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int j = 0; j < nv; j++) sum[i][j] = (VEC){0};
	for (long p = 0; p < kc; p++, a.at += col_a, b += row_b) {
		VEC row[NV];
		UNROLL for (int j = 0; j < nv; j++) row[j] = *(const VEC_ANY *)(b + j * V);
		UNROLL for (int i = 0; i < mr; i++) UNROLL for (int j = 0; j < nv; j++) sum[i][j] = MULTIPLY_ADD(sum[i][j], row[j], a.at[i * row_a]);
	}
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int j = 0; j < nv; j++) {
		VEC_ANY *to = (VEC_ANY *)(c + i * ldc + j * V);
		*to = beta == 0 ? sum[i][j] * alpha : sum[i][j] * alpha + *to * beta;
	}
}

typedef void (*FN(tile_func))(long kc, FN(tile_a) a, const T *b, long row_b, T alpha, T beta, T *c, long ldc);

#define TILE(mr, nv)                                                                                                           \
	static void FN(tile_##mr##_##nv)(long kc, FN(tile_a) a, const T *b, long row_b, T alpha, T beta, T *c, long ldc) {       \
		FN(tile_fixed)(mr, nv, kc, a, b, row_b, alpha, beta, c, ldc);                                                  \
	}
#if NV == 3
#define TILES(mr) TILE(mr, 1) TILE(mr, 2) TILE(mr, 3)
#define TILE_ROW(mr) {FN(tile_##mr##_1), FN(tile_##mr##_2), FN(tile_##mr##_3)}
#else
#define TILES(mr) TILE(mr, 1) TILE(mr, 2)
#define TILE_ROW(mr) {FN(tile_##mr##_1), FN(tile_##mr##_2)}
#endif

TILES(1) TILES(2) TILES(3) TILES(4)
#if MR >= 6
TILES(5) TILES(6)
#endif
#if MR == 8
TILES(7) TILES(8)
#endif

// tiles[mr-1][nv-1] is the kernel for mr rows of nv vectors.
static const FN(tile_func) FN(tiles)[MR][NV] = {
	TILE_ROW(1), TILE_ROW(2), TILE_ROW(3), TILE_ROW(4),
#if MR >= 6
	TILE_ROW(5), TILE_ROW(6),
#endif
#if MR == 8
	TILE_ROW(7), TILE_ROW(8),
#endif
};

#if HAS_NARROW
typedef T FN(column) __attribute__((vector_size(PAD * sizeof(T)), may_alias));

// narrow computes sums[i*NR + j] for a few columns, less than half a vector: here a vector holds the rows of a tile.
static void FN(narrow)(long cols, long kc, const T *a, const T *b, long row_b, T *sums) {
	enum { CHAINS = 4 };
	for (long j = 0; j < cols; j++) {
		FN(column) sum[CHAINS] = {{0}};
		long p = 0;
		for (; p + CHAINS <= kc; p += CHAINS)
			UNROLL for (int s = 0; s < CHAINS; s++)
				sum[s] += *(const FN(column) *)(a + (p + s) * PAD) * b[(p + s) * row_b + j];
		for (; p < kc; p++)
			sum[0] += *(const FN(column) *)(a + p * PAD) * b[p * row_b + j];
		sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
		for (int i = 0; i < MR; i++)
			sums[i * NR + j] = sum[0][i];
	}
}
#endif

// pack_rest writes lanes from..pad-1 of a panel one by one: those that are there, and zeros behind them.
static void FN(pack_rest)(T *to, long pad, const T *from, long first, long lanes, long kc, long lane, long step) {
	for (long p = 0; p < kc; p++)
		for (long i = first; i < pad; i++)
			to[p * pad + i] = i < lanes ? from[i * lane + p * step] : 0;
}

// pack_copy packs lanes that lie side by side. It asks for the rows that come next: they are too short, and too far apart, for the processor to
// see that.
static void FN(pack_copy)(T *to, long pad, const T *from, long full, long kc, long step) {
	enum { W = TURN * sizeof(T), AHEAD = 16 };
	for (long p = 0; p < kc; p++, to += pad, from += step) {
		for (long i = 0; i < full; i += TURN) {
			if (i * sizeof(T) % LINE == 0)
				__builtin_prefetch(from + AHEAD * step + i);
			memcpy(to + i, from + i, W);
		}
	}
}

// pack_turn packs lanes that lie lane numbers apart, each of them kc numbers side by side.
static void FN(pack_turn)(T *to, long pad, const T *from, long full, long kc, long lane) {
	for (long i = 0; i < full; i += TURN) {
		long p = 0;
		for (; p + TURN <= kc; p += TURN)
			TURN_SQUARE(to + p * pad + i, pad, from + i * lane + p, lane);
		for (; p < kc; p++)
			for (long j = i; j < i + TURN; j++)
				to[p * pad + j] = from[j * lane + p];
	}
}

// pack makes a panel: to[p*pad + i] = from[i*lane + p*step] for the lanes that are there, 0 for the others. Either lane or step is 1.
static void FN(pack)(T *to, long pad, const T *from, long lanes, long kc, long lane, long step) {
	long full = (lanes < pad ? lanes : pad) / TURN * TURN;
	if (lane == 1)
		FN(pack_copy)(to, pad, from, full, kc, step);
	else
		FN(pack_turn)(to, pad, from, full, kc, lane);
	if (full < pad)
		FN(pack_rest)(to, pad, from, full, lanes, kc, lane, step);
}

#if HAS_HALF
// pack_half packs bfloat16 as float, some numbers of k at a time.
static void FN(pack_half)(T *to, long pad, const uint16_t *from, long lanes, long kc, long lane, long step) {
	enum { SOME = 64 };
	T wide[NR * SOME];
	lanes = lanes < pad ? lanes : pad;
	for (long p = 0; p < kc; p += SOME) {
		long n = FN(min)(SOME, kc - p);
		if (lane == 1) {
			for (long i = 0; i < n; i++)
				FN(widen)(wide + i * pad, from + (p + i) * step, lanes);
			FN(pack)(to + p * pad, pad, wide, lanes, n, 1, pad);
		} else {
			for (long i = 0; i < lanes; i++)
				FN(widen)(wide + i * SOME, from + i * lane + p, n);
			FN(pack)(to + p * pad, pad, wide, lanes, n, SOME, 1);
		}
	}
}
#endif

#undef TILE
#undef TILES
#undef TILE_ROW
