// Rotary positions, and rows by index. A template like kern_heads.h, which it needs.

enum { ROT_DST, ROT_X, ROT_POSITIONS, ROT_FREQUENCIES };

// rotary_position turns all heads of a position: the angles are the same. They are computed in double, as positions may be large.
static void rotary_position(const kern_call *c, long batch, long t, float *memory) {
	const kern_operand *dst = &c->v[ROT_DST], *x = &c->v[ROT_X], *pos = &c->v[ROT_POSITIONS];
	long d = c->n, half = d / 2, size = padded(half);
	float *sine = memory, *cosine = sine + size, *buf = cosine + size;
	double position = c->from + t, factor = exp(-2.0 / d * log(c->p)), frequency = 1;
	if (pos->at)
		position = *(const int32_t *)head_at(pos, batch, 0, t);
	const double *table = (const double *)c->v[ROT_FREQUENCIES].at;
	for (long i = 0; i < half; i++, frequency *= factor) {
		double angle = position * (table ? table[i] : frequency);
		sine[i] = angle - 6.283185307179586 * rint(angle / 6.283185307179586);
	}
	EACH_VECTOR_OF(half) {
		vf s, k;
		v_sincos(load(sine + i, left), &s, &k);
		store(sine + i, s * (c->inverse ? -1.0f : 1.0f), left), store(cosine + i, k, left);
	}
	for (long head = 0; head < c->shape[2]; head++) {
		char *to = (char *)head_at(dst, batch, head, t);
		const float *a = stage_in(x, head_at(x, batch, head, t), d, buf);
		float *y = stage_out(dst, to, buf + padded(d));
		EACH_VECTOR_OF(half) {
			vf u = load(a + i, left), w = load(a + half + i, left), s = load(sine + i, left), k = load(cosine + i, left);
			store(y + i, u * k - w * s, left);
			store(y + half + i, w * k + u * s, left);
		}
		stage_done(dst, to, y, d);
	}
}

static void rotary_rows(kern_call *c, long from, long to) {
	float *memory = pool_scratch(SCRATCH_ROWS, (2 * padded(c->n / 2) + 2 * padded(c->n)) * sizeof *memory);
	for (; from < to; from++)
		rotary_position(c, from / c->shape[1], from % c->shape[1], memory);
}

static void rotary(kern_call *c) { each_rows(c, rotary_rows, 5 * c->shape[2] + 20); }

enum { IDX_ROW, IDX_IDS, IDX_TABLE }; // the table's outer[0] is from row to row

static char *table_row(const kern_operand *table, long id) { return (char *)table->at + id * table->outer[0] * type_size[table->type]; }

// gather_rows copies rows of any type as they are.
static void gather_rows(kern_call *c, long from, long to) {
	const kern_operand *row = &c->v[IDX_ROW], *table = &c->v[IDX_TABLE];
	place p;
	for (place_start(&p, c, 2, from); from < to; from++, place_next(&p, c, 2)) {
		long id = *(const int32_t *)p.at[IDX_IDS];
		if (id < 0 || id >= c->table)
			report(c, from);
		else
			move(p.at[IDX_ROW], table_row(table, id), type_size[row->type], row->inner, table->inner, c->n);
	}
}

static void gather_op(kern_call *c) { each_rows(c, gather_rows, 4); }

// scatter_add_columns adds some columns of all rows, in the order of the ids.
static void scatter_add_columns(kern_call *c, long col, long cols) {
	const kern_operand *row = &c->v[IDX_ROW], *table = &c->v[IDX_TABLE];
	long size = type_size[row->type], table_size = type_size[table->type];
	float *buf = pool_scratch(SCRATCH_ROWS, 2 * padded(cols) * sizeof *buf);
	place p;
	place_start(&p, c, 2, 0);
	for (long i = 0; i < c->rows; i++, place_next(&p, c, 2)) {
		long id = *(const int32_t *)p.at[IDX_IDS];
		if (id < 0 || id >= c->table) {
			report(c, i);
			return;
		}
		char *to = table_row(table, id) + col * table->inner * table_size;
		const float *x = stage_in(row, p.at[IDX_ROW] + col * row->inner * size, cols, buf);
		float *sum = (float *)stage_in(table, to, cols, buf + padded(cols));
		EACH_VECTOR_OF(cols) store(sum + i, load(sum + i, left) + load(x + i, left), left);
		stage_done(table, to, sum, cols);
	}
}

static void scatter_add_chunk(void *arg, int chunk) {
	kern_call *c = arg;
	long col = chunk * SOME_COLUMNS;
	scatter_add_columns(c, col, c->n - col < SOME_COLUMNS ? c->n - col : SOME_COLUMNS);
}

static void scatter_add(kern_call *c) {
	if (c->rows * c->n < CHUNK_CHEAP)
		scatter_add_columns(c, 0, c->n);
	else
		pool_run(scatter_add_chunk, c, (int)((c->n + SOME_COLUMNS - 1) / SOME_COLUMNS));
}
