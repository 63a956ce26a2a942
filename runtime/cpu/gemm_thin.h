// Products with few rows: a vector times a matrix, a handful of tokens through a layer. Each number of B is used so few times that
// it is taken from where it lies: what counts is to read it at the memory's full speed. A template like gemm_tile.h, which it needs.

enum {
	FN(THIN) = MR < 8 ? MR : 8, // rows that count as few
	FN(SPAN) = 64,              // columns whose sums are finished at a time
	FN(CHUNK) = 128 << 10,      // bytes of B in a chunk, about: 5 to 10 µs
};

// columns_in_chunk is how many columns of B a chunk has, a multiple of unit.
static long FN(columns_in_chunk)(const gemm_args *g, int threads, long unit) {
	long all = FN(over)(g->s.n, unit), bytes = unit * g->s.k * sizeof(T);
	long some = FN(CHUNK) / bytes, fair = FN(over)(all, 8 * threads);
	return (some > fair ? some : fair < 1 ? 1 : fair) * unit;
}

// Rows of B run along the columns: tiles as usual, over panels that lie apart.

static void FN(along_chunk)(void *arg, int chunk) {
	const FN(job) *j = arg;
	const gemm_args *g = j->g;
	long from = chunk * j->step, to = FN(min)(from + j->step, j->panels);
	for (long q = from; q < to; q++) {
		const T *b = (const T *)g->b + q * NR;
		long cols = FN(min)(NR, g->s.n - q * NR), row_b = g->s.ldb;
		if (cols % V != 0) {
			T *own = pool_scratch(SCRATCH_OWN, j->kc * NR * sizeof(T));
			FN(pack_b)(j, own, q);
			b = own, row_b = FN(panel_width)(j, q);
		}
		FN(multiply)(j, 0, q, j->kept, b, row_b);
	}
}

static void FN(along)(const gemm_args *g, int threads) {
	FN(job) j = {.g = g, .tiles = 1, .panels = FN(over)(g->s.n, NR), .kc = g->s.k};
	j.kept = pool_scratch(SCRATCH_KEPT, PAD * j.kc * sizeof(T));
	FN(pack_a)(&j, j.kept, 0);
	j.step = FN(columns_in_chunk)(g, threads, NR) / NR;
	FN(run)(threads, FN(along_chunk), &j, FN(over)(j.panels, j.step));
}

// Columns of op(B) are rows in memory: dot products of rows.

typedef struct {
	const gemm_args *g;
	const T *x; // the rows of op(A), k numbers side by side
	long row_x, step;
} FN(dots_job);

// dots_add adds the products of n numbers, at most a vector, of mr rows of x and nw rows of w.
ALWAYS void FN(dots_add)(const int mr, const int nw, long n, const T *x, long row_x, const T *w, long row_w, VEC sum[4][4]) {
	VEC b[4];
	UNROLL for (int j = 0; j < nw; j++) b[j] = FN(load)(w + j * row_w, n);
	UNROLL for (int i = 0; i < mr; i++) {
		VEC a = FN(load)(x + i * row_x, n);
		UNROLL for (int j = 0; j < nw; j++) sum[i][j] += a * b[j];
	}
}

// dots computes sums[i*SPAN + j], the products of mr rows of x and nw of w, both constants where it is used.
ALWAYS void FN(dots)(const int mr, const int nw, long k, const T *x, long row_x, const T *w, long row_w, T *sums) {
	VEC sum[4][4];
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int j = 0; j < nw; j++) sum[i][j] = (VEC){0};
	long p = 0;
	for (; p + V <= k; p += V)
		FN(dots_add)(mr, nw, V, x + p, row_x, w + p, row_w, sum);
	if (p < k)
		FN(dots_add)(mr, nw, k - p, x + p, row_x, w + p, row_w, sum);
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int j = 0; j < nw; j++) sums[i * FN(SPAN) + j] = SUM(sum[i][j]);
}

ALWAYS void FN(dots_of)(const int nw, long rows, long k, const T *x, long row_x, const T *w, long row_w, T *sums) {
	if (rows == 1)
		FN(dots)(1, nw, k, x, row_x, w, row_w, sums);
	else if (rows == 2)
		FN(dots)(2, nw, k, x, row_x, w, row_w, sums);
	else if (rows == 3)
		FN(dots)(3, nw, k, x, row_x, w, row_w, sums);
	else
		FN(dots)(4, nw, k, x, row_x, w, row_w, sums);
}

// dots_block computes the sums of a few columns, four at a time.
static void FN(dots_block)(const FN(dots_job) *j, long from, long cols, T *sums) {
	const gemm_shape *s = &j->g->s;
	for (long q = 0, some; q < cols; q += some) {
		const T *w = (const T *)j->g->b + (from + q) * s->ldb;
		some = cols - q < 4 ? 1 : 4;
		for (long i = 0; i < s->m; i += 4) {
			const T *x = j->x + i * j->row_x;
			T *to = sums + i * FN(SPAN) + q;
			if (some == 4)
				FN(dots_of)(4, s->m - i, s->k, x, j->row_x, w, s->ldb, to);
			else
				FN(dots_of)(1, s->m - i, s->k, x, j->row_x, w, s->ldb, to);
		}
	}
}

static void FN(dots_chunk)(void *arg, int chunk) {
	const FN(dots_job) *j = arg;
	const gemm_args *g = j->g;
	T sums[FN(THIN) * FN(SPAN)] __attribute__((aligned(VBYTES)));
	long end = FN(min)((chunk + 1) * j->step, g->s.n);
	for (long from = chunk * j->step; from < end; from += FN(SPAN)) {
		long cols = FN(min)(FN(SPAN), end - from);
		FN(dots_block)(j, from, cols, sums);
		FN(finish)(g, sums, FN(SPAN), 0, from, g->s.m, cols, 1, g->s.alpha, g->s.beta);
	}
}

static void FN(across)(const gemm_args *g, int threads) {
	FN(dots_job) j = {.g = g, .x = g->a, .row_x = g->s.lda, .step = FN(columns_in_chunk)(g, threads, 4)};
	if (g->s.flags & GEMM_TRANS_A) {
		T *x = pool_scratch(SCRATCH_KEPT, g->s.m * g->s.k * sizeof(T));
		for (long i = 0; i < g->s.m; i++)
			for (long p = 0; p < g->s.k; p++)
				x[i * g->s.k + p] = j.x[p * j.row_x + i];
		j.x = x, j.row_x = g->s.k;
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
	if (g->s.n == 1 && g->s.ldc == 1 && g->s.m > 1 && !FN(has_epilogue)(g)) {
		gemm_args h = FN(turned)(g);
		return FN(thin)(&h, threads);
	}
	if (g->s.m > FN(THIN))
		return 0;
	if (!(g->s.flags & GEMM_TRANS_B))
		FN(along)(g, threads);
	else
		FN(across)(g, threads);
	return 1;
}
