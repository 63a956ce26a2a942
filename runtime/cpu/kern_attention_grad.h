// The gradient of attention, tile by tile, from the logarithms of the softmax's denominators that the forward pass kept. A template like
// kern_heads.h, which it needs.
//
// With P the weights: dV = P' dOut, dP = dOut V', dS = P (dP - the row's sum of dOut Out) scale, dQ = dS K, dK = dS' Q.

enum { AG_DQ, AG_DK, AG_DV, AG_DOUT, AG_Q, AG_K, AG_V, AG_OUT, AG_LSE };

// grad_work is what a thread needs for a head of keys.
typedef struct {
	float *keys, *values; // turned: [d][step]
	long step;
	float *dk, *dv;           // sums: [s][d]
	float *k;                 // keys that do not lie as they should
	float *q, *dout, *out;    // a tile's rows, in the same case
	float *weights, *dscores; // [TILE_QUERIES][TILE_KEYS]
	float *dq;                // [TILE_QUERIES][d]
	float lse[TILE_QUERIES], delta[TILE_QUERIES];
} grad_work;

static grad_work grad_work_of(const kern_call *c) {
	long d = c->n, s = c->table, step = padded(s), side = padded(s * d), rows = padded(TILE_QUERIES * d), square = TILE_QUERIES * TILE_KEYS;
	float *at = pool_scratch(SCRATCH_ROWS, (2 * d * step + 3 * side + 4 * rows + 2 * square) * sizeof *at);
	grad_work w = {.step = step};
	w.keys = at, at += d * step;
	w.values = at, at += d * step;
	w.dk = at, at += side;
	w.dv = at, at += side;
	w.k = at, at += side;
	w.q = at, at += rows;
	w.dout = at, at += rows;
	w.out = at, at += rows;
	w.dq = at, at += rows;
	w.weights = at, at += square;
	w.dscores = at;
	return w;
}

// grad_row turns a query's scores and the gradients of its weights into weights and the gradients of scores.
static void grad_row(float *p, float *ds, long seen, long keys, float scale, float lse, float delta) {
	EACH_VECTOR_OF(keys) {
		vf w = v_exp(load(p + i, VN) * scale - lse), g = w * (load(ds + i, VN) - delta) * scale;
		if (i + VN > seen) {
			vi shown = first_of(seen > i ? seen - i : 0);
			w = pick(shown, w, splat(0)), g = pick(shown, g, splat(0));
		}
		store(p + i, w, VN);
		store(ds + i, g, VN);
	}
}

// grad_tile adds what some queries and some keys give to each other.
static void grad_tile(const kern_call *c, grad_work *w, matrix q, matrix dout, matrix k, long first, long queries, long key, long keys) {
	long d = c->n, wide = (keys + VN - 1) & ~(long)(VN - 1);
	tile_product(&(tile){q.at, q.row, 1, w->keys + key, w->step, w->weights, TILE_KEYS, d, 0}, queries, wide);
	tile_product(&(tile){dout.at, dout.row, 1, w->values + key, w->step, w->dscores, TILE_KEYS, d, 0}, queries, wide);
	for (long i = 0; i < queries; i++)
		grad_row(w->weights + i * TILE_KEYS, w->dscores + i * TILE_KEYS, visible(c, first + i) - key, keys, c->scale, w->lse[i], w->delta[i]);
	tile_product(&(tile){w->weights, 1, TILE_KEYS, dout.at, dout.row, w->dv + key * d, d, queries, 1}, keys, d);
	tile_product(&(tile){w->dscores, 1, TILE_KEYS, q.at, q.row, w->dk + key * d, d, queries, 1}, keys, d);
	tile_product(&(tile){w->dscores, TILE_KEYS, 1, k.at + key * k.row, k.row, w->dq, d, keys, 1}, queries, d);
}

static float dot(const float *a, const float *b, long n) {
	vf sum = splat(0);
	EACH_VECTOR_OF(n) sum += load(a + i, left) * load(b + i, left);
	return total(sum);
}

static void grad_queries(const kern_call *c, grad_work *w, matrix k, long batch, long head, long first, long queries) {
	long d = c->n;
	const kern_operand *v = c->v;
	matrix q = head_in(&v[AG_Q], batch, head, first, queries, d, w->q);
	matrix dout = head_in(&v[AG_DOUT], batch, head, first, queries, d, w->dout);
	matrix out = head_in(&v[AG_OUT], batch, head, first, queries, d, w->out);
	for (long i = 0; i < queries; i++) {
		w->delta[i] = dot(dout.at + i * dout.row, out.at + i * out.row, d);
		w->lse[i] = one(&v[AG_LSE], head_at(&v[AG_LSE], batch, head, first + i));
	}
	memset(w->dq, 0, queries * d * sizeof *w->dq);
	long seen = visible(c, first + queries - 1);
	for (long key = 0; key < seen; key += TILE_KEYS)
		grad_tile(c, w, q, dout, k, first, queries, key, at_most(seen - key, TILE_KEYS));
	head_out(&v[AG_DQ], batch, head, first, queries, d, w->dq, d);
}

static void grad_chunk(void *arg, int chunk) {
	const kern_call *c = arg;
	long kv = chunk % c->from, batch = chunk / c->from, group = c->shape[2] / c->from, d = c->n, s = c->table;
	grad_work w = grad_work_of(c);
	// The values are needed as columns only; the keys as both.
	turn_head(w.values, w.step, head_in(&c->v[AG_V], batch, kv, 0, s, d, w.k), s, d);
	matrix k = head_in(&c->v[AG_K], batch, kv, 0, s, d, w.k);
	turn_head(w.keys, w.step, k, s, d);
	memset(w.dk, 0, s * d * sizeof *w.dk);
	memset(w.dv, 0, s * d * sizeof *w.dv);
	for (long head = kv * group; head < (kv + 1) * group; head++)
		for (long i = 0; i < c->shape[1]; i += TILE_QUERIES)
			grad_queries(c, &w, k, batch, head, i, at_most(c->shape[1] - i, TILE_QUERIES));
	head_out(&c->v[AG_DK], batch, kv, 0, s, d, w.dk, d);
	head_out(&c->v[AG_DV], batch, kv, 0, s, d, w.dv, d);
}

static void attention_grad(kern_call *c) { pool_run(grad_chunk, c, (int)(c->shape[0] * c->from)); }
