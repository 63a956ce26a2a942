// Products of few rows of A with weights of 8 bits, which are read once, where they lie: what counts is to read them at the memory's full
// speed. A template on int8_kernels.h. The including file says how the products of some bytes, at most a vector of them, are summed:
//
//	int8_load(from, bytes) a vector of them; bytes is a constant, a vector's or 32
//	int8_add(sum, w, x)    sum plus the products of those of w and x, each in some place of it

enum {
	FN(INT8_RUN) = 32, // a group is a multiple of this
	FN(INT8_THIN) = 3, // rows that count as few
	FN(SPAN) = 1024,   // columns whose sums are finished at a time
};

// int8_side is what is computed side by side: mr rows of A and nw columns that lie apart.
typedef struct {
	const int8_t *x, *w;
	const float *scale_x, *scale_w;
	const int32_t *offset;
	long row_x, row_w, row_scale, groups, group;
} FN(int8_side);

ALWAYS int8_vec FN(int8_loaded)(const int8_t *from, const int bytes) { return (int8_vec)FN(loaded)((VEC)int8_load(from, bytes)); }

// int8_groups adds the products of all groups. usual is the length of a group, where that is one of the usual ones, or 0.
ALWAYS void FN(int8_groups)(const int mr, const int nw, const int usual, const FN(int8_side) *s, VEC sum[4]) {
	const int some = VBYTES > FN(INT8_RUN) && (usual == 0 || usual % VBYTES != 0) ? FN(INT8_RUN) : VBYTES;
	const long group = usual ? usual : s->group;
	const int8_t *x = s->x, *w = s->w;
	for (long g = 0; g < s->groups; g++, x += group, w += group) {
		int8_vec dots[4], xs[4];
		UNROLL for (int i = 0; i < mr; i++) UNROLL for (int c = 0; c < nw; c++)
			dots[i * nw + c] = (int8_vec)(FN(ivec)){INT8_OFFSET ? s->offset[i * s->groups + g] : 0};
		for (long at = 0; at < group; at += some) {
			UNROLL for (int i = 0; i < mr; i++) xs[i] = FN(int8_loaded)(x + i * s->row_x + at, some);
			UNROLL for (int c = 0; c < nw; c++) {
				int8_vec ws = FN(int8_loaded)(w + c * s->row_w + at, some);
				UNROLL for (int i = 0; i < mr; i++) dots[i * nw + c] = int8_add(dots[i * nw + c], ws, xs[i]);
			}
		}
		UNROLL for (int i = 0; i < mr; i++) {
			VEC scale = FN(loaded)((VEC){0} + s->scale_x[i * s->groups + g]);
			UNROLL for (int c = 0; c < nw; c++)
				sum[i * nw + c] += __builtin_convertvector((FN(ivec))dots[i * nw + c], VEC) * scale * s->scale_w[c * s->row_scale + g];
		}
	}
}

// int8_dots computes sums[i*SPAN + c*apart]. mr, nw and usual are constants where it is used.
ALWAYS void FN(int8_dots)(const int mr, const int nw, const int usual, const FN(int8_job) *j, long col, long apart, float *sums) {
	const int8_args *q = j->q;
	const FN(int8_side) s = {
		.x = j->x, .row_x = j->row_x, .w = q->w + col * q->row_w, .row_w = apart * q->row_w,
		.scale_x = j->scale_x, .scale_w = q->scales + col * j->groups, .row_scale = apart * j->groups,
		.offset = j->offset, .groups = j->groups, .group = q->group,
	};
	VEC sum[4];
	UNROLL for (int i = 0; i < mr * nw; i++) sum[i] = (VEC){0};
	FN(int8_groups)(mr, nw, usual, &s, sum);
	UNROLL for (int i = 0; i < mr; i++) UNROLL for (int c = 0; c < nw; c++) sums[i * FN(SPAN) + c * apart] = SUM(sum[i * nw + c]);
}

// int8_columns computes the sums of some columns for mr rows. The nw that are computed side by side lie apart: the processor reads ahead in several runs,
// if they are not in one page.
ALWAYS void FN(int8_columns)(const int mr, const int nw, const int usual, const FN(int8_job) *j, long col, long cols, float *sums) {
	long apart = cols / nw;
	for (long c = 0; c < apart; c++)
		FN(int8_dots)(mr, nw, usual, j, col + c, apart, sums + c);
	for (long c = apart * nw; c < cols; c++)
		FN(int8_dots)(mr, 1, usual, j, col + c, 0, sums + c);
}

ALWAYS void FN(int8_span)(const int usual, const FN(int8_job) *j, long col, long cols, float *sums) {
	const long large = 1 << 20; // a matrix of that size belongs to weights that are not in the cache, and memory is at its best with two runs
	const gemm_shape *s = &j->q->g.s;
	switch (s->m) {
	case 1:
		if (s->n * s->k >= large)
			FN(int8_columns)(1, 2, usual, j, col, cols, sums);
		else
			FN(int8_columns)(1, 4, usual, j, col, cols, sums);
		break;
	case 2:
		FN(int8_columns)(2, 2, usual, j, col, cols, sums);
		break;
	default:
		FN(int8_columns)(3, 1, usual, j, col, cols, sums);
	}
}

static void FN(int8_thin_chunk)(void *arg, int chunk) {
	const FN(int8_job) *j = arg;
	const gemm_args *g = &j->q->g;
	float sums[FN(INT8_THIN) * FN(SPAN)] __attribute__((aligned(VBYTES)));
	long end = FN(min)((chunk + 1) * j->step, g->s.n), span = g->s.m == 1 ? FN(INT8_THIN) * FN(SPAN) : FN(SPAN); // one row may take all the room: long runs
	for (long col = chunk * j->step; col < end; col += span) {
		long cols = FN(min)(span, end - col);
		switch (j->q->group) {
		case 128:
			FN(int8_span)(128, j, col, cols, sums);
			break;
		case 64:
			FN(int8_span)(64, j, col, cols, sums);
			break;
		case 32:
			FN(int8_span)(32, j, col, cols, sums);
			break;
		default:
			FN(int8_span)(0, j, col, cols, sums);
		}
		FN(finish)(g, sums, FN(SPAN), 0, col, g->s.m, cols, 1, g->s.alpha, g->s.beta);
	}
}

// int8_thin multiplies if there are few rows and groups are whole runs, and reports whether it did.
static int FN(int8_thin)(FN(int8_job) *j, int threads) {
	const gemm_shape *s = &j->q->g.s;
	if (s->m > FN(INT8_THIN) || j->q->group % FN(INT8_RUN) != 0)
		return 0;
	// One thread has one chunk: each begins its runs anew, and the processor with it to read ahead.
	long least = FN(INT8_CHUNK) / s->k, fair = threads > 1 ? FN(over)(s->n, 4 * threads) : s->n;
	j->step = FN(over)(least > fair ? least : fair, 4) * 4;
	FN(run)(threads, FN(int8_thin_chunk), j, FN(over)(s->n, j->step));
	return 1;
}
