// The way in: which products go which way. A template on gemm_driver.h.

// part is the product of some rows of op(A) and some columns of op(B).
static gemm_args FN(part)(const gemm_args *g, long i, long rows, long q, long cols) {
	gemm_args h = *g;
	h.s.m = rows, h.s.n = cols;
	h.a = FN(at)(g->a, g->s.flags & GEMM_A_HALF, i * (g->s.flags & GEMM_TRANS_A ? 1 : g->s.lda));
	h.b = FN(at)(g->b, g->s.flags & GEMM_B_HALF, q * (g->s.flags & GEMM_TRANS_B ? g->s.ldb : 1));
	h.c = (T *)g->c + i * g->s.ldc + q;
	if (g->bias)
		h.bias = g->bias + q;
	if (g->pre)
		h.pre = g->pre + i * g->s.ld_pre + q;
	if (g->residual)
		h.residual = g->residual + i * g->s.ld_residual + q;
	return h;
}

static void FN(product)(const gemm_args *g, int threads) {
#if HAS_THIN
	if (FN(thin)(g, threads))
		return;
#endif
	int keep_a = g->s.m <= g->s.n;
	long all = keep_a ? g->s.m : g->s.n;
	for (long from = 0; from < all; from += FN(KEEP)) {
		long some = FN(min)(FN(KEEP), all - from);
		gemm_args h = keep_a ? FN(part)(g, from, some, 0, g->s.n) : FN(part)(g, 0, g->s.m, from, some);
		FN(kept_product)(&h, keep_a, threads);
	}
}

// one is product number i of a batch.
static gemm_args FN(one)(const gemm_args *g, long i) {
	gemm_args h = *g;
	h.a = FN(at)(g->a, g->s.flags & GEMM_A_HALF, i * g->s.step_a);
	h.b = FN(at)(g->b, g->s.flags & GEMM_B_HALF, i * g->s.step_b);
	h.c = (T *)g->c + i * g->s.step_c;
	return h;
}

static void FN(batch_chunk)(void *arg, int chunk) {
	gemm_args h = FN(one)(arg, chunk);
	FN(product)(&h, 1);
}

// gemm is the way in. Products that take less time than waking a thread are computed by the caller.
void FN(gemm)(const gemm_args *g) {
	const double small = 100e3; // multiplications, 2 µs or more
	double work = (double)g->s.m * g->s.n * g->s.k;
	int threads = work * g->s.batch < small ? 1 : pool_threads();
	if (g->s.batch >= 4 * threads || (g->s.batch > 1 && work < small)) {
		FN(run)(threads, FN(batch_chunk), (void *)g, g->s.batch);
		return;
	}
	for (long i = 0; i < g->s.batch; i++) {
		gemm_args h = FN(one)(g, i);
		FN(product)(&h, threads);
	}
}
