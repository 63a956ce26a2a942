// Layer norm and RMS norm. A template like kern_rows.h, which it needs.

enum { NORM_DST, NORM_X, NORM_MEAN, NORM_RSTD, NORM_WEIGHT, NORM_BIAS };

static float row_sum(const float *x, long n) {
	vf a = splat(0), b = splat(0);
	long i = 0;
	for (; i + 2 * VN <= n; i += 2 * VN)
		a += load(x + i, VN), b += load(x + i + VN, VN);
	for (; i < n; i += VN)
		a += load(x + i, n - i);
	return total(a + b);
}

// row_squares is the sum of (x - mean)².
static float row_squares(const float *x, long n, float mean) {
	vf a = splat(0), b = splat(0);
	long i = 0;
	for (; i + 2 * VN <= n; i += 2 * VN) {
		vf u = load(x + i, VN) - mean, w = load(x + i + VN, VN) - mean;
		a += u * u, b += w * w;
	}
	for (; i < n; i += VN) {
		vf u = load_or(x + i, n - i, mean) - mean;
		a += u * u;
	}
	return total(a + b);
}

static void norm_rows(kern_call *c, long from, long to) {
	enum { OPERANDS = 6 };
	long n = c->n, size = padded(n);
	float *buf = pool_scratch(SCRATCH_ROWS, 4 * size * sizeof *buf);
	place p;
	place_start(&p, c, OPERANDS, from);
	const float *weight = c->v[NORM_WEIGHT].at ? stage_in(&c->v[NORM_WEIGHT], p.at[NORM_WEIGHT], n, buf + 2 * size) : NULL;
	const float *bias = c->v[NORM_BIAS].at ? stage_in(&c->v[NORM_BIAS], p.at[NORM_BIAS], n, buf + 3 * size) : NULL;
	for (; from < to; from++, place_next(&p, c, OPERANDS)) {
		const float *x = stage_in(&c->v[NORM_X], p.at[NORM_X], n, buf);
		float *y = stage_out(&c->v[NORM_DST], p.at[NORM_DST], buf + size);
		float mean = c->rms ? 0 : row_sum(x, n) / n;
		float rstd = 1.0f / sqrtf(row_squares(x, n, mean) / n + (float)c->eps);
		if (c->v[NORM_MEAN].at)
			set_one(&c->v[NORM_MEAN], p.at[NORM_MEAN], mean);
		if (c->v[NORM_RSTD].at)
			set_one(&c->v[NORM_RSTD], p.at[NORM_RSTD], rstd);
		EACH_VECTOR_OF(n) {
			vf v = times((load(x + i, left) - mean) * rstd, from_or_null(weight, i), left);
			store(y + i, plus(v, from_or_null(bias, i), left), left);
		}
		stage_done(&c->v[NORM_DST], p.at[NORM_DST], y, n);
	}
}

static void norm(kern_call *c) { each_rows(c, norm_rows, 4); }

enum { GRAD_X, GRAD_DY, GRAD_DX, GRAD_RESIDUAL, GRAD_MEAN, GRAD_RSTD, GRAD_WEIGHT, GRAD_DWEIGHT, GRAD_DBIAS };

// norm_grad_row adds to the sums for weight and bias, where they are wanted, and writes dx, where it is. With h the normalised row and s = dy · weight,
// dx = rstd · (s - mean of s - h · mean of s·h).
static void norm_grad_row(const kern_call *c, const float *x, const float *dy, const float *weight, const float *residual, float mean, float rstd,
			  float *dx, float *dweight, float *dbias) {
	long n = c->n;
	vf sums = splat(0), products = splat(0);
	EACH_VECTOR_OF(n) {
		vf g = load(dy + i, left), h = (load(x + i, left) - mean) * rstd, s = times(g, from_or_null(weight, i), left);
		sums += s, products += s * h;
		if (dweight)
			store(dweight + i, load(dweight + i, left) + g * h, left);
		if (dbias)
			store(dbias + i, load(dbias + i, left) + g, left);
	}
	if (!dx)
		return;
	float a = c->rms ? 0 : total(sums) / n, b = total(products) / n;
	EACH_VECTOR_OF(n) {
		vf g = load(dy + i, left), h = (load(x + i, left) - mean) * rstd, s = times(g, from_or_null(weight, i), left);
		store(dx + i, plus(rstd * (s - a - h * b), from_or_null(residual, i), left), left);
	}
}

// norm_grad_job has, for each chunk of rows, sums for weight and bias.
typedef struct {
	kern_call *c;
	long per_chunk, size;
	float *sums; // [chunks][2][size]
} norm_grad_job;

static void norm_grad_chunk(void *arg, int chunk) {
	enum { OPERANDS = 9 };
	const norm_grad_job *j = arg;
	kern_call *c = j->c;
	long n = c->n, size = j->size, from = chunk * j->per_chunk, to = from + j->per_chunk < c->rows ? from + j->per_chunk : c->rows;
	float *sums = j->sums + chunk * 2 * size, *buf = pool_scratch(SCRATCH_ROWS, 5 * size * sizeof *buf);
	const kern_operand *v = c->v;
	float *dweight = v[GRAD_DWEIGHT].at ? sums : NULL, *dbias = v[GRAD_DBIAS].at ? sums + size : NULL;
	memset(sums, 0, 2 * size * sizeof *sums);
	place p;
	place_start(&p, c, OPERANDS, from);
	const float *weight = v[GRAD_WEIGHT].at ? stage_in(&v[GRAD_WEIGHT], p.at[GRAD_WEIGHT], n, buf + 4 * size) : NULL;
	for (; from < to; from++, place_next(&p, c, OPERANDS)) {
		const float *x = stage_in(&v[GRAD_X], p.at[GRAD_X], n, buf), *dy = stage_in(&v[GRAD_DY], p.at[GRAD_DY], n, buf + size);
		const float *residual = v[GRAD_RESIDUAL].at ? stage_in(&v[GRAD_RESIDUAL], p.at[GRAD_RESIDUAL], n, buf + 2 * size) : NULL;
		float *dx = v[GRAD_DX].at ? stage_out(&v[GRAD_DX], p.at[GRAD_DX], buf + 3 * size) : NULL;
		float mean = c->rms ? 0 : one(&v[GRAD_MEAN], p.at[GRAD_MEAN]), rstd = one(&v[GRAD_RSTD], p.at[GRAD_RSTD]);
		norm_grad_row(c, x, dy, weight, residual, mean, rstd, dx, dweight, dbias);
		if (dx)
			stage_done(&v[GRAD_DX], p.at[GRAD_DX], dx, n);
	}
}

// add_sums adds the chunks' sums to what is there, in their order.
static void add_sums(const kern_operand *v, const float *sums, long chunks, long step, long n) {
	if (!v->at)
		return;
	long size = type_size[v->type];
	for (long j = 0; j < n; j++) {
		float s = 0;
		for (long k = 0; k < chunks; k++)
			s += sums[k * step + j];
		char *at = (char *)v->at + j * v->inner * size;
		set_one(v, at, one(v, at) + s);
	}
}

static void norm_grad(kern_call *c) {
	enum { MOST = 32, LEAST_ELEMENTS = 16384 }; // chunks, and what a chunk has
	norm_grad_job j = {c, .size = padded(c->n)};
	j.per_chunk = (c->rows + MOST - 1) / MOST;
	if (j.per_chunk * c->n < LEAST_ELEMENTS)
		j.per_chunk = LEAST_ELEMENTS / (c->n + 1) + 1;
	long chunks = (c->rows + j.per_chunk - 1) / j.per_chunk;
	j.sums = pool_scratch(SCRATCH_SUMS, chunks * 2 * j.size * sizeof *j.sums);
	pool_run(norm_grad_chunk, &j, (int)chunks);
	add_sums(&c->v[GRAD_DWEIGHT], j.sums, chunks, 2 * j.size, c->n);
	add_sums(&c->v[GRAD_DBIAS], j.sums + j.size, chunks, 2 * j.size, c->n);
}
