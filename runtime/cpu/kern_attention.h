// Attention, tile by tile (Dao et al., arXiv:2205.14135): the matrix of scores exists only for a few queries and keys at a time. A template like
// kern_heads.h, which it needs.

// head_work is what a thread needs for a head of keys.
typedef struct {
	float *keys;     // turned, in tiles: see turn_head
	float *values;   // [s][d]
	float *q, *sum;  // [TILE_QUERIES][d]
	float *scores;   // [TILE_QUERIES][TILE_KEYS]
	float most[TILE_QUERIES], factor[TILE_QUERIES], total[TILE_QUERIES];
} head_work;

// attention_most finds the greatest score of each query so far, and what the sums so far must be multiplied by. A query sees keys of the tile from one up to,
// but without, another.
static void attention_most(const kern_call *c, head_work *w, const long *from, const long *seen, long queries) {
	float before[TILE_QUERIES], scale = score_scale(c);
	for (long k = 0; k < queries; k++) {
		const float *score = w->scores + k * TILE_KEYS + from[k];
		vf m = splat(-__builtin_inff());
		EACH_VECTOR_OF(seen[k] - from[k]) m = larger(load_or(score + i, left, -__builtin_inff()) * scale, m);
		float most = greatest(m);
		before[k] = w->most[k];
		w->most[k] = most > before[k] ? most : before[k];
	}
	EACH_VECTOR_OF(queries) store(w->factor + i, v_exp(load(before + i, left) - load(w->most + i, left)), left);
}

// attention_row turns a query's scores into weights, e^(score - the greatest so far), and returns their sum.
static float attention_row(float *score, long from, long seen, long keys, float scale, float most) {
	vf sum = splat(0);
	EACH_VECTOR_OF(keys) {
		vf e = v_exp(load(score + i, VN) * scale - most);
		if (i + VN > seen)
			e = pick(first_of(seen > i ? seen - i : 0), e, splat(0));
		if (i < from)
			e = pick(first_of(from - i), splat(0), e);
		sum += e;
		store(score + i, e, VN);
	}
	return total(sum);
}

// attention_tile adds what some keys give to some queries. Fresh says that nothing was added before.
static void attention_tile(const kern_call *c, head_work *w, long first, long queries, long key, long keys, int fresh) {
	long d = c->n, from[TILE_QUERIES], seen[TILE_QUERIES];
	tile_product(&(tile){w->q, d, 1, w->keys + key * d, TILE_KEYS, w->scores, TILE_KEYS, d, 0}, queries, (keys + VN - 1) & ~(long)(VN - 1));
	for (long i = 0; i < queries; i++) {
		seen[i] = at_most(visible(c, first + i) - key, keys);
		seen[i] = seen[i] > 0 ? seen[i] : 0;
		from[i] = hidden(c, first + i) - key;
		from[i] = from[i] > 0 ? at_most(from[i], seen[i]) : 0;
		cap_scores(c, w->scores + i * TILE_KEYS, seen[i]);
	}
	attention_most(c, w, from, seen, queries);
	for (long i = 0; i < queries; i++) {
		float *score = w->scores + i * TILE_KEYS;
		if (seen[i] == from[i]) {
			memset(score, 0, keys * sizeof *score);
			continue;
		}
		w->total[i] = w->total[i] * w->factor[i] + attention_row(score, from[i], seen[i], keys, score_scale(c), w->most[i]);
		if (!fresh && w->factor[i] != 1)
			scale_row(w->sum + i * d, d, w->factor[i]);
	}
	tile_product(&(tile){w->scores, TILE_KEYS, 1, w->values + key * d, d, w->sum, d, keys, !fresh}, queries, d);
}

// attention_queries computes a tile of queries of a head.
static void attention_queries(const kern_call *c, head_work *w, long batch, long head, long first, long queries) {
	long d = c->n;
	head_in(&c->v[ATT_Q], batch, head, first, queries, d, w->q);
	for (long i = 0; i < queries; i++)
		w->most[i] = -__builtin_inff(), w->total[i] = 0;
	long seen = visible(c, first + queries - 1), start = hidden(c, first) / TILE_KEYS * TILE_KEYS;
	for (long key = start; key < seen; key += TILE_KEYS)
		attention_tile(c, w, first, queries, key, at_most(seen - key, TILE_KEYS), key == start);
	const kern_operand *lse = &c->v[ATT_LSE];
	for (long i = 0; i < queries; i++) {
		if (c->table > 0)
			scale_row(w->sum + i * d, d, 1.0f / w->total[i]);
		if (lse->at)
			set_one(lse, (char *)head_at(lse, batch, head, first + i), w->most[i] + logf(w->total[i]));
	}
	if (c->table == 0)
		memset(w->sum, 0, queries * d * sizeof *w->sum);
	head_out(&c->v[ATT_OUT], batch, head, first, queries, d, w->sum, d);
}

// attention_job splits the work by batch, head of keys, and queries where there are few heads.
typedef struct {
	kern_call *c;
	long parts, per_part; // of queries
} attention_job;

// work_of lays out a thread's memory.
static head_work work_of(const kern_call *c, long keys) {
	long d = c->n, side = whole_tiles(keys) * d, rows = padded(TILE_QUERIES * d);
	float *at = pool_scratch(SCRATCH_ROWS, (2 * side + 2 * rows + TILE_QUERIES * TILE_KEYS) * sizeof *at);
	return (head_work){.keys = at, .values = at + side, .q = at + 2 * side, .sum = at + 2 * side + rows, .scores = at + 2 * side + 2 * rows};
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
	turn_head(w.keys, head_in(&c->v[ATT_K], batch, kv, 0, keys, d, w.values), keys, d);
	head_in(&c->v[ATT_V], batch, kv, 0, keys, d, w.values);
	for (long head = kv * group; head < (kv + 1) * group; head++)
		for (long i = from; i < to; i += TILE_QUERIES)
			attention_queries(c, &w, batch, head, i, at_most(to - i, TILE_QUERIES));
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
	share(attention_chunk, &j, heads * j.parts, 0.4 * c->shape[0] * c->shape[2] * c->shape[1] * reach(c) * c->n);
}
