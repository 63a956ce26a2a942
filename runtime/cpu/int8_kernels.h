// Products with weights of 8 bits: see int8.h. A template on vector.h for float. The including file says how many rows of A are
// taken at a time at most (INT8_ROWS), and how four products are added to each of a vector's sums:
//
//	int8_vec             integers, as wide as VBYTES
//	int8_weights(w)      what int8_dot wants of weights
//	int8_dot(sum, w, x)  sum plus, for each 4 bytes of w, their products with the 4 bytes of x
//	INT8_OFFSET          what int8_weights adds to each weight
//
// and what int8_thin.h wants.
#include "int8.h"

enum {
	FN(PER_BLOCK) = INT8_BLOCK / V, // vectors
	FN(INT8_CHUNK) = 64 << 10,      // bytes of weights in a chunk, about
};
#define PER_BLOCK FN(PER_BLOCK)

typedef int8_t FN(bytes) __attribute__((vector_size(VBYTES / sizeof(T)), aligned(1), may_alias));

typedef struct {
	const int8_args *q;
	long groups, group_bytes; // of a row of A; of a group of it
	long row_x;               // bytes from one rounded row of A to the next
	int8_t *x;                // A in 8 bits
	float *scale_x;           // m by groups
	int32_t *offset;          // m by groups: takes INT8_OFFSET back
	long step;                // blocks in a chunk
} FN(int8_job);

// round_group rounds a group of A to 8 bits: the greatest magnitude becomes 127. Zeros follow up to a multiple of four; what is
// written behind those is overwritten by the next group, or nobody's. A number that is not finite makes the scale NaN. All levels
// round the same way.
static void FN(round_group)(const float *from, long group, int8_t *to, float *scale, int32_t *offset) {
	VEC most = {0}, wrong = {0};
	for (long p = 0; p < group; p += V) {
		VEC v = FN(load)(from + p, FN(min)(V, group - p)), abs = (VEC)((FN(ivec))v & 0x7fffffff);
		most = FN(select)(abs > most, abs, most);
		wrong += v * 0;
	}
	float greatest = 0;
	for (int i = 0; i < V; i++)
		greatest = most[i] > greatest ? most[i] : greatest;
	*scale = greatest / 127 + SUM(wrong);
	const float rounder = 12582912.0f, inverse = greatest > 1e-36f && greatest < 1e38f ? 127 / greatest : 0;
	FN(ivec) sum = {0};
	for (long p = 0; p < group; p += V) {
		VEC v = FN(load)(from + p, FN(min)(V, group - p));
		FN(ivec) q = (FN(ivec))(FN(rounded)(v * inverse) + rounder) - 0x4b400000;
		*(FN(bytes) *)(to + p) = __builtin_convertvector(q, FN(bytes));
		sum += q;
	}
	*offset = 0;
	for (int i = 0; i < V; i++)
		*offset -= INT8_OFFSET * sum[i];
}

static void FN(round_chunk)(void *arg, int i) {
	const FN(int8_job) *j = arg;
	const float *from = (const float *)j->q->g.a + i * j->q->g.s.lda;
	for (long p = 0; p < j->groups; p++)
		FN(round_group)(from + p * j->q->group, j->q->group, j->x + i * j->row_x + p * j->group_bytes,
		                j->scale_x + i * j->groups + p, j->offset + i * j->groups + p);
}

ALWAYS int32_t FN(four)(const int8_t *x) {
	int32_t v;
	memcpy(&v, x, sizeof v);
	return v;
}

// int8_fours adds four products of mr rows of A and each row of a block.
ALWAYS void FN(int8_fours)(const int mr, const int8_t *w, const int8_t *x, long row_x, int8_vec dots[8][PER_BLOCK]) {
	UNROLL for (int b = 0; b < PER_BLOCK; b++) {
		int8_vec v;
		memcpy(&v, w + b * VBYTES, sizeof v);
		v = int8_weights(v);
		UNROLL for (int i = 0; i < mr; i++) dots[i][b] = int8_dot(dots[i][b], v, FN(four)(x + i * row_x));
	}
}

// int8_rows computes sums[i*16 + r], the products of mr rows of A, a constant where it is used, and the rows of a block.
ALWAYS void FN(int8_rows)(const int mr, const FN(int8_job) *j, const int8_t *w, const float *scales, long row, float *sums) {
	const int8_t *x = j->x + row * j->row_x;
	const float *scale_x = j->scale_x + row * j->groups;
	const int32_t *offset = j->offset + row * j->groups;
	VEC sum[8][PER_BLOCK];
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int b = 0; b < PER_BLOCK; b++) sum[i][b] = (VEC){0};
	for (long p = 0; p < j->groups; p++, scales += INT8_BLOCK) {
		int8_vec dots[8][PER_BLOCK], more[8][PER_BLOCK];
		UNROLL for (int i = 0; i < mr; i++) UNROLL for (int b = 0; b < PER_BLOCK; b++) {
			dots[i][b] = (int8_vec)((FN(ivec)){0} + offset[i * j->groups + p]);
			more[i][b] = (int8_vec)(FN(ivec)){0};
		}
		long bytes = j->group_bytes;
		if (mr <= 2) // two chains of sums, where the processor would wait for one
			for (; bytes >= 8; bytes -= 8, x += 8, w += 8 * INT8_BLOCK) {
				FN(int8_fours)(mr, w, x, j->row_x, dots);
				FN(int8_fours)(mr, w + 4 * INT8_BLOCK, x + 4, j->row_x, more);
			}
		for (; bytes > 0; bytes -= 4, x += 4, w += 4 * INT8_BLOCK)
			FN(int8_fours)(mr, w, x, j->row_x, dots);
		UNROLL for (int i = 0; i < mr; i++) UNROLL for (int b = 0; b < PER_BLOCK; b++)
			sum[i][b] += __builtin_convertvector((FN(ivec))dots[i][b] + (FN(ivec))more[i][b], VEC) * (*(const VEC_ANY *)(scales + b * V) * scale_x[i * j->groups + p]);
	}
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int b = 0; b < PER_BLOCK; b++) *(VEC_ANY *)(sums + i * INT8_BLOCK + b * V) = sum[i][b];
}

// int8_some computes the sums of up to INT8_ROWS rows and returns how many it took.
static long FN(int8_some)(const FN(int8_job) *j, const int8_t *w, const float *scales, long row, long rows, float *sums) {
#if INT8_ROWS >= 8
	if (rows >= 8) {
		FN(int8_rows)(8, j, w, scales, row, sums);
		return 8;
	}
#endif
#if INT8_ROWS >= 4
	if (rows >= 4) {
		FN(int8_rows)(4, j, w, scales, row, sums);
		return 4;
	}
#endif
	if (rows >= 2) {
		FN(int8_rows)(2, j, w, scales, row, sums);
		return 2;
	}
	FN(int8_rows)(1, j, w, scales, row, sums);
	return 1;
}

static void FN(int8_block)(const FN(int8_job) *j, long block, const int8_t *w, const float *scales) {
	const gemm_args *g = &j->q->g;
	float sums[INT8_ROWS * INT8_BLOCK] __attribute__((aligned(VBYTES)));
	long from = block * INT8_BLOCK, cols = FN(min)(INT8_BLOCK, g->s.n - from);
	for (long i = 0, some; i < g->s.m; i += some) {
		some = FN(int8_some)(j, w, scales, i, g->s.m - i, sums);
		FN(finish)(g, sums, INT8_BLOCK, i, from, some, cols, 1, g->s.alpha, g->s.beta);
	}
}

// int8_pack_here packs a block of weights, the usual one fast: numbers of 4 bytes are turned.
static void FN(int8_pack_here)(const int8_args *q, long row, int8_t *packed, float *scales) {
	const int8_t *w = q->w + row * q->row_w;
	const float *from = q->scales + row * (q->g.s.k / q->group);
	long rows = q->g.s.n - row, k = q->g.s.k / 4, lane = q->row_w / 4;
	if (rows < INT8_BLOCK || q->group % 4 != 0 || q->row_w % 4 != 0 || (uintptr_t)w % 4 != 0) {
		int8_pack_block(rows, q->g.s.k, q->group, q->row_w, w, from, packed, scales);
		return;
	}
	int8_pack_scales(INT8_BLOCK, q->g.s.k / q->group, from, scales);
	for (long r = 0; r < INT8_BLOCK; r += TURN_F32) {
		const float *fours = (const float *)w + r * lane;
		float *to = (float *)packed + r;
		long p = 0;
		for (; p + TURN_F32 <= k; p += TURN_F32)
			turn_f32(to + p * INT8_BLOCK, INT8_BLOCK, fours + p, lane);
		for (; p < k; p++)
			for (long i = 0; i < TURN_F32; i++)
				memcpy(to + p * INT8_BLOCK + i, fours + i * lane + p, 4);
	}
}

static void FN(int8_chunk)(void *arg, int chunk) {
	const FN(int8_job) *j = arg;
	const int8_args *q = j->q;
	long block_bytes = j->groups * j->group_bytes * INT8_BLOCK, block_scales = j->groups * INT8_BLOCK;
	int8_t *own = pool_scratch(SCRATCH_OWN, block_bytes + block_scales * sizeof(float));
	float *own_scales = (float *)(own + block_bytes);
	long end = FN(min)((chunk + 1) * j->step, FN(over)(q->g.s.n, INT8_BLOCK));
	for (long b = chunk * j->step; b < end; b++) {
		FN(int8_pack_here)(q, b * INT8_BLOCK, own, own_scales);
		FN(int8_block)(j, b, own, own_scales);
	}
}

#include "int8_thin.h"

void FN(int8)(const int8_args *q) {
	const gemm_shape *s = &q->g.s;
	FN(int8_job) j = {.q = q, .groups = s->k / q->group, .group_bytes = int8_group_bytes(q->group)};
	int threads = (double)s->m * s->n * s->k < 200e3 ? 1 : pool_threads();
	long bytes = j.groups * j.group_bytes;
	j.row_x = (bytes + 2 * VBYTES) / VBYTES * VBYTES;
	char *kept = pool_scratch(SCRATCH_KEPT, s->m * (j.row_x + j.groups * (sizeof *j.scale_x + sizeof *j.offset)));
	j.x = (int8_t *)kept;
	j.scale_x = (float *)(kept + s->m * j.row_x);
	j.offset = (int32_t *)(j.scale_x + s->m * j.groups);
	FN(run)(s->m < 8 ? 1 : threads, FN(round_chunk), &j, s->m);
	if (FN(int8_thin)(&j, threads))
		return;
	long blocks = FN(over)(s->n, INT8_BLOCK), least = FN(INT8_CHUNK) / (bytes * INT8_BLOCK), fair = FN(over)(blocks, 8 * threads);
	j.step = s->m < 8 && least > fair ? least : fair;
	FN(run)(threads, FN(int8_chunk), &j, FN(over)(blocks, j.step));
}

#undef PER_BLOCK
