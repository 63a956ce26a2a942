// Element by element: functions of one and two numbers, choices, conversions, and the steps of optimisers. A template like kern_stage.h, which it
// needs.

enum { BLOCK = 512 }; // elements: a few operands' fit into the first level cache

// block_func works on n elements of each operand; index is the first one's place in row-major order.
typedef void (*block_func)(const kern_call *c, float *const *v, long n, uint64_t index);

// elementwise is a kernel with what it does to its operands, a bit for each.
typedef struct {
	kern_call *c;
	block_func run;
	int operands;
	unsigned reads, writes;
	long cols, col_chunks; // of a chunk; chunks in a row
	long rows;             // of a chunk
} elementwise;

// elementwise_row works on elements from up to before to of a row.
static void elementwise_row(const elementwise *e, const place *p, long row, long from, long to) {
	float buf[KERN_OPERANDS][BLOCK] __attribute__((aligned(64)));
	float *v[KERN_OPERANDS];
	const kern_call *c = e->c;
	int direct = 1, repeated[KERN_OPERANDS] = {0};
	for (int k = 0; k < e->operands; k++) {
		const kern_operand *o = &c->v[k];
		direct = direct && is_direct(o);
		// A number that goes with the whole row is copied to its block once.
		if (o->inner == 0 && !(e->writes & 1u << k)) {
			repeated[k] = 1;
			gather(buf[k], p->at[k], o->type, 0, to - from < BLOCK ? to - from : BLOCK);
		}
	}
	long step = direct ? to - from : BLOCK;
	for (long i = from; i < to; i += step) {
		long n = to - i < step ? to - i : step;
		for (int k = 0; k < e->operands; k++) {
			const kern_operand *o = &c->v[k];
			char *at = p->at[k] + i * o->inner * type_size[o->type];
			v[k] = is_direct(o) ? (float *)at : buf[k];
			if (v[k] == buf[k] && !repeated[k] && (e->reads & 1u << k))
				gather(buf[k], at, o->type, o->inner, n);
		}
		e->run(c, v, n, (uint64_t)row * c->n + i);
		for (int k = 0; k < e->operands; k++) {
			const kern_operand *o = &c->v[k];
			if ((e->writes & 1u << k) && v[k] == buf[k])
				scatter(p->at[k] + i * o->inner * type_size[o->type], buf[k], o->type, o->inner, n);
		}
	}
}

static void elementwise_chunk(void *arg, int chunk) {
	const elementwise *e = arg;
	long row = chunk / e->col_chunks * e->rows, to_row = row + e->rows < e->c->rows ? row + e->rows : e->c->rows;
	long from = chunk % e->col_chunks * e->cols, to = from + e->cols < e->c->n ? from + e->cols : e->c->n;
	place p;
	place_start(&p, e->c, e->operands, row);
	for (; row < to_row; row++) {
		elementwise_row(e, &p, row, from, to);
		place_next(&p, e->c, e->operands);
	}
}

// elementwise_run splits the work into chunks of so many elements.
static void elementwise_run(kern_call *c, block_func run, int operands, unsigned reads, unsigned writes, long chunk) {
	elementwise e = {c, run, operands, reads, writes, .cols = c->n, .col_chunks = 1, .rows = 1};
	if (c->n > chunk) {
		e.cols = chunk;
		e.col_chunks = (c->n + chunk - 1) / chunk;
	} else {
		e.rows = chunk / (c->n + 8);
		e.rows = e.rows ? e.rows : 1;
	}
	pool_run(elementwise_chunk, &e, (int)((c->rows + e.rows - 1) / e.rows * e.col_chunks));
}

// Elements of a chunk: of what waits for memory, and of what computes.
enum { CHUNK_CHEAP = 32768, CHUNK_DEAR = 16384 };

#define EACH_VECTOR for (long i = 0, left; (left = n - i) > 0; i += VN)
#define MAP1(expr)                                                                                                                     \
	EACH_VECTOR {                                                                                                                  \
		vf x = load(a + i, left);                                                                                              \
		store(to + i, expr, left);                                                                                             \
	}                                                                                                                              \
	break
#define EACH1(expr)                                                                                                                    \
	_Pragma("GCC ivdep") for (long i = 0; i < n; i++) {                                                                            \
		float x = a[i];                                                                                                        \
		to[i] = expr;                                                                                                          \
	}                                                                                                                              \
	break

// turns_far tells whether an angle is too large for v_sincos.
static int turns_far(const float *a, long n) {
	int far = 0;
	for (long i = 0; i < n; i++)
		far |= !(__builtin_fabsf(a[i]) < v_turns_limit);
	return far;
}

ALWAYS vf v_sin(vf x) {
	vf s, c;
	v_sincos(x, &s, &c);
	return s;
}

ALWAYS vf v_cos(vf x) {
	vf s, c;
	v_sincos(x, &s, &c);
	return c;
}

static void unary_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	(void)index;
	float *to = v[0];
	const float *a = v[1];
	float p = (float)c->p, q = (float)c->q;
	vf one = splat(1.0f), zero = splat(0.0f);
	switch (c->op) {
	case UNARY_NEG: MAP1(-x);
	case UNARY_ABS: MAP1(magnitude(x));
	case UNARY_SIGN: MAP1(pick(x > 0, one, pick(x < 0, -one, x)));
	case UNARY_EXP: MAP1(v_exp(x));
	case UNARY_LOG: MAP1(v_log(x));
	case UNARY_SQRT: MAP1(v_sqrt(x));
	case UNARY_SQUARE: MAP1(x * x);
	case UNARY_RECIPROCAL: MAP1(1.0f / x);
	case UNARY_SIN:
		if (turns_far(a, n)) {
			EACH1(sinf(x));
		}
		MAP1(v_sin(x));
	case UNARY_COS:
		if (turns_far(a, n)) {
			EACH1(cosf(x));
		}
		MAP1(v_cos(x));
	case UNARY_TANH: MAP1(v_tanh(x));
	case UNARY_SIGMOID: MAP1(v_sigmoid(x));
	case UNARY_RELU: MAP1(pick(x < 0, zero, x));
	case UNARY_GELU: MAP1(v_gelu(x));
	case UNARY_GELU_TANH: MAP1(v_gelu_tanh(x));
	case UNARY_SILU: MAP1(v_silu(x));
	case UNARY_FLOOR: EACH1(__builtin_floorf(x));
	case UNARY_CEIL: EACH1(__builtin_ceilf(x));
	case UNARY_ROUND: EACH1(__builtin_rintf(x));
	case UNARY_AFFINE: MAP1(x * p + q);
	case UNARY_POWER:
		if (p == 3) {
			MAP1(x * x * x);
		}
		EACH1(powf(x, p));
	case UNARY_CLAMP: MAP1(pick(x < p, splat(p), pick(x > q, splat(q), x)));
	}
}

static void unary(kern_call *c) {
	elementwise_run(c, unary_block, 2, 2, 1, c->op >= UNARY_EXP && c->op != UNARY_SQUARE && c->op != UNARY_AFFINE ? CHUNK_DEAR : CHUNK_CHEAP);
}

#define MAP2(expr)                                                                                                                     \
	EACH_VECTOR {                                                                                                                  \
		vf x = load(a + i, left), y = load(b + i, left);                                                                       \
		store(to + i, expr, left);                                                                                             \
	}                                                                                                                              \
	break
#define TRUTH(mask) ((vf)((mask) & (vi)one))

static void binary_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	(void)index;
	float *to = v[0];
	const float *a = v[1], *b = v[2];
	vf one = splat(1.0f), zero = splat(0.0f);
	switch (c->op) {
	case BINARY_ADD: MAP2(x + y);
	case BINARY_SUB: MAP2(x - y);
	case BINARY_MUL: MAP2(x * y);
	case BINARY_DIV: MAP2(x / y);
	case BINARY_POW:
		for (long i = 0; i < n; i++)
			to[i] = powf(a[i], b[i]);
		break;
	case BINARY_MAXIMUM: MAP2(pick((x > y) | (x != x), x, y));
	case BINARY_MINIMUM: MAP2(pick((x < y) | (x != x), x, y));
	case BINARY_EQ: MAP2(TRUTH(x == y));
	case BINARY_NE: MAP2(TRUTH(x != y));
	case BINARY_LT: MAP2(TRUTH(x < y));
	case BINARY_LE: MAP2(TRUTH(x <= y));
	case BINARY_GT: MAP2(TRUTH(x > y));
	case BINARY_GE: MAP2(TRUTH(x >= y));
	case BINARY_RELU_GRAD: MAP2(pick(x > 0, y, zero));
	case BINARY_GELU_GRAD: MAP2(y * v_gelu_slope(x));
	case BINARY_GELU_TANH_GRAD: MAP2(y * v_gelu_tanh_slope(x));
	case BINARY_SILU_GRAD: MAP2(y * v_silu_slope(x));
	case BINARY_TANH_GRAD: MAP2(y * (1.0f - x * x));
	case BINARY_SIGMOID_GRAD: MAP2(y * x * (1.0f - x));
	}
}

static void binary(kern_call *c) {
	int dear = c->op == BINARY_POW || (c->op >= BINARY_GELU_GRAD && c->op <= BINARY_SILU_GRAD);
	elementwise_run(c, binary_block, 3, 6, 1, dear ? CHUNK_DEAR : CHUNK_CHEAP);
}

static void where_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	(void)c, (void)index;
	EACH_VECTOR {
		vf cond = load(v[1] + i, left);
		store(v[0] + i, pick(cond != 0, load(v[2] + i, left), load(v[3] + i, left)), left);
	}
}

static void where(kern_call *c) { elementwise_run(c, where_block, 4, 14, 1, CHUNK_CHEAP); }

static void copy_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	(void)c, (void)index;
	EACH_VECTOR store(v[0] + i, load(v[1] + i, left), left);
}

static void fill_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	(void)index;
	vf x = splat((float)c->p);
	EACH_VECTOR store(v[0] + i, x, left);
}

static void fill(kern_call *c) { elementwise_run(c, fill_block, 1, 0, 1, CHUNK_CHEAP); }

// adamw: lr is the rate divided by 1 - beta1^step, and bias2 the reciprocal of √(1 - beta2^step).
static void adamw_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	(void)index;
	float b1 = c->beta1, b2 = c->beta2, scale = c->scale, keep = c->decay, lr = c->lr, eps = c->eps, bias2 = c->bias2;
	float a1 = 1 - c->beta1, a2 = 1 - c->beta2; // subtracted in double: 1 - 0.999f is off by 5e-5
	EACH_VECTOR {
		vf grad = load(v[1] + i, left) * scale;
		vf m = load(v[2] + i, left) * b1 + grad * a1, s = load(v[3] + i, left) * b2 + grad * grad * a2;
		store(v[2] + i, m, left), store(v[3] + i, s, left);
		store(v[0] + i, load(v[0] + i, left) * keep - m * lr / (v_sqrt(s) * bias2 + eps), left);
	}
}

static void adamw(kern_call *c) { elementwise_run(c, adamw_block, 4, 15, 13, CHUNK_CHEAP / 2); }

static void sgd_block(const kern_call *c, float *const *v, long n, uint64_t index) {
	(void)index;
	float scale = c->scale, decay = c->decay, momentum = c->beta1, lr = c->lr;
	float *p = v[0], *g = v[1], *m = v[2];
	if (!c->v[2].at) {
#pragma GCC ivdep
		for (long i = 0; i < n; i++)
			p[i] -= lr * (scale * g[i] + decay * p[i]);
		return;
	}
	float old = c->nesterov ? 1 : 0, now = c->nesterov ? momentum : 1;
#pragma GCC ivdep
	for (long i = 0; i < n; i++) {
		float grad = scale * g[i] + decay * p[i];
		float m1 = momentum * m[i] + grad;
		m[i] = m1;
		p[i] -= lr * (old * grad + now * m1);
	}
}

static void sgd(kern_call *c) {
	int operands = c->v[2].at ? 3 : 2;
	elementwise_run(c, sgd_block, operands, 7, operands == 3 ? 5 : 1, CHUNK_CHEAP);
}
