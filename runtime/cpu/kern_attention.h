// Attention, tile by tile (Dao et al., arXiv:2205.14135): the matrix of scores exists only for a few queries and keys at a time. A template like
// kern_heads.h, which it needs.


// head_work is what a thread needs for a head.
typedef struct {
	float *keys; // turned: [d][step]
	long step;
	float *staged_k, *staged_v, *staged_q; // where operands are copied that do not lie as they should
	float *scores;                         // [TILE_QUERIES][TILE_KEYS]
	float *sum;                            // [TILE_QUERIES][d]
	float most[TILE_QUERIES], total[TILE_QUERIES];
} head_work;

// attention_row turns scores of a query into weights: e^(score - the greatest so far). It returns what the sums so far must be multiplied by.
static float attention_row(head_work *w, long i, float *score, long seen, long keys, float scale) {
	vf m = splat(-__builtin_inff());
	EACH_VECTOR_OF(seen) m = larger(load_or(score + i, left, -__builtin_inff()), m);
	float most = greatest(m) * scale, before = w->most[i];
	if (most < before)
		most = before;
	vf sum = splat(0);
	EACH_VECTOR_OF(keys) {
		vf e = v_exp(load(score + i, VN) * scale - most);
		if (i + VN > seen)
			e = pick(first_of(seen > i ? seen - i : 0), e, splat(0));
		sum += e;
		store(score + i, e, VN);
	}
	float factor = before == -__builtin_inff() ? 0 : expf(before - most);
	w->most[i] = most;
	w->total[i] = w->total[i] * factor + total(sum);
	return factor;
}

// attention_tile adds what some keys give to some queries.
static void attention_tile(const kern_call *c, head_work *w, matrix q, matrix v, long first, long queries, long key, long keys) {
	long d = c->n;
	tile scores = {q.at, q.row, 1, w->keys + key, w->step, w->scores, TILE_KEYS, d, 0};
	tile_product(&scores, queries, (keys + VN - 1) & ~(long)(VN - 1));
	for (long i = 0; i < queries; i++) {
		long seen = at_most(visible(c, first + i) - key, keys);
		float *score = w->scores + i * TILE_KEYS;
		if (seen <= 0) {
			memset(score, 0, keys * sizeof *score);
			continue;
		}
		float factor = attention_row(w, i, score, seen, keys, c->scale);
		if (factor != 1)
			scale_row(w->sum + i * d, d, factor);
	}
	tile sums = {w->scores, TILE_KEYS, 1, v.at + key * v.row, v.row, w->sum, d, keys, 1};
	tile_product(&sums, queries, d);
}

// attention_queries computes a tile of queries of a head.
static void attention_queries(const kern_call *c, head_work *w, matrix v, long batch, long head, long first, long queries) {
	long d = c->n;
	matrix q = head_in(&c->v[ATT_Q], batch, head, first, queries, d, w->staged_q);
	memset(w->sum, 0, queries * d * sizeof *w->sum);
	for (long i = 0; i < queries; i++)
		w->most[i] = -__builtin_inff(), w->total[i] = 0;
	long seen = visible(c, first + queries - 1);
	for (long key = 0; key < seen; key += TILE_KEYS)
		attention_tile(c, w, q, v, first, queries, key, at_most(seen - key, TILE_KEYS));
	const kern_operand *lse = &c->v[ATT_LSE];
	for (long i = 0; i < queries; i++) {
		if (c->table > 0)
			scale_row(w->sum + i * d, d, 1.0f / w->total[i]);
		if (lse->at)
			set_one(lse, (char *)head_at(lse, batch, head, first + i), w->most[i] + logf(w->total[i]));
	}
	head_out(&c->v[ATT_OUT], batch, head, first, queries, d, w->sum, d);
}

// attention_job splits the work by batch, head of keys, and queries where there are few heads.
typedef struct {
	kern_call *c;
	long parts, per_part; // of queries
} attention_job;

// work_of lays out a thread's memory for keys positions.
static head_work work_of(const kern_call *c, long keys) {
	long d = c->n, step = padded(keys), side = padded(keys * d);
	int copies = !is_direct(&c->v[ATT_K]) || !is_direct(&c->v[ATT_V]);
	long size = d * step + 2 * copies * side + 2 * padded(TILE_QUERIES * d) + TILE_QUERIES * TILE_KEYS;
	float *at = pool_scratch(SCRATCH_ROWS, size * sizeof *at);
	head_work w = {.keys = at, .step = step};
	at += d * step;
	w.staged_k = at, at += copies * side;
	w.staged_v = at, at += copies * side;
	w.staged_q = at, at += padded(TILE_QUERIES * d);
	w.sum = at, at += padded(TILE_QUERIES * d);
	w.scores = at;
	return w;
}

static void attention_chunk(void *arg, int chunk) {
	const attention_job *j = arg;
	const kern_call *c = j->c;
	long part = chunk % j->parts, kv = chunk / j->parts % c->from, batch = chunk / j->parts / c->from, group = c->shape[2] / c->from;
	long from = part * j->per_part, to = at_most(from + j->per_part, c->shape[1]);
	if (from >= to)
		return;
	long keys = visible(c, to - 1), d = c->n;
	head_work w = work_of(c, keys);
	turn_head(w.keys, w.step, head_in(&c->v[ATT_K], batch, kv, 0, keys, d, w.staged_k), keys, d);
	matrix v = head_in(&c->v[ATT_V], batch, kv, 0, keys, d, w.staged_v);
	for (long head = kv * group; head < (kv + 1) * group; head++)
		for (long i = from; i < to; i += TILE_QUERIES)
			attention_queries(c, &w, v, batch, head, i, at_most(to - i, TILE_QUERIES));
}

static void attention(kern_call *c) {
	enum { HEADS = 16, FEW_QUERIES = 4 };
	long heads = c->shape[0] * c->from;
	if (c->shape[1] <= FEW_QUERIES) {
		attention_few(c);
		return;
	}
	attention_job j = {c, 1, c->shape[1]};
	if (heads < HEADS) {
		long tiles = (c->shape[1] + TILE_QUERIES - 1) / TILE_QUERIES;
		j.parts = at_most(tiles, (HEADS + heads - 1) / heads);
		j.per_part = (tiles + j.parts - 1) / j.parts * TILE_QUERIES;
	}
	pool_run(attention_chunk, &j, (int)(heads * j.parts));
}
