// From arrays of any type and layout to rows of float that kernels work on, and back. A template like kern_math.h, which it needs.
//
// Where a row lies as a kernel wants it, the kernel works on it in place. Else it is copied, in the first level cache.

// place is where a row begins in each operand.
typedef struct {
	char *at[KERN_OPERANDS];
	int64_t index[KERN_DIMS];
} place;

static const long type_size[] = {4, 8, 2, 4, 1};

static void place_start(place *p, const kern_call *c, int operands, long row) {
	for (long d = c->dims - 1; d >= 0; d--) {
		p->index[d] = row % c->shape[d];
		row /= c->shape[d];
	}
	for (int k = 0; k < operands; k++) {
		const kern_operand *v = &c->v[k];
		long at = 0;
		for (long d = 0; d < c->dims; d++)
			at += p->index[d] * v->outer[d];
		p->at[k] = (char *)v->at + at * type_size[v->type];
	}
}

// place_next goes to the next row.
static inline void place_next(place *p, const kern_call *c, int operands) {
	for (long d = c->dims - 1; d >= 0; d--) {
		long back = 0;
		if (++p->index[d] == c->shape[d])
			p->index[d] = 0, back = c->shape[d];
		for (int k = 0; k < operands; k++)
			p->at[k] += (1 - back) * c->v[k].outer[d] * type_size[c->v[k].type];
		if (!back)
			return;
	}
}

static inline float from_bf16(uint16_t h) {
	union { uint32_t u; float f; } b = {(uint32_t)h << 16};
	return b.f;
}

// to_bf16 rounds to the nearest, ties to even; a NaN stays one.
static inline uint16_t to_bf16(float f) {
	union { float f; uint32_t u; } b = {f};
	uint32_t up = b.u + 0x7fff + (b.u >> 16 & 1), nan = b.u >> 16 | 0x40;
	return f != f ? nan : up >> 16;
}

// gather copies n elements to floats.
static void gather(float *restrict to, const char *from, long type, long inner, long n) {
	if (type == TYPE_F32) {
		const float *x = (const float *)from;
		if (inner == 0)
			for (long i = 0; i < n; i++) to[i] = *x;
		else
			for (long i = 0; i < n; i++) to[i] = x[i * inner];
	} else if (type == TYPE_BF16) {
		const uint16_t *x = (const uint16_t *)from;
		if (inner == 1)
			for (long i = 0; i < n; i++) to[i] = from_bf16(x[i]);
		else
			for (long i = 0; i < n; i++) to[i] = from_bf16(x[i * inner]);
	} else if (type == TYPE_I32) {
		const int32_t *x = (const int32_t *)from;
		for (long i = 0; i < n; i++) to[i] = x[i * inner];
	} else {
		const int8_t *x = (const int8_t *)from;
		for (long i = 0; i < n; i++) to[i] = x[i * inner];
	}
}

// scatter is the way back, to F32 or BF16.
static void scatter(char *to, const float *restrict from, long type, long inner, long n) {
	if (type == TYPE_F32) {
		float *x = (float *)to;
		for (long i = 0; i < n; i++) x[i * inner] = from[i];
	} else {
		uint16_t *x = (uint16_t *)to;
		if (inner == 1)
			for (long i = 0; i < n; i++) x[i] = to_bf16(from[i]);
		else
			for (long i = 0; i < n; i++) x[i * inner] = to_bf16(from[i]);
	}
}

static inline int is_direct(const kern_operand *v) { return v->type == TYPE_F32 && v->inner == 1; }

// stage_in returns a row as floats: in place, or copied to buf.
static inline const float *stage_in(const kern_operand *v, const char *at, long n, float *buf) {
	if (is_direct(v))
		return (const float *)at;
	gather(buf, at, v->type, v->inner, n);
	return buf;
}

// stage_out returns where a kernel writes a row, and stage_done brings it home.
static inline float *stage_out(const kern_operand *v, char *at, float *buf) { return is_direct(v) ? (float *)at : buf; }

static inline void stage_done(const kern_operand *v, char *at, const float *buf, long n) {
	if (!is_direct(v))
		scatter(at, buf, v->type, v->inner, n);
}

// one and set_one are for operands with a number per row.
static inline float one(const kern_operand *v, const char *at) {
	float x;
	gather(&x, at, v->type, 1, 1);
	return x;
}

static inline void set_one(const kern_operand *v, char *at, float x) { scatter(at, &x, v->type, 1, 1); }

// share runs chunks on the pool; on this thread alone where all of them, work tenths of a nanosecond or thereabouts, take less than waking another.
static void share(void (*run)(void *arg, int chunk), void *arg, long chunks, double work) {
	const double little = 200e3; // 20 µs
	if (work > little) {
		pool_run(run, arg, (int)chunks);
		return;
	}
	for (long i = 0; i < chunks; i++)
		run(arg, (int)i);
}

// rows_job splits rows among threads. Chunks depend on sizes alone, so that results do not depend on the threads.
typedef struct {
	kern_call *c;
	long per_chunk; // rows
	void (*run)(kern_call *c, long from, long to);
} rows_job;

static void rows_chunk(void *arg, int chunk) {
	rows_job *j = arg;
	long from = chunk * j->per_chunk, to = from + j->per_chunk;
	j->run(j->c, from, to < j->c->rows ? to : j->c->rows);
}

// each_rows runs a kernel over all rows. cost is the time for an element, in tenths of a nanosecond or thereabouts.
static void each_rows(kern_call *c, void (*run)(kern_call *c, long from, long to), long cost) {
	const long chunk = 300000; // 30 µs
	long per_row = c->n * cost + 50;
	rows_job j = {c, per_row >= chunk ? 1 : chunk / per_row, run};
	long chunks = (c->rows + j.per_chunk - 1) / j.per_chunk;
	pool_run(rows_chunk, &j, (int)chunks);
}
