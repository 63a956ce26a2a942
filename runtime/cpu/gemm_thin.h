// Products with few rows: a vector times a matrix, a handful of tokens through a layer. Each number of B is used so few times that
// it is taken from where it lies: what counts is to read it at the memory's full speed. A template on gemm_driver.h.

enum {
	FN(THIN) = MR < 8 ? MR : 8, // rows that count as few
	FN(WIDE) = 32,              // panels in a chunk: memory is at its best when runs are long
	FN(ROWS) = 8,               // rows of B that are read side by side
	FN(SPAN) = 512,              // columns whose sums are finished at a time
	FN(CHUNK) = 128 << 10,      // bytes of B in a chunk, about: 5 to 10 µs
};

// Rows of B run along the columns: tiles as usual, over panels that lie apart. A few rows of B at a time are read from end to end,
// as many as the processor can follow, and the sums wait in C.

static void FN(along_rows)(const FN(job) *j, long from, long to) {
	const gemm_args *g = j->g;
	for (long q = from; q < to; q++) {
		FN(tile_a) a = {j->kept + j->p * PAD, 1, PAD};
		const T *b = (const T *)g->b + j->p * g->s.ldb + q * NR;
		long row_b = g->s.ldb;
		if (FN(min)(NR, g->s.n - q * NR) % V != 0) {
			T *own = pool_scratch(SCRATCH_OWN, j->kc * NR * sizeof(T));
			FN(pack_b)(j, own, q, q + 1);
			b = own, row_b = FN(panel_width)(j, q);
		}
		FN(multiply)(j, 0, q, a, b, row_b);
	}
}

static void FN(along_chunk)(void *arg, int chunk) {
	FN(job) j = *(const FN(job) *)arg;
	long k = j.kc, from = chunk * j.step, to = FN(min)(from + j.step, j.panels);
	for (; j.p < k; j.p += FN(ROWS)) {
		j.kc = FN(min)(FN(ROWS), k - j.p);
		FN(along_rows)(&j, from, to);
	}
}

static void FN(along)(const gemm_args *g, int threads) {
	FN(job) j = {.g = g, .tiles = 1, .panels = FN(over)(g->s.n, NR), .kc = g->s.k};
	j.kept = pool_scratch(SCRATCH_KEPT, PAD * j.kc * sizeof(T));
	FN(pack_a)(&j, j.kept, 0, 1);
	j.step = FN(min)(FN(over)(j.panels, threads), FN(WIDE));
	FN(run)(threads, FN(along_chunk), &j, FN(over)(j.panels, j.step));
}

// Columns of op(B) are rows in memory: dot products of rows.

// columns_in_chunk is how many columns of op(B) a chunk has, a multiple of 4. One thread has one chunk: each begins its runs anew, and the processor
// with it to read ahead.
static long FN(columns_in_chunk)(const gemm_args *g, int threads) {
	long all = FN(over)(g->s.n, 4), least = FN(CHUNK) / (4 * g->s.k * sizeof(T)), fair = threads > 1 ? FN(over)(all, 4 * threads) : all;
	return 4 * (least > fair ? least : fair);
}

typedef struct {
	const gemm_args *g;
	const T *x; // the rows of op(A), k numbers side by side
	long row_x, step;
} FN(dots_job);

// How many columns are read side by side, so that each number of x serves several, and how many vectors of each at a time, for so many rows.
// The columns lie apart: the processor reads ahead in several runs, if they are not in one page. For one row it does so best in two.
#define COLUMNS(rows) ((rows) == 1 ? 2 : 4)
#define VECTORS(rows) ((rows) <= 2 ? 2 : 1)

// dots_add adds the products of n numbers of mr rows of x and nw rows of w: n is a vector's length at most, or twice that if w is
// of bfloat16 (half). Then x has even and odd numbers apart, a vector of each, and zeros at its end.
ALWAYS void FN(dots_add)(const int mr, const int nw, const int half, long n, const T *x, long row_x, const void *w, long row_w, VEC sum[4][4]) {
	VEC b[4][2];
	UNROLL for (int j = 0; j < nw; j++) {
#if HAS_HALF
		if (half)
			FN(widen_pairs)(FN(at)(w, half, j * row_w), n, &b[j][0], &b[j][1]);
#endif
		if (!half)
			b[j][0] = FN(load)(FN(at)(w, half, j * row_w), n);
	}
	UNROLL for (int i = 0; i < mr; i++) {
		VEC a = FN(loaded)(FN(load)(x + i * row_x, half ? V : n));
		UNROLL for (int j = 0; j < nw; j++) sum[i][j] += a * b[j][0];
		if (!half)
			continue;
		a = FN(loaded)(FN(load)(x + i * row_x + V, V));
		UNROLL for (int j = 0; j < nw; j++) sum[i][j] += a * b[j][1];
	}
}

// dots computes sums[i*SPAN + j], the products of mr rows of x and nw of w, both constants where it is used. The order of
// the sum depends on mr alone.
ALWAYS void FN(dots)(const int mr, const int nw, const int half, long k, const T *x, long row_x, const void *w, long row_w, long apart, T *sums) {
	row_w *= apart;
	enum { U = 4 };
	const int u = VECTORS(mr), step = half ? 2 * V : V;
	VEC sum[U][4][4];
	UNROLL for (int s = 0; s < u; s++) UNROLL for (int i = 0; i < mr; i++) UNROLL for (int j = 0; j < nw; j++) sum[s][i][j] = (VEC){0};
	long p = 0;
	for (; p + u * step <= k; p += u * step)
		UNROLL for (int s = 0; s < u; s++)
			FN(dots_add)(mr, nw, half, step, x + p + s * step, row_x, FN(at)(w, half, p + s * step), row_w, sum[s]);
	for (; p + step <= k; p += step)
		FN(dots_add)(mr, nw, half, step, x + p, row_x, FN(at)(w, half, p), row_w, sum[0]);
	if (p < k)
		FN(dots_add)(mr, nw, half, k - p, x + p, row_x, FN(at)(w, half, p), row_w, sum[0]);
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int j = 0; j < nw; j++) {
		VEC all = sum[0][i][j];
		UNROLL for (int s = 1; s < u; s++) all += sum[s][i][j];
		sums[i * FN(SPAN) + j * apart] = SUM(all);
	}
}

// dots_rows computes the sums of some columns, at most SPAN, for mr rows.
ALWAYS void FN(dots_rows)(const int mr, const int half, long cols, long k, const T *x, long row_x, const void *w, long row_w, T *sums) {
	const int nw = COLUMNS(mr);
	const long apart = cols / nw;
	for (long q = 0; q < apart; q++)
		FN(dots)(mr, nw, half, k, x, row_x, FN(at)(w, half, q * row_w), row_w, apart, sums + q);
	for (long q = apart * nw; q < cols; q++)
		FN(dots)(mr, 1, half, k, x, row_x, FN(at)(w, half, q * row_w), row_w, 0, sums + q);
}

// dots_block computes the sums of some columns, at most SPAN, for all rows.
ALWAYS void FN(dots_block)(const FN(dots_job) *j, const int half, long from, long cols, T *sums) {
	const gemm_shape *s = &j->g->s;
	const void *w = FN(at)(j->g->b, half, from * s->ldb);
	const T *x = j->x;
	for (long i = 0; i < s->m; i += 4, x += 4 * j->row_x, sums += 4 * FN(SPAN))
		switch (s->m - i) {
		case 1:
			FN(dots_rows)(1, half, cols, s->k, x, j->row_x, w, s->ldb, sums);
			break;
		case 2:
			FN(dots_rows)(2, half, cols, s->k, x, j->row_x, w, s->ldb, sums);
			break;
		case 3:
			FN(dots_rows)(3, half, cols, s->k, x, j->row_x, w, s->ldb, sums);
			break;
		default:
			FN(dots_rows)(4, half, cols, s->k, x, j->row_x, w, s->ldb, sums);
			break;
		}
}

static void FN(dots_chunk)(void *arg, int chunk) {
	const FN(dots_job) *j = arg;
	const gemm_args *g = j->g;
	T sums[FN(THIN) * FN(SPAN)] __attribute__((aligned(VBYTES)));
	long end = FN(min)((chunk + 1) * j->step, g->s.n), span = g->s.m == 1 ? FN(THIN) * FN(SPAN) : FN(SPAN); // one row may take all the room: long runs
	for (long from = chunk * j->step; from < end; from += span) {
		long cols = FN(min)(span, end - from);
#if HAS_HALF
		if (g->s.flags & GEMM_B_HALF)
			FN(dots_block)(j, 1, from, cols, sums);
		else
#endif
			FN(dots_block)(j, 0, from, cols, sums);
		FN(finish)(g, sums, FN(SPAN), 0, from, g->s.m, cols, 1, g->s.alpha, g->s.beta);
	}
}

// across_rows makes the rows of op(A) as dots_add wants them.
static const T *FN(across_rows)(const gemm_args *g, long row_x) {
	T *x = pool_scratch(SCRATCH_KEPT, g->s.m * row_x * sizeof(T));
	long row = g->s.flags & GEMM_TRANS_A ? 1 : g->s.lda, col = g->s.flags & GEMM_TRANS_A ? g->s.lda : 1;
	if (g->s.flags & GEMM_B_HALF)
		memset(x, 0, g->s.m * row_x * sizeof(T));
	for (long i = 0; i < g->s.m; i++)
		for (long p = 0; p < g->s.k; p++) {
			long to = g->s.flags & GEMM_B_HALF ? p / (2 * V) * 2 * V + p % 2 * V + p % (2 * V) / 2 : p;
#if HAS_HALF
			if (g->s.flags & GEMM_A_HALF) {
				x[i * row_x + to] = FN(widen_one)(((const uint16_t *)g->a)[i * row + p * col]);
				continue;
			}
#endif
			x[i * row_x + to] = ((const T *)g->a)[i * row + p * col];
		}
	return x;
}

static void FN(across)(const gemm_args *g, int threads) {
	FN(dots_job) j = {.g = g, .x = g->a, .row_x = g->s.lda, .step = FN(columns_in_chunk)(g, threads)};
	if (g->s.flags & (GEMM_TRANS_A | GEMM_A_HALF | GEMM_B_HALF)) {
		j.row_x = FN(over)(g->s.k, 2 * V) * 2 * V;
		j.x = FN(across_rows)(g, j.row_x);
	}
	FN(run)(threads, FN(dots_chunk), &j, FN(over)(g->s.n, j.step));
}

// turned is the product with one column as one with one row: cᵀ = op(B)ᵀ op(A)ᵀ.
static gemm_args FN(turned)(const gemm_args *g) {
	gemm_args h = *g;
	h.s.m = 1, h.s.n = g->s.m;
	h.a = g->b, h.s.lda = g->s.ldb, h.b = g->a, h.s.ldb = g->s.lda;
	h.s.flags = (g->s.flags & GEMM_TRANS_A ? 0 : GEMM_TRANS_B) | (g->s.flags & GEMM_TRANS_B ? 0 : GEMM_TRANS_A);
	return h;
}

// thin multiplies if there are few rows, or one column, and reports whether it did.
static int FN(thin)(const gemm_args *g, int threads) {
	int half = g->s.flags & (GEMM_A_HALF | GEMM_B_HALF);
	if (g->s.n == 1 && g->s.ldc == 1 && g->s.m > 1 && !half && !FN(has_epilogue)(g)) {
		gemm_args h = FN(turned)(g);
		return FN(thin)(&h, threads);
	}
	if (g->s.m > FN(THIN))
		return 0;
	if (g->s.flags & GEMM_TRANS_B)
		FN(across)(g, threads);
	else if (!half)
		FN(along)(g, threads);
	else
		return 0;
	return 1;
}

#undef COLUMNS
#undef VECTORS
