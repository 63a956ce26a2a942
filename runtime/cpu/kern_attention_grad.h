// The gradient of attention, tile by tile, from the logarithms of the softmax's denominators that the forward pass kept. A template like
// kern_heads.h, which it needs.
//
// With P the weights: dV = P' dOut, dP = dOut V', dS = P (dP - the row's sum of dOut Out) scale, dQ = dS K, dK = dS' Q. With a cap dS is multiplied by its slope,
// 1 - (S/cap)².

enum { AG_DQ, AG_DK, AG_DV, AG_DOUT, AG_Q, AG_K, AG_V, AG_OUT, AG_LSE };

// grad_work is what a thread needs for a head of keys.
typedef struct {
	float *keys, *values;     // turned, in tiles: see turn_head
	float *k, *dk, *dv;       // [s][d]
	float *q, *dout, *dq;     // [TILE_QUERIES][d]
	float *weights, *dscores; // [TILE_QUERIES][TILE_KEYS]
	float lse[TILE_QUERIES], delta[TILE_QUERIES];
} grad_work;

static grad_work grad_work_of(const kern_call *c) {
	long d = c->n, side = whole_tiles(c->table) * d, rows = padded(TILE_QUERIES * d), square = TILE_QUERIES * TILE_KEYS;
	float *at = pool_scratch(SCRATCH_ROWS, (5 * side + 3 * rows + 2 * square) * sizeof *at), *tiles = at + 5 * side, *scores = tiles + 3 * rows;
	return (grad_work){.keys = at, .values = at + side, .k = at + 2 * side, .dk = at + 3 * side, .dv = at + 4 * side,
			   .q = tiles, .dout = tiles + rows, .dq = tiles + 2 * rows, .weights = scores, .dscores = scores + square};
}

// grad_row turns a query's scores and the gradients of its weights into weights and the gradients of scores.
static void grad_row(const kern_call *c, float *p, float *ds, long from, long seen, long keys, float lse, float delta) {
	float scale = score_scale(c), slope = c->p > 0 ? 1 / (c->p * c->p) : 0;
	cap_scores(c, p, at_most(seen, keys));
	EACH_VECTOR_OF(keys) {
		vf s = load(p + i, VN) * scale, w = v_exp(s - lse), g = w * (load(ds + i, VN) - delta) * (float)c->scale;
		if (slope > 0)
			g *= 1 - s * s * slope;
		if (i + VN > seen) {
			vi shown = first_of(seen > i ? seen - i : 0);
			w = pick(shown, w, splat(0)), g = pick(shown, g, splat(0));
		}
		if (i < from) {
			vi left_out = first_of(from - i);
			w = pick(left_out, splat(0), w), g = pick(left_out, splat(0), g);
		}
		store(p + i, w, VN);
		store(ds + i, g, VN);
	}
}

// grad_tile adds what some queries and some keys give to each other.
static void grad_tile(const kern_call *c, grad_work *w, long first, long queries, long key, long keys) {
	long d = c->n, wide = (keys + VN - 1) & ~(long)(VN - 1);
	tile_product(&(tile){w->q, d, 1, w->keys + key * d, TILE_KEYS, w->weights, TILE_KEYS, d, 0}, queries, wide);
	tile_product(&(tile){w->dout, d, 1, w->values + key * d, TILE_KEYS, w->dscores, TILE_KEYS, d, 0}, queries, wide);
	for (long i = 0; i < queries; i++)
		grad_row(c, w->weights + i * TILE_KEYS, w->dscores + i * TILE_KEYS, hidden(c, first + i) - key, visible(c, first + i) - key, keys, w->lse[i], w->delta[i]);
	tile_product(&(tile){w->weights, 1, TILE_KEYS, w->dout, d, w->dv + key * d, d, queries, 1}, keys, d);
	tile_product(&(tile){w->dscores, 1, TILE_KEYS, w->q, d, w->dk + key * d, d, queries, 1}, keys, d);
	tile_product(&(tile){w->dscores, TILE_KEYS, 1, w->k + key * d, d, w->dq, d, keys, 1}, queries, d);
}

static float dot(const float *a, const float *b, long n) {
	vf sum = splat(0);
	EACH_VECTOR_OF(n) sum += load(a + i, left) * load(b + i, left);
	return total(sum);
}

static void grad_queries(const kern_call *c, grad_work *w, long batch, long head, long first, long queries) {
	long d = c->n;
	const kern_operand *v = c->v;
	head_in(&v[AG_DOUT], batch, head, first, queries, d, w->dout);
	head_in(&v[AG_OUT], batch, head, first, queries, d, w->q);
	for (long i = 0; i < queries; i++) {
		w->delta[i] = dot(w->dout + i * d, w->q + i * d, d);
		w->lse[i] = one(&v[AG_LSE], head_at(&v[AG_LSE], batch, head, first + i));
	}
	head_in(&v[AG_Q], batch, head, first, queries, d, w->q);
	memset(w->dq, 0, queries * d * sizeof *w->dq);
	long seen = visible(c, first + queries - 1);
	for (long key = hidden(c, first) / TILE_KEYS * TILE_KEYS; key < seen; key += TILE_KEYS)
		grad_tile(c, w, first, queries, key, at_most(seen - key, TILE_KEYS));
	head_out(&v[AG_DQ], batch, head, first, queries, d, w->dq, d);
}

static void grad_chunk(void *arg, int chunk) {
	const kern_call *c = arg;
	long kv = chunk % c->from, batch = chunk / c->from, group = c->shape[2] / c->from, d = c->n, s = c->table;
	grad_work w = grad_work_of(c);
	// The values are needed as columns only; the keys as both.
	turn_head(w.values, head_in(&c->v[AG_V], batch, kv, 0, s, d, w.k), s, d);
	turn_head(w.keys, head_in(&c->v[AG_K], batch, kv, 0, s, d, w.k), s, d);
	memset(w.dk, 0, s * d * sizeof *w.dk);
	memset(w.dv, 0, s * d * sizeof *w.dv);
	for (long head = kv * group; head < (kv + 1) * group; head++)
		for (long i = 0; i < c->shape[1]; i += TILE_QUERIES)
			grad_queries(c, &w, batch, head, i, at_most(c->shape[1] - i, TILE_QUERIES));
	head_out(&c->v[AG_DK], batch, kv, 0, s, d, w.dk, d);
	head_out(&c->v[AG_DV], batch, kv, 0, s, d, w.dv, d);
}

static void attention_grad(kern_call *c) {
	share(grad_chunk, c, c->shape[0] * c->from, 1.0 * c->shape[0] * c->shape[2] * c->shape[1] * reach(c) * c->n);
}
