// Products of few rows of A with weights of 8 bits, which are read once, where they lie: what counts is to read them at the memory's full
// speed. A template on int8_kernels.h. The including file says how 32 products are summed in a vector:
//
//	int8_sums           integers, 4 or 8
//	int8_run(sum, w, x) sum plus the products of 32 bytes at w and x, each in some place of it

enum {
	FN(INT8_RUN) = 32,    // products at a time
	FN(INT8_GROUPS) = 64, // groups whose scales are multiplied at a time
	FN(INT8_THIN) = 3,    // rows that count as few
	FN(SPAN) = 1024,      // columns whose sums are finished at a time
	FN(LANES) = sizeof(int8_sums) / sizeof(int32_t),
};

typedef float FN(lanes) __attribute__((vector_size(sizeof(int8_sums))));
typedef float FN(four_lanes) __attribute__((vector_size(16)));
typedef int32_t FN(ilanes) __attribute__((vector_size(sizeof(int8_sums))));

ALWAYS float FN(total)(FN(lanes) v) {
	FN(four_lanes) sum, more;
	memcpy(&sum, &v, sizeof sum);
	if (FN(LANES) == 8) {
		memcpy(&more, (char *)&v + sizeof v - sizeof more, sizeof more);
		sum += more;
	}
	return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

// int8_side is what is computed side by side: mr rows of A and nw columns that lie apart.
typedef struct {
	const int8_t *x, *w;
	const float *scale_x, *scale_w;
	const int32_t *offset;
	long row_x, row_w, row_scale, groups, group;
} FN(int8_side);

// int8_scales multiplies the scales of n groups from p on, at most INT8_GROUPS. What is written behind them is not used.
ALWAYS void FN(int8_scales)(const int mr, const int nw, const FN(int8_side) *s, long p, long n, float scales[4][FN(INT8_GROUPS)]) {
	for (long t = 0; t < n; t += V) {
		long some = FN(min)(V, n - t);
		UNROLL for (int i = 0; i < mr; i++) UNROLL for (int c = 0; c < nw; c++)
			*(VEC_ANY *)(scales[i * nw + c] + t) = FN(load)(s->scale_x + i * s->groups + p + t, some) * FN(load)(s->scale_w + c * s->row_scale + p + t, some);
	}
}

// int8_add adds the products of n groups from p on. once says that a group is one run.
ALWAYS void FN(int8_add)(const int mr, const int nw, const int once, const FN(int8_side) *s, long p, long n, FN(lanes) sum[4]) {
	float scales[4][FN(INT8_GROUPS)] __attribute__((aligned(VBYTES)));
	FN(int8_scales)(mr, nw, s, p, n, scales);
	const long group = once ? FN(INT8_RUN) : s->group;
	const int8_t *x = s->x + p * group, *w = s->w + p * group;
	for (long g = 0; g < n; g++) {
		FN(ilanes) dots[4];
		UNROLL for (int i = 0; i < mr; i++) UNROLL for (int c = 0; c < nw; c++) dots[i * nw + c] = (FN(ilanes)){INT8_OFFSET ? s->offset[i * s->groups + p + g] : 0};
		const int8_t *end = x + group;
		do {
			UNROLL for (int c = 0; c < nw; c++) UNROLL for (int i = 0; i < mr; i++)
				dots[i * nw + c] = (FN(ilanes))int8_run((int8_sums)dots[i * nw + c], w + c * s->row_w, x + i * s->row_x);
			x += FN(INT8_RUN), w += FN(INT8_RUN);
		} while (!once && x < end);
		UNROLL for (int i = 0; i < mr * nw; i++) sum[i] += __builtin_convertvector(dots[i], FN(lanes)) * scales[i][g];
	}
}

// int8_dots computes sums[i*SPAN + c*apart]. mr, nw and once are constants where it is used.
ALWAYS void FN(int8_dots)(const int mr, const int nw, const int once, const FN(int8_job) *j, long col, long apart, float *sums) {
	const int8_args *q = j->q;
	const FN(int8_side) s = {
		.x = j->x, .row_x = j->row_x, .w = q->w + col * q->row_w, .row_w = apart * q->row_w,
		.scale_x = j->scale_x, .scale_w = q->scales + col * j->groups, .row_scale = apart * j->groups,
		.offset = j->offset, .groups = j->groups, .group = q->group,
	};
	FN(lanes) sum[4];
	UNROLL for (int i = 0; i < mr * nw; i++) sum[i] = (FN(lanes)){0};
	for (long p = 0; p < j->groups; p += FN(INT8_GROUPS))
		FN(int8_add)(mr, nw, once, &s, p, FN(min)(FN(INT8_GROUPS), j->groups - p), sum);
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int c = 0; c < nw; c++) sums[i * FN(SPAN) + c * apart] = FN(total)(sum[i * nw + c]);
}

// int8_columns computes the sums of some columns for mr rows. The nw that are computed side by side lie apart: the processor reads ahead in several runs,
// if they are not in one page.
ALWAYS void FN(int8_columns)(const int mr, const int nw, const int once, const FN(int8_job) *j, long col, long cols, float *sums) {
	long apart = cols / nw;
	for (long c = 0; c < apart; c++)
		FN(int8_dots)(mr, nw, once, j, col + c, apart, sums + c);
	for (long c = apart * nw; c < cols; c++)
		FN(int8_dots)(mr, 1, once, j, col + c, 0, sums + c);
}

ALWAYS void FN(int8_span)(const int once, const FN(int8_job) *j, long col, long cols, float *sums) {
	const long large = 1 << 20; // a matrix of that size belongs to weights that are not in the cache, and memory is at its best with two runs
	const gemm_shape *s = &j->q->g.s;
	switch (s->m) {
	case 1:
		if (s->n * s->k >= large)
			FN(int8_columns)(1, 2, once, j, col, cols, sums);
		else
			FN(int8_columns)(1, 4, once, j, col, cols, sums);
		break;
	case 2:
		FN(int8_columns)(2, 2, once, j, col, cols, sums);
		break;
	default:
		FN(int8_columns)(3, 1, once, j, col, cols, sums);
	}
}

static void FN(int8_thin_chunk)(void *arg, int chunk) {
	const FN(int8_job) *j = arg;
	const gemm_args *g = &j->q->g;
	float sums[FN(INT8_THIN) * FN(SPAN)] __attribute__((aligned(VBYTES)));
	long end = FN(min)((chunk + 1) * j->step, g->s.n), span = g->s.m == 1 ? FN(INT8_THIN) * FN(SPAN) : FN(SPAN); // one row may take all the room: long runs
	for (long col = chunk * j->step; col < end; col += span) {
		long cols = FN(min)(span, end - col);
		if (j->q->group == FN(INT8_RUN))
			FN(int8_span)(1, j, col, cols, sums);
		else
			FN(int8_span)(0, j, col, cols, sums);
		FN(finish)(g, sums, FN(SPAN), 0, col, g->s.m, cols, 1, g->s.alpha, g->s.beta);
	}
}

// int8_thin multiplies if there are few rows and groups are whole runs, and reports whether it did.
static int FN(int8_thin)(FN(int8_job) *j, int threads) {
	const gemm_shape *s = &j->q->g.s;
	if (s->m > FN(INT8_THIN) || j->q->group % FN(INT8_RUN) != 0)
		return 0;
	long least = FN(INT8_CHUNK) / s->k, fair = FN(over)(s->n, 4 * threads);
	j->step = FN(over)(least > fair ? least : fair, 4) * 4;
	FN(run)(threads, FN(int8_thin_chunk), j, FN(over)(s->n, j->step));
	return 1;
}
