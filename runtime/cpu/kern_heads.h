// The heads of attention's operands. A template like kern_tile.h, which it needs.
//
// Operands [batch, t or s, heads, d] have the distances of batch, position and head in outer[0], outer[1] and outer[2], and of d in inner. The call's
// shape is [batch, t, heads], table is s, from the number of heads of keys, n is d.

// How many queries and keys are looked at together: their tile of scores fits into the first level cache.
enum { TILE_QUERIES = 48, TILE_KEYS = 64 };

// matrix is a head of an operand: rows are positions, each of d numbers side by side.
typedef struct {
	float *at;
	long row;
} matrix;

static const char *head_at(const kern_operand *v, long batch, long head, long row) {
	return (const char *)v->at + (batch * v->outer[0] + row * v->outer[1] + head * v->outer[2]) * type_size[v->type];
}

// head_in is some rows of a head: in place, or copied to buf.
static matrix head_in(const kern_operand *v, long batch, long head, long from, long rows, long d, float *buf) {
	if (is_direct(v))
		return (matrix){(float *)head_at(v, batch, head, from), v->outer[1]};
	for (long i = 0; i < rows; i++)
		gather(buf + i * d, head_at(v, batch, head, from + i), v->type, v->inner, d);
	return (matrix){buf, d};
}

// head_out stores rows of d numbers each.
static void head_out(const kern_operand *v, long batch, long head, long from, long rows, long d, const float *x, long x_row) {
	for (long i = 0; i < rows; i++)
		scatter((char *)head_at(v, batch, head, from + i), x + i * x_row, v->type, v->inner, d);
}

// turn_head writes a head's rows as columns: to[p*step + i] = from[i][p]. Columns up to the next multiple of a vector are filled up with zeros.
static void turn_head(float *to, long step, matrix from, long rows, long d) {
	long i = 0;
	for (; i + TURN_F32 <= rows; i += TURN_F32) {
		long p = 0;
		for (; p + TURN_F32 <= d; p += TURN_F32)
			turn_f32(to + p * step + i, step, from.at + i * from.row + p, from.row);
		for (; p < d; p++)
			for (long k = 0; k < TURN_F32; k++)
				to[p * step + i + k] = from.at[(i + k) * from.row + p];
	}
	for (; i < step; i++)
		for (long p = 0; p < d; p++)
			to[p * step + i] = i < rows ? from.at[i * from.row + p] : 0;
}

// Attention's operands, in the order of the call's.
enum { ATT_Q, ATT_OUT, ATT_K, ATT_V, ATT_LSE };

// visible is how many keys query i sees.
static inline long visible(const kern_call *c, long i) { return c->causal ? i + c->table - c->shape[1] + 1 : c->table; }

static inline long at_most(long a, long b) { return a < b ? a : b; }

static void scale_row(float *x, long n, float factor) {
	EACH_VECTOR_OF(n) store(x + i, load(x + i, left) * factor, left);
}
