// Copies. A template like kern_elementwise.h, which it needs.

// move_rows copies rows of one type as they are, bit by bit.
#define MOVE(type)                                                                                                                     \
	{                                                                                                                              \
		type *t = (type *)to;                                                                                                  \
		const type *f = (const type *)from;                                                                                    \
		for (long i = 0; i < n; i++)                                                                                           \
			t[i * step_to] = f[i * step_from];                                                                             \
	}

static void move(char *to, const char *from, long size, long step_to, long step_from, long n) {
	if (step_to == 1 && step_from == 1)
		memcpy(to, from, n * size);
	else if (size == 4)
		MOVE(uint32_t)
	else if (size == 8)
		MOVE(uint64_t)
	else if (size == 2)
		MOVE(uint16_t)
	else
		MOVE(uint8_t)
}

static void move_rows(kern_call *c, long from, long to) {
	place p;
	place_start(&p, c, 2, from);
	for (; from < to; from++) {
		move(p.at[0], p.at[1], type_size[c->v[0].type], c->v[0].inner, c->v[1].inner, c->n);
		place_next(&p, c, 2);
	}
}

// turn_tile is the number of rows and columns that are turned at once: 64 by 64 numbers are read by cache lines and written so.
enum { TURN_TILE = 64 };

// turn_rows copies, where the operand's elements lie side by side along the last dimension around the rows, by tiles: the matrix [shape[dims-1], n] is
// the operand's, transposed.
static void turn_tile(const kern_call *c, char *to, const char *from, long rows, long cols) {
	long size = type_size[c->v[0].type], step = c->v[0].outer[c->dims - 1], far = c->v[1].inner;
	if (size == 4) {
		float *t = (float *)to;
		const float *f = (const float *)from;
		long j = 0;
		for (; j + TURN_F32 <= cols; j += TURN_F32) {
			long i = 0;
			for (; i + TURN_F32 <= rows; i += TURN_F32)
				turn_f32(t + i * step + j, step, f + j * far + i, far);
			for (; i < rows; i++)
				for (long k = j; k < j + TURN_F32; k++)
					t[i * step + k] = f[k * far + i];
		}
		for (; j < cols; j++)
			for (long i = 0; i < rows; i++)
				t[i * step + j] = f[j * far + i];
		return;
	}
	for (long i = 0; i < rows; i++)
		move(to + i * step * size, from + i * size, size, 1, far, cols);
}

typedef struct {
	kern_call *c;
	long row_tiles, col_tiles;
} turn_job;

static void turn_chunk(void *arg, int chunk) {
	const turn_job *j = arg;
	const kern_call *c = j->c;
	long last = c->dims - 1, matrix = chunk / j->row_tiles, i = chunk % j->row_tiles * TURN_TILE;
	long rows = c->shape[last] - i < TURN_TILE ? c->shape[last] - i : TURN_TILE, size = type_size[c->v[0].type];
	place p;
	place_start(&p, c, 2, matrix * c->shape[last] + i);
	for (long col = 0; col < c->n; col += TURN_TILE) {
		long cols = c->n - col < TURN_TILE ? c->n - col : TURN_TILE;
		turn_tile(c, p.at[0] + col * size, p.at[1] + col * c->v[1].inner * size, rows, cols);
	}
}

static int is_turned(const kern_call *c) {
	return c->dims > 0 && c->v[0].inner == 1 && c->v[1].inner > 1 && c->v[1].outer[c->dims - 1] == 1 && c->shape[c->dims - 1] >= 8 && c->n >= 8;
}

static void copy(kern_call *c) {
	if (c->v[0].type != c->v[1].type) {
		elementwise_run(c, copy_block, 2, 2, 1, CHUNK_CHEAP);
	} else if (is_turned(c)) {
		turn_job j = {c, .row_tiles = (c->shape[c->dims - 1] + TURN_TILE - 1) / TURN_TILE};
		share(turn_chunk, &j, c->rows / c->shape[c->dims - 1] * j.row_tiles, 4.0 * c->rows * c->n);
	} else if (c->dims == 0 && c->n > CHUNK_CHEAP) {
		// One long row, by parts.
		kern_call parts = *c;
		long rest = c->n % CHUNK_CHEAP;
		parts.n = CHUNK_CHEAP, parts.rows = c->n / CHUNK_CHEAP, parts.dims = 1, parts.shape[0] = parts.rows;
		for (int k = 0; k < 2; k++)
			parts.v[k].outer[0] = CHUNK_CHEAP * c->v[k].inner;
		each_rows(&parts, move_rows, 3);
		for (int k = 0; k < 2; k++)
			parts.v[k].at += (uintptr_t)((c->n - rest) * c->v[k].inner * type_size[c->v[k].type]);
		parts.n = rest, parts.rows = 1, parts.dims = 0;
		move_rows(&parts, 0, 1);
	} else {
		each_rows(c, move_rows, 3);
	}
}
