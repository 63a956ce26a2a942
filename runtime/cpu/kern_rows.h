// Softmax and the loss of a classifier, row by row. A template like kern_stage.h, which it needs.

#define EACH_VECTOR_OF(n) for (long i = 0, left; (left = (n) - i) > 0; i += VN)

// padded is the size of a buffer for a row, so that the next one is aligned.
static inline long padded(long n) { return (n + 15) & ~15L; }

static float row_greatest(const float *x, long n) {
	vf m = splat(-__builtin_inff());
	EACH_VECTOR_OF(n) m = larger(load_or(x + i, left, -__builtin_inff()), m);
	return greatest(m);
}

// row_exp stores e^(x-shift) where to is given, and returns the sum.
static float row_exp(float *to, const float *x, long n, float shift) {
	vf sum = splat(0);
	EACH_VECTOR_OF(n) {
		vf e = v_exp(load_or(x + i, left, -__builtin_inff()) - shift);
		sum += left < VN ? pick(first_of(left), e, splat(0)) : e;
		if (to)
			store(to + i, e, left);
	}
	return total(sum);
}

// times and plus take the vector at p into account, if there is one.
ALWAYS vf times(vf x, const float *p, long n) {
	if (p)
		x *= load(p, n);
	return x;
}

ALWAYS vf plus(vf x, const float *p, long n) {
	if (p)
		x += load(p, n);
	return x;
}

ALWAYS const float *from_or_null(const float *p, long i) { return p ? p + i : p; }

enum { OF_DST, OF_X };

static void softmax_rows(kern_call *c, long from, long to) {
	long n = c->n;
	float *buf = pool_scratch(SCRATCH_ROWS, 2 * padded(n) * sizeof *buf);
	place p;
	place_start(&p, c, 2, from);
	for (; from < to; from++, place_next(&p, c, 2)) {
		const float *x = stage_in(&c->v[OF_X], p.at[OF_X], n, buf);
		float *y = stage_out(&c->v[OF_DST], p.at[OF_DST], buf + padded(n));
		float most = row_greatest(x, n);
		if (c->log) {
			float rest = logf(row_exp(NULL, x, n, most));
			EACH_VECTOR_OF(n) store(y + i, load(x + i, left) - most - rest, left);
		} else {
			float factor = 1.0f / row_exp(y, x, n, most);
			EACH_VECTOR_OF(n) store(y + i, load(y + i, left) * factor, left);
		}
		stage_done(&c->v[OF_DST], p.at[OF_DST], y, n);
	}
}

static void softmax(kern_call *c) { each_rows(c, softmax_rows, 12); }

static void softmax_grad_rows(kern_call *c, long from, long to) {
	long n = c->n;
	float *buf = pool_scratch(SCRATCH_ROWS, 3 * padded(n) * sizeof *buf);
	place p;
	place_start(&p, c, 3, from);
	for (; from < to; from++, place_next(&p, c, 3)) {
		const float *dy = stage_in(&c->v[1], p.at[1], n, buf), *y = stage_in(&c->v[2], p.at[2], n, buf + padded(n));
		float *dx = stage_out(&c->v[0], p.at[0], buf + 2 * padded(n));
		vf sums = splat(0);
		EACH_VECTOR_OF(n) {
			vf g = load(dy + i, left);
			sums += times(g, c->log ? NULL : y + i, left);
		}
		float sum = total(sums);
		EACH_VECTOR_OF(n) {
			vf g = load(dy + i, left), q = load(y + i, left);
			if (c->log)
				store(dx + i, g - v_exp(q) * sum, left);
			else
				store(dx + i, q * (g - sum), left);
		}
		stage_done(&c->v[0], p.at[0], dx, n);
	}
}

static void softmax_grad(kern_call *c) { each_rows(c, softmax_grad_rows, 8); }

// report keeps the place of the first bad index, whichever thread comes first.
static void report(kern_call *c, long place) {
	int64_t old = __atomic_load_n(&c->bad, __ATOMIC_RELAXED);
	while ((old == 0 || place + 1 < old) && !__atomic_compare_exchange_n(&c->bad, &old, place + 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

enum { OF_LOGITS, OF_DLOGITS, OF_LOSSES, OF_TARGETS };

// cross_entropy_rows: the gradient is scale · (softmax - 1 at the target); the row is read three times while it is in the cache, and written once.
static void cross_entropy_rows(kern_call *c, long from, long to) {
	long n = c->n;
	float scale = c->scale, *buf = pool_scratch(SCRATCH_ROWS, 2 * padded(n) * sizeof *buf);
	place p;
	place_start(&p, c, 4, from);
	for (; from < to; from++, place_next(&p, c, 4)) {
		long target = *(const int32_t *)p.at[OF_TARGETS];
		if (target >= n) {
			report(c, from);
			continue;
		}
		float *d = c->v[OF_DLOGITS].at ? stage_out(&c->v[OF_DLOGITS], p.at[OF_DLOGITS], buf + padded(n)) : NULL;
		if (target < 0) {
			set_one(&c->v[OF_LOSSES], p.at[OF_LOSSES], 0);
			if (d)
				memset(d, 0, n * sizeof *d);
		} else {
			const float *x = stage_in(&c->v[OF_LOGITS], p.at[OF_LOGITS], n, buf);
			float most = row_greatest(x, n), chosen = x[target], sum = row_exp(d, x, n, most);
			set_one(&c->v[OF_LOSSES], p.at[OF_LOSSES], (float)(log(sum) - ((double)chosen - most)));
			if (d) {
				float factor = scale / sum;
				EACH_VECTOR_OF(n) store(d + i, load(d + i, left) * factor, left);
				d[target] -= scale;
			}
		}
		if (d)
			stage_done(&c->v[OF_DLOGITS], p.at[OF_DLOGITS], d, n);
	}
}

static void cross_entropy(kern_call *c) { each_rows(c, cross_entropy_rows, 14); }
