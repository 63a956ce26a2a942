// Blocks of the product, and who computes them. A template on gemm_tile.h.
//
// k is cut into blocks of KC at most. For each of them the smaller operand is packed once for all threads (it is kept), then the
// pool takes chunks of the product, and each packs the part of the other operand that it needs (its own). Only rows and
// columns are divided among threads, and tiles lie where the shape says: the bits of the result do not depend on threads.

enum {
	FN(KEEP) = 4096, // rows or columns that are kept at most: 8 MB with KC, a share of the last cache
	FN(FEW) = V / 4, // columns beside whole vectors that are computed one by one
	FN(OWN) = 96,    // rows or columns in a chunk, about: 192 kB with KC, in a core's own cache
};

typedef struct {
	const gemm_args *g;
	long tiles, panels;   // of MR rows, of NR columns
	long p, kc;           // the block of k
	int keep_a;           // A is kept, and chunks are columns
	T *kept;
	long step, others, parts; // tiles or panels in a chunk; how many of the kept ones there are, in how many parts
} FN(job);

static void FN(pack_a)(const FN(job) *j, T *to, long tile) {
	const gemm_args *g = j->g;
	long i = tile * MR, lane = g->s.lda, step = 1;
	if (g->s.flags & GEMM_TRANS_A)
		lane = 1, step = g->s.lda;
#if HAS_HALF
	if (g->s.flags & GEMM_A_HALF) {
		FN(pack_half)(to, PAD, (const uint16_t *)g->a + i * lane + j->p * step, g->s.m - i, j->kc, lane, step);
		return;
	}
#endif
	FN(pack)(to, PAD, (const T *)g->a + i * lane + j->p * step, g->s.m - i, j->kc, lane, step);
}

// panel_width is the number of columns of a panel, in whole vectors.
static long FN(panel_width)(const FN(job) *j, long panel) {
	return FN(min)(NR, FN(over)(j->g->s.n - panel * NR, V) * V);
}

static void FN(pack_b)(const FN(job) *j, T *to, long panel) {
	const gemm_args *g = j->g;
	long i = panel * NR, lane = 1, step = g->s.ldb;
	if (g->s.flags & GEMM_TRANS_B)
		lane = g->s.ldb, step = 1;
#if HAS_HALF
	if (g->s.flags & GEMM_B_HALF) {
		FN(pack_half)(to, FN(panel_width)(j, panel), (const uint16_t *)g->b + i * lane + j->p * step, g->s.n - i, j->kc, lane, step);
		return;
	}
#endif
	FN(pack)(to, FN(panel_width)(j, panel), (const T *)g->b + i * lane + j->p * step, g->s.n - i, j->kc, lane, step);
}

// multiply computes one tile from its panels.
static void FN(multiply)(const FN(job) *j, long tile, long panel, const T *a, const T *b, long row_b) {
	const gemm_args *g = j->g;
	long i = tile * MR, q = panel * NR;
	long rows = FN(min)(MR, g->s.m - i), cols = FN(min)(NR, g->s.n - q), vecs = FN(over)(cols, V);
	int last = j->p + j->kc == g->s.k;
	T alpha = g->s.alpha, beta = j->p == 0 ? g->s.beta : 1;
	FN(tile_func) f = FN(tiles)[rows - 1][vecs - 1];
	if (cols % V == 0 && !(last && FN(has_epilogue)(g))) {
		f(j->kc, a, b, row_b, alpha, beta, (T *)g->c + i * g->s.ldc + q, g->s.ldc);
		return;
	}
	T sums[MR * NR] __attribute__((aligned(VBYTES)));
#if HAS_NARROW
	long rest = cols % V;
	if (rest > 0 && rest <= FN(FEW)) {
		FN(narrow)(rest, j->kc, a, b + cols - rest, row_b, sums + cols - rest);
		f = cols > V ? FN(tiles)[rows - 1][vecs - 2] : NULL;
	}
#endif
	if (f)
		f(j->kc, a, b, row_b, 1, 0, sums, NR);
	FN(finish)(g, sums, NR, i, q, rows, cols, last, alpha, beta);
}

static void FN(keep_chunk)(void *arg, int chunk) {
	const FN(job) *j = arg;
	if (j->keep_a)
		FN(pack_a)(j, j->kept + chunk * j->kc * PAD, chunk);
	else
		FN(pack_b)(j, j->kept + chunk * j->kc * NR, chunk);
}

static void FN(columns_chunk)(const FN(job) *j, long from, long to, long part, T *own) {
	for (long q = from; q < to; q++)
		FN(pack_b)(j, own + (q - from) * j->kc * NR, q);
	for (long t = j->tiles * part / j->parts; t < j->tiles * (part + 1) / j->parts; t++)
		for (long q = from; q < to; q++)
			FN(multiply)(j, t, q, j->kept + t * j->kc * PAD, own + (q - from) * j->kc * NR, FN(panel_width)(j, q));
}

static void FN(rows_chunk)(const FN(job) *j, long from, long to, long part, T *own) {
	for (long t = from; t < to; t++)
		FN(pack_a)(j, own + (t - from) * j->kc * PAD, t);
	for (long q = j->panels * part / j->parts; q < j->panels * (part + 1) / j->parts; q++)
		for (long t = from; t < to; t++)
			FN(multiply)(j, t, q, own + (t - from) * j->kc * PAD, j->kept + q * j->kc * NR, FN(panel_width)(j, q));
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

// kept_product multiplies when what is kept fits.
static void FN(kept_product)(const gemm_args *g, int keep_a, int threads) {
	FN(job) j = {.g = g, .tiles = FN(over)(g->s.m, MR), .panels = FN(over)(g->s.n, NR), .keep_a = keep_a};
	long blocks = FN(over)(g->s.k, KC), kc = FN(over)(FN(over)(g->s.k, blocks), 8) * 8;
	long kept = keep_a ? j.tiles * PAD : j.panels * NR;
	j.kept = pool_scratch(SCRATCH_KEPT, kept * FN(min)(kc, g->s.k) * sizeof(T));
	int chunks = FN(divide)(&j, threads);
	for (; j.p < g->s.k; j.p += kc) {
		j.kc = FN(min)(kc, g->s.k - j.p);
		FN(run)(threads, FN(keep_chunk), &j, keep_a ? j.tiles : j.panels);
		FN(run)(threads, FN(product_chunk), &j, chunks);
	}
}
