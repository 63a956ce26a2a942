// Attention of a few queries, as in decoding: keys and values are read once for all the heads that share them, from where they lie. A template like
// kern_heads.h and kern_tile.h, which it needs.

// How many keys are looked at between heads, so that they stay in the first level cache, and how many side by side: memory is waited for once.
enum { FEW_KEYS = 32, FEW_SIDE = 4 };

// few_job splits the work by batch, head of keys, and the heads of queries that share it where there are few heads of keys.
typedef struct {
	kern_call *c;
	long parts, per_part; // of the heads that share one of keys
} few_job;

// few_rows returns some rows of a head as floats, and how far apart they lie: in place, or copied to buf.
static const float *few_rows(const kern_operand *v, long batch, long head, long from, long rows, long d, float *buf, long *apart) {
	*apart = is_direct(v) ? v->outer[1] : d;
	return is_direct(v) ? (const float *)head_at(v, batch, head, from) : head_in(v, batch, head, from, rows, d, buf);
}

// few_dots computes scale · q·k for n keys, a constant where it is used.
ALWAYS void few_dots(const int n, const float *q, const float *keys, long apart, long d, float scale, float *scores) {
	vf sum[FEW_SIDE];
	UNROLL for (int j = 0; j < n; j++) sum[j] = splat(0);
	EACH_VECTOR_OF(d) {
		vf x = load(q + i, left);
		UNROLL for (int j = 0; j < n; j++) sum[j] += x * load(keys + j * apart + i, left);
	}
	UNROLL for (int j = 0; j < n; j++) scores[j] = total(sum[j]) * scale;
}

static void few_scores(const float *q, const float *keys, long apart, long n, long d, float scale, float *scores) {
	long j = 0;
	for (; j + FEW_SIDE <= n; j += FEW_SIDE)
		few_dots(FEW_SIDE, q, keys + j * apart, apart, d, scale, scores + j);
	for (; j < n; j++)
		few_dots(1, q, keys + j * apart, apart, d, scale, scores + j);
}

// few_weights turns scores into weights, and stores the logarithm of their sum where it is wanted.
static void few_weights(const kern_operand *lse, long batch, long head, long query, float *scores, long seen) {
	float most = row_greatest(scores, seen), all = row_exp(scores, scores, seen, most);
	scale_row(scores, seen, 1.0f / all);
	if (lse->at)
		set_one(lse, (char *)head_at(lse, batch, head, query), most + logf(all));
}

// few_heads computes the heads of a query, from head on, that share one of keys.
static void few_heads(const kern_call *c, long batch, long query, long kv, long head, long heads) {
	long d = c->n, seen = visible(c, query), row = padded(seen), apart;
	float *buf = pool_scratch(SCRATCH_ROWS, (padded(FEW_KEYS * d) + padded(heads * d) + heads * (row + d)) * sizeof *buf);
	float *sums = buf + padded(FEW_KEYS * d), *scores = sums + padded(heads * d), *q = scores + heads * row;
	for (long h = 0; h < heads; h++)
		head_in(&c->v[ATT_Q], batch, head + h, query, 1, d, q + h * d);
	for (long j = 0; j < seen; j += FEW_KEYS) {
		long n = at_most(seen - j, FEW_KEYS);
		const float *keys = few_rows(&c->v[ATT_K], batch, kv, j, n, d, buf, &apart);
		for (long h = 0; h < heads; h++)
			few_scores(q + h * d, keys, apart, n, d, c->scale, scores + h * row + j);
	}
	for (long h = 0; h < heads; h++)
		few_weights(&c->v[ATT_LSE], batch, head + h, query, scores + h * row, seen);
	memset(sums, 0, heads * d * sizeof *sums);
	for (long j = 0; j < seen; j += FEW_KEYS) {
		long n = at_most(seen - j, FEW_KEYS);
		const float *values = few_rows(&c->v[ATT_V], batch, kv, j, n, d, buf, &apart);
		tile_product(&(tile){scores + j, row, 1, values, apart, sums, d, n, 1}, heads, d);
	}
	for (long h = 0; h < heads; h++)
		head_out(&c->v[ATT_OUT], batch, head + h, query, 1, d, sums + h * d, d);
}

static void attention_few_chunk(void *arg, int chunk) {
	const few_job *j = arg;
	const kern_call *c = j->c;
	long kv = chunk / j->parts % c->from, group = c->shape[2] / c->from, from = chunk % j->parts * j->per_part;
	long heads = at_most(group - from, j->per_part);
	for (long i = 0; heads > 0 && i < c->shape[1]; i++)
		few_heads(c, chunk / j->parts / c->from, i, kv, kv * group + from, heads);
}

static void attention_few(kern_call *c) {
	enum { CHUNKS = 8 }; // at least, if there are as many heads
	long kvs = c->shape[0] * c->from, group = c->shape[2] / c->from;
	few_job j = {.c = c, .parts = at_most(group, (CHUNKS + kvs - 1) / kvs)};
	j.per_part = (group + j.parts - 1) / j.parts;
	share(attention_few_chunk, &j, kvs * j.parts, 3.0 * c->shape[0] * c->shape[2] * c->shape[1] * c->table * c->n);
}
