// Blocks of the product, and who computes them. A template on gemm_tile.h.
//
// k is cut into blocks of KC at most. For each of them the smaller operand is packed once for all threads (it is kept), then the
// pool takes chunks of the product, and each packs the part of the other operand that it needs (its own). Only rows and
// columns are divided among threads, and tiles lie where the shape says: the bits of the result do not depend on threads.
//
// A is not packed where tiles can read its rows as they lie: each of its numbers is used for a whole panel, so what counts is that it comes in runs.

enum {
	FN(KEEP) = 4096, // rows or columns that are kept at most: 8 MB with KC, a share of the last cache
	FN(FEW) = V / 4, // columns beside whole vectors that are computed one by one
	FN(OWN) = 96,    // rows or columns in a chunk, about: 192 kB with KC, in a core's own cache
	FN(SIDE) = 96,   // rows or columns that are packed side by side, about
	FN(STRIP) = 16,  // columns of k that are packed at a time, where they lie apart
};

typedef struct {
	const gemm_args *g;
	long tiles, panels;   // of MR rows, of NR columns
	long p, kc;           // the block of k
	int keep_a;           // A is kept, and chunks are columns
	int direct;           // A is not packed
	T *kept;
	long step, others, parts; // tiles or panels in a chunk; how many of the kept ones there are, in how many parts
} FN(job);

// panel_width is the number of columns of a panel, in whole vectors.
static long FN(panel_width)(const FN(job) *j, long panel) {
	return FN(min)(NR, FN(over)(j->g->s.n - panel * NR, V) * V);
}

static void FN(pack_some)(const int half, T *to, long pad, const void *from, long lanes, long kc, long lane, long step) {
#if HAS_HALF
	if (half) {
		FN(pack_half)(to, pad, from, lanes, kc, lane, step);
		return;
	}
#endif
	FN(pack)(to, pad, from, lanes, kc, lane, step);
}

// pack_a packs tiles side by side. Where k runs across the rows in memory, these are read in runs of all the tiles, a strip at a time.
static void FN(pack_a)(const FN(job) *j, T *to, long from, long until) {
	const gemm_args *g = j->g;
	int half = g->s.flags & GEMM_A_HALF;
	long lane = g->s.lda, step = 1, strip = j->kc;
	if (g->s.flags & GEMM_TRANS_A)
		lane = 1, step = g->s.lda, strip = FN(STRIP);
	for (long p = 0; p < j->kc; p += strip)
		for (long t = from; t < until; t++)
			FN(pack_some)(half, to + ((t - from) * j->kc + p) * PAD, PAD, FN(at)(g->a, half, t * MR * lane + (j->p + p) * step),
			              g->s.m - t * MR, FN(min)(strip, j->kc - p), lane, step);
}

// pack_b does the same with panels.
static void FN(pack_b)(const FN(job) *j, T *to, long from, long until) {
	const gemm_args *g = j->g;
	int half = g->s.flags & GEMM_B_HALF;
	long lane = 1, step = g->s.ldb, strip = FN(STRIP);
	if (g->s.flags & GEMM_TRANS_B)
		lane = g->s.ldb, step = 1, strip = j->kc;
	for (long p = 0; p < j->kc; p += strip)
		for (long q = from; q < until; q++) {
			long pad = FN(panel_width)(j, q);
			FN(pack_some)(half, to + (q - from) * j->kc * NR + p * pad, pad, FN(at)(g->b, half, q * NR * lane + (j->p + p) * step),
			              g->s.n - q * NR, FN(min)(strip, j->kc - p), lane, step);
		}
}

// multiply computes one tile from its panels.
static void FN(multiply)(const FN(job) *j, long tile, long panel, FN(tile_a) a, const T *b, long row_b) {
	const gemm_args *g = j->g;
	long i = tile * MR, q = panel * NR;
	long rows = FN(min)(MR, g->s.m - i), cols = FN(min)(NR, g->s.n - q), vecs = FN(over)(cols, V);
	int last = j->p + j->kc == g->s.k;
	T alpha = g->s.alpha, beta = j->p == 0 ? g->s.beta : 1;
	FN(tile_func) f = FN(tiles)[rows - 1][vecs - 1];
	int ahead = j->kc > FN(STRIP); // k is long enough for what will be written to come
	if (ahead)
		FN(prefetch)(rows, cols, (T *)g->c + i * g->s.ldc + q, g->s.ldc);
	if (cols % V == 0 && !(last && FN(has_epilogue)(g))) {
		f(j->kc, a, b, row_b, alpha, beta, (T *)g->c + i * g->s.ldc + q, g->s.ldc);
		return;
	}
	if (ahead && last && g->residual)
		FN(prefetch)(rows, cols, (const T *)g->residual + i * g->s.ld_residual + q, g->s.ld_residual);
	if (ahead && last && g->pre)
		FN(prefetch)(rows, cols, (T *)g->pre + i * g->s.ld_pre + q, g->s.ld_pre);
	T sums[MR * NR] __attribute__((aligned(VBYTES)));
#if HAS_NARROW
	long rest = cols % V;
	if (rest > 0 && rest <= FN(FEW)) {
		FN(narrow)(rest, j->kc, a.at, b + cols - rest, row_b, sums + cols - rest);
		f = cols > V ? FN(tiles)[rows - 1][vecs - 2] : NULL;
	}
#endif
	if (f)
		f(j->kc, a, b, row_b, 1, 0, sums, NR);
	FN(finish)(g, sums, NR, i, q, rows, cols, last, alpha, beta);
}

// rows_of is where a tile's rows of A are: in the matrix, or packed, as tile number i there.
static FN(tile_a) FN(rows_of)(const FN(job) *j, long tile, const T *packed, long i) {
	if (j->direct)
		return (FN(tile_a)){(const T *)j->g->a + tile * MR * j->g->s.lda + j->p, j->g->s.lda, 1};
	return (FN(tile_a)){packed + i * j->kc * PAD, 1, PAD};
}

// side_by_side is how many tiles or panels of what is kept are packed at a time.
static long FN(side_by_side)(int keep_a) { return FN(over)(FN(SIDE), keep_a ? MR : NR); }

static void FN(keep_chunk)(void *arg, int chunk) {
	const FN(job) *j = arg;
	long some = FN(side_by_side)(j->keep_a), from = chunk * some, until = FN(min)(from + some, j->keep_a ? j->tiles : j->panels);
	if (j->keep_a)
		FN(pack_a)(j, j->kept + from * j->kc * PAD, from, until);
	else
		FN(pack_b)(j, j->kept + from * j->kc * NR, from, until);
}

static void FN(columns_chunk)(const FN(job) *j, long from, long to, long part, T *own) {
	FN(pack_b)(j, own, from, to);
	for (long t = j->tiles * part / j->parts; t < j->tiles * (part + 1) / j->parts; t++)
		for (long q = from; q < to; q++)
			FN(multiply)(j, t, q, FN(rows_of)(j, t, j->kept, t), own + (q - from) * j->kc * NR, FN(panel_width)(j, q));
}

static void FN(rows_chunk)(const FN(job) *j, long from, long to, long part, T *own) {
	if (!j->direct)
		FN(pack_a)(j, own, from, to);
	for (long q = j->panels * part / j->parts; q < j->panels * (part + 1) / j->parts; q++)
		for (long t = from; t < to; t++)
			FN(multiply)(j, t, q, FN(rows_of)(j, t, own, t - from), j->kept + q * j->kc * NR, FN(panel_width)(j, q));
}

static void FN(product_chunk)(void *arg, int chunk) {
	const FN(job) *j = arg;
	long from = chunk / j->parts * j->step, part = chunk % j->parts;
	T *own = pool_scratch(SCRATCH_OWN, j->step * j->kc * (j->keep_a ? NR : PAD) * sizeof(T));
	if (j->keep_a)
		FN(columns_chunk)(j, from, FN(min)(from + j->step, j->panels), part, own);
	else
		FN(rows_chunk)(j, from, FN(min)(from + j->step, j->tiles), part, own);
}

// divide decides how many chunks there are and returns it: enough to keep all threads busy to the end, but not so small that
// packing and taking them costs.
static int FN(divide)(FN(job) *j, int threads) {
	long units = j->keep_a ? j->panels : j->tiles, others = j->keep_a ? j->tiles : j->panels;
	long wanted = 4 * threads;
	j->step = FN(OWN) / (j->keep_a ? NR : MR);
	j->step = j->step < 1 ? 1 : j->step;
	while (j->step > 1 && FN(over)(units, j->step) < wanted)
		j->step /= 2;
	long chunks = FN(over)(units, j->step);
	j->parts = chunks >= wanted ? 1 : FN(min)(FN(over)(wanted, chunks), FN(over)(others, 8));
	return chunks * j->parts;
}

// can_be_direct says whether tiles can read A as it lies: its rows along k, and no columns that are computed one by one, for which
// rows stand in a vector.
static int FN(can_be_direct)(const gemm_shape *s) {
	long rest = HAS_NARROW ? s->n % V : 0;
	return DIRECT_A && !(s->flags & (GEMM_TRANS_A | GEMM_A_HALF)) && (rest == 0 || rest > FN(FEW));
}

// kept_product multiplies when what is kept fits.
static void FN(kept_product)(const gemm_args *g, int keep_a, int threads) {
	FN(job) j = {.g = g, .tiles = FN(over)(g->s.m, MR), .panels = FN(over)(g->s.n, NR), .keep_a = keep_a, .direct = FN(can_be_direct)(&g->s)};
	long blocks = FN(over)(g->s.k, KC), kc = FN(over)(FN(over)(g->s.k, blocks), 8) * 8;
	long kept = !keep_a ? j.panels * NR : j.direct ? 0 : j.tiles * PAD;
	j.kept = pool_scratch(SCRATCH_KEPT, kept * FN(min)(kc, g->s.k) * sizeof(T));
	int chunks = FN(divide)(&j, threads);
	for (; j.p < g->s.k; j.p += kc) {
		j.kc = FN(min)(kc, g->s.k - j.p);
		if (kept > 0)
			FN(run)(threads, FN(keep_chunk), &j, FN(over)(keep_a ? j.tiles : j.panels, FN(side_by_side)(keep_a)));
		FN(run)(threads, FN(product_chunk), &j, chunks);
	}
}
