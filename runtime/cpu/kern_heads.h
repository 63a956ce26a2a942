// The heads of attention's operands. A template like kern_tile.h, which it needs.
//
// Operands [batch, t or s, heads, d] have the distances of batch, position and head in outer[0], outer[1] and outer[2], and of d in inner. The call's
// shape is [batch, t, heads], table is s, from the number of heads of keys, n is d, p the cap of scores.

// How many queries and keys are looked at together: their tile of scores fits into the first level cache.
enum { TILE_QUERIES = 48, TILE_KEYS = 64 };

static inline long at_most(long a, long b) { return a < b ? a : b; }

static const char *head_at(const kern_operand *v, long batch, long head, long row) {
	return (const char *)v->at + (batch * v->outer[0] + row * v->outer[1] + head * v->outer[2]) * type_size[v->type];
}

// head_in copies rows of a head to where they lie side by side: in a packed activation they are kilobytes apart, and would push each other out of the
// first level cache. It returns to.
static float *head_in(const kern_operand *v, long batch, long head, long from, long rows, long d, float *to) {
	for (long i = 0; i < rows; i++) {
		const char *at = head_at(v, batch, head, from + i);
		if (is_direct(v))
			memcpy(to + i * d, at, d * sizeof *to);
		else
			gather(to + i * d, at, v->type, v->inner, d);
	}
	return to;
}

// head_out stores rows of d numbers each.
static void head_out(const kern_operand *v, long batch, long head, long from, long rows, long d, const float *x, long x_row) {
	for (long i = 0; i < rows; i++)
		scatter((char *)head_at(v, batch, head, from + i), x + i * x_row, v->type, v->inner, d);
}

// turn_tile_of writes up to TILE_KEYS rows as columns: to[p*TILE_KEYS + i] = from[i*d + p]. Columns that are left are zeros.
static void turn_tile_of(float *to, const float *from, long rows, long d) {
	long i = 0;
	for (; i + TURN_F32 <= rows; i += TURN_F32) {
		long p = 0;
		for (; p + TURN_F32 <= d; p += TURN_F32)
			turn_f32(to + p * TILE_KEYS + i, TILE_KEYS, from + i * d + p, d);
		for (; p < d; p++)
			for (long k = 0; k < TURN_F32; k++)
				to[p * TILE_KEYS + i + k] = from[(i + k) * d + p];
	}
	for (; i < TILE_KEYS; i++)
		for (long p = 0; p < d; p++)
			to[p * TILE_KEYS + i] = i < rows ? from[i * d + p] : 0;
}

// turn_head writes a head's rows as columns, tile after tile of d rows by TILE_KEYS.
static void turn_head(float *to, const float *from, long rows, long d) {
	for (long i = 0; i < rows; i += TILE_KEYS)
		turn_tile_of(to + i * d, from + i * d, at_most(rows - i, TILE_KEYS), d);
}

static inline long whole_tiles(long keys) { return (keys + TILE_KEYS - 1) / TILE_KEYS * TILE_KEYS; }

// Attention's operands, in the order of the call's.
enum { ATT_Q, ATT_OUT, ATT_K, ATT_V, ATT_LSE };

// visible is how many keys query i sees.
static inline long visible(const kern_call *c, long i) { return c->causal ? i + c->table - c->shape[1] + 1 : c->table; }

// hidden is how many keys come before the first that query i sees.
static inline long hidden(const kern_call *c, long i) {
	long keys = visible(c, i);
	return c->window > 0 && keys > c->window ? keys - c->window : 0;
}

// reach is how many keys a query sees at most.
static inline long reach(const kern_call *c) { return c->window > 0 ? at_most(c->window, c->table) : c->table; }

// score_scale is what scores are still multiplied by behind cap_scores.
static inline float score_scale(const kern_call *c) { return c->p > 0 ? 1 : c->scale; }

// cap_scores turns products of queries and keys into scores within the cap, if there is one.
static void cap_scores(const kern_call *c, float *score, long n) {
	if (c->p > 0) {
		float cap = c->p, scale = c->scale / c->p;
		EACH_VECTOR_OF(n) store(score + i, v_tanh(load(score + i, left) * scale) * cap, left);
	}
}

static void scale_row(float *x, long n, float factor) {
	EACH_VECTOR_OF(n) store(x + i, load(x + i, left) * factor, left);
}
