// Attention of a few queries, as in decoding: each key and value is read once, where it lies. A template like kern_heads.h, which it needs.

// few_scores computes the scores of the keys that are seen, from one on, and returns the greatest.
static float few_scores(const kern_call *c, const float *q, long batch, long kv, long from, long seen, float *scores, float *buf) {
	long d = c->n;
	float most = -__builtin_inff(), scale = score_scale(c);
	for (long j = from; j < seen; j++) {
		const float *key = stage_in(&c->v[ATT_K], head_at(&c->v[ATT_K], batch, kv, j), d, buf);
		vf sum = splat(0);
		EACH_VECTOR_OF(d) sum += load(q + i, left) * load(key + i, left);
		scores[j] = total(sum) * scale;
		most = scores[j] > most ? scores[j] : most;
	}
	if (c->p > 0) {
		cap_scores(c, scores + from, seen - from);
		most = row_greatest(scores + from, seen - from);
	}
	return most;
}

// few_values adds up weights times values.
static void few_values(const kern_call *c, const float *weights, long batch, long kv, long from, long seen, float *sum, float *buf) {
	long d = c->n;
	memset(sum, 0, d * sizeof *sum);
	for (long j = from; j < seen; j++) {
		const float *value = stage_in(&c->v[ATT_V], head_at(&c->v[ATT_V], batch, kv, j), d, buf);
		EACH_VECTOR_OF(d) store(sum + i, load(sum + i, left) + weights[j] * load(value + i, left), left);
	}
}

static void attention_few_chunk(void *arg, int chunk) {
	const kern_call *c = arg;
	long head = chunk % c->shape[2], batch = chunk / c->shape[2], kv = head / (c->shape[2] / c->from), d = c->n;
	float *buf = pool_scratch(SCRATCH_ROWS, (padded(c->table) + 3 * padded(d)) * sizeof *buf);
	float *sum = buf + padded(d), *staged = buf + 2 * padded(d), *scores = buf + 3 * padded(d);
	const kern_operand *lse = &c->v[ATT_LSE];
	for (long i = 0; i < c->shape[1]; i++) {
		long seen = visible(c, i), from = hidden(c, i);
		const float *q = stage_in(&c->v[ATT_Q], head_at(&c->v[ATT_Q], batch, head, i), d, buf);
		float most = few_scores(c, q, batch, kv, from, seen, scores, staged), all = row_exp(scores + from, scores + from, seen - from, most);
		few_values(c, scores, batch, kv, from, seen, sum, staged);
		if (seen > 0)
			scale_row(sum, d, 1.0f / all);
		head_out(&c->v[ATT_OUT], batch, head, i, 1, d, sum, d);
		if (lse->at)
			set_one(lse, (char *)head_at(lse, batch, head, i), most + logf(all));
	}
}

static void attention_few(kern_call *c) {
	long heads = c->shape[0] * c->shape[2];
	share(attention_few_chunk, c, heads, 8.0 * heads * c->shape[1] * reach(c) * c->n);
}
