// Reductions. A template like kern_norm.h, which it needs.
//
// What one result is made of is either rows, along which it goes, or numbers that lie in parts: dimensions of their own around the rows. Operand 0 is
// the result, 1 the operand along what is kept, 2 the operand along the parts.

enum { RED_DST, RED_X, RED_PART, PIECE = 4096 };

// Columns that a thread adds up over all rows: a few cache lines of each.
enum { SOME_COLUMNS = 64 };

// part_next goes to the next part, and reports whether there is one.
static int part_next(const kern_call *c, int64_t *index, long *at) {
	for (long d = c->part_dims - 1; d >= 0; d--) {
		*at += c->v[RED_PART].outer[d];
		if (++index[d] < c->part_shape[d])
			return 1;
		*at -= index[d] * c->v[RED_PART].outer[d];
		index[d] = 0;
	}
	return 0;
}

static double neutral(long op) {
	return op == REDUCE_PROD ? 1 : op == REDUCE_MAX ? -(double)__builtin_inff() : op == REDUCE_MIN ? __builtin_inff() : 0;
}

// join combines two results; NaN is greater, and smaller, than all numbers.
static double join(long op, double a, double b) {
	switch (op) {
	case REDUCE_PROD: return a * b;
	case REDUCE_MAX: return b > a || b != b ? b : a;
	case REDUCE_MIN: return b < a || b != b ? b : a;
	default: return a + b;
	}
}

ALWAYS vf v_join(const long op, vf a, vf b) {
	switch (op) {
	case REDUCE_SUM_SQUARES: return a + b * b;
	case REDUCE_PROD: return a * b;
	case REDUCE_MAX: return pick((b > a) | (b != b), b, a);
	case REDUCE_MIN: return pick((b < a) | (b != b), b, a);
	default: return a + b;
	}
}

ALWAYS double piece_of(const long op, const float *x, long n) {
	float start = neutral(op);
	vf a = splat(start), b = a, c = a, d = a;
	long i = 0;
	for (; i + 4 * VN <= n; i += 4 * VN) {
		a = v_join(op, a, load(x + i, VN)), b = v_join(op, b, load(x + i + VN, VN));
		c = v_join(op, c, load(x + i + 2 * VN, VN)), d = v_join(op, d, load(x + i + 3 * VN, VN));
	}
	for (; i < n; i += VN)
		a = v_join(op, a, load_or(x + i, n - i, start));
	double all = start;
	for (int k = 0; k < VN; k++)
		all = join(op, join(op, all, join(op, a[k], b[k])), join(op, c[k], d[k]));
	return all;
}

// reduce_piece reduces numbers that lie together, few enough for sums in float.
static double reduce_piece(long op, const float *x, long n) {
	switch (op) {
	case REDUCE_SUM_SQUARES: return piece_of(REDUCE_SUM_SQUARES, x, n);
	case REDUCE_PROD: return piece_of(REDUCE_PROD, x, n);
	case REDUCE_MAX: return piece_of(REDUCE_MAX, x, n);
	case REDUCE_MIN: return piece_of(REDUCE_MIN, x, n);
	default: return piece_of(REDUCE_SUM, x, n);
	}
}

static double reduce_row(const kern_operand *v, const char *at, long op, long n) {
	float buf[BLOCK] __attribute__((aligned(64)));
	double all = neutral(op);
	long step = is_direct(v) ? PIECE : BLOCK;
	for (long i = 0; i < n; i += step) {
		long some = at_most(n - i, step);
		all = join(op, all, reduce_piece(op, stage_in(v, at + i * v->inner * type_size[v->type], some, buf), some));
	}
	return all;
}

static long parts(const kern_call *c) {
	long n = 1;
	for (long d = 0; d < c->part_dims; d++)
		n *= c->part_shape[d];
	return n;
}

// reduce_along makes one number of each row and its parts.
static void reduce_along(kern_call *c, long from, long to) {
	place p;
	const kern_operand *x = &c->v[RED_X];
	double factor = c->op == REDUCE_MEAN ? 1.0 / ((double)c->n * parts(c)) : 1;
	for (place_start(&p, c, 2, from); from < to; from++, place_next(&p, c, 2)) {
		int64_t index[KERN_DIMS] = {0};
		long at = 0;
		double all = neutral(c->op);
		do
			all = join(c->op, all, reduce_row(x, p.at[RED_X] + at * type_size[x->type], c->op, c->n));
		while (part_next(c, index, &at));
		set_one(&c->v[RED_DST], p.at[RED_DST], (float)(all * factor));
	}
}

ALWAYS void join_columns(const long op, float *sum, const float *x, long n) {
	EACH_VECTOR_OF(n) store(sum + i, v_join(op, load(sum + i, left), load(x + i, left)), left);
}

static void columns_piece(long op, float *sum, const float *x, long n) {
	switch (op) {
	case REDUCE_SUM_SQUARES: join_columns(REDUCE_SUM_SQUARES, sum, x, n); break;
	case REDUCE_PROD: join_columns(REDUCE_PROD, sum, x, n); break;
	case REDUCE_MAX: join_columns(REDUCE_MAX, sum, x, n); break;
	case REDUCE_MIN: join_columns(REDUCE_MIN, sum, x, n); break;
	default: join_columns(REDUCE_SUM, sum, x, n);
	}
}

// reduce_columns makes some numbers of a row of results, from as many of each part. Sums of many parts are made of sums of some.
static void reduce_columns(const kern_call *c, const place *p, long col, long cols) {
	enum { SOME = 64 };
	float buf[BLOCK], some[BLOCK], all[BLOCK];
	const kern_operand *x = &c->v[RED_X], *dst = &c->v[RED_DST];
	int64_t index[KERN_DIMS] = {0};
	long at = col * x->inner, n = 0, more, summing = c->op <= REDUCE_SUM_SQUARES;
	for (long i = 0; i < cols; i++)
		some[i] = neutral(c->op), all[i] = 0;
	do {
		columns_piece(c->op, some, stage_in(x, p->at[RED_X] + at * type_size[x->type], cols, buf), cols);
		more = part_next(c, index, &at), n++;
		if (summing && (n % SOME == 0 || !more)) {
			columns_piece(REDUCE_SUM, all, some, cols);
			memset(some, 0, sizeof some);
		}
	} while (more);
	if (c->op == REDUCE_MEAN)
		scale_row(all, cols, 1.0f / n);
	scatter(p->at[RED_DST] + col * dst->inner * type_size[dst->type], summing ? all : some, dst->type, dst->inner, cols);
}

typedef struct {
	kern_call *c;
	long cols, col_chunks; // columns of a chunk, chunks of a row
	double *results;       // of the chunks of a single row
} reduce_job;

static void columns_chunk(void *arg, int chunk) {
	const reduce_job *j = arg;
	place p;
	long col = chunk % j->col_chunks * j->cols;
	place_start(&p, j->c, 2, chunk / j->col_chunks);
	reduce_columns(j->c, &p, col, at_most(j->c->n - col, j->cols));
}

static void single_chunk(void *arg, int chunk) {
	const reduce_job *j = arg;
	const kern_operand *x = &j->c->v[RED_X];
	long from = chunk * j->cols;
	const char *at = (const char *)x->at + from * x->inner * type_size[x->type];
	j->results[chunk] = reduce_row(x, at, j->c->op, at_most(j->c->n - from, j->cols));
}

// reduce_single makes one number of a long row.
static void reduce_single(kern_call *c) {
	enum { CHUNK = 65536 };
	long chunks = (c->n + CHUNK - 1) / CHUNK;
	reduce_job j = {c, CHUNK, chunks, pool_scratch(SCRATCH_SUMS, chunks * sizeof(double))};
	pool_run(single_chunk, &j, (int)chunks);
	double all = neutral(c->op);
	for (long i = 0; i < chunks; i++)
		all = join(c->op, all, j.results[i]);
	set_one(&c->v[RED_DST], (char *)c->v[RED_DST].at, (float)(c->op == REDUCE_MEAN ? all / c->n : all));
}

// columns_in_chunk is how many columns a chunk takes: few enough that all threads have some, and as many as that allows, since they are read in runs.
static long columns_in_chunk(const kern_call *c, long work) {
	long fair = c->rows * c->n / (4 * pool_threads()) / SOME_COLUMNS * SOME_COLUMNS;
	return work < CHUNK_CHEAP || fair > BLOCK ? BLOCK : fair < SOME_COLUMNS ? SOME_COLUMNS : fair;
}

static void reduce(kern_call *c) {
	long work = c->rows * c->n * parts(c);
	if (!c->along) {
		reduce_job j = {c, .cols = columns_in_chunk(c, work)};
		j.col_chunks = (c->n + j.cols - 1) / j.cols;
		share(columns_chunk, &j, c->rows * j.col_chunks, 2.0 * work);
	} else if (c->rows == 1 && c->part_dims == 0) {
		reduce_single(c);
	} else {
		each_rows(c, reduce_along, 2 * parts(c));
	}
}
