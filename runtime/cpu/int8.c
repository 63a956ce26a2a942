#include "int8.h"

#include <string.h>

#include "level.h"
#include "pool.h"

typedef void (*int8_func)(const int8_args *q);

static int8_func func(void) {
#if defined(__x86_64__)
	if (cpu_uses(CPU_AVX512_VNNI))
		return int8_avx512_f32;
	if (cpu_uses(CPU_AVX2))
		return int8_avx2_f32;
#elif defined(__aarch64__)
	if (cpu_uses(CPU_NEON_DOTPROD))
		return int8_neon_f32;
#endif
	return int8_generic_f32;
}

void cpu_int8_gemm(const gemm_shape *s, long group, long row_w, const float *a, const int8_t *w, const float *scales, float *c,
                   const float *bias, float *pre, const float *residual) {
	int8_args q = {.g = {*s, a, NULL, c, bias, pre, residual}, .w = w, .scales = scales, .row_w = row_w, .group = group};
	func()(&q);
}

// pack_group packs one group of a block: numbers p..p+group of its rows.
static void pack_group(long rows, long group, long row_w, const int8_t *w, int8_t *packed) {
	for (long r = 0; r < rows; r++, w += row_w, packed += 4) {
		long t = 0;
		for (; t + 4 <= group; t += 4)
			memcpy(packed + t * INT8_BLOCK, w + t, 4);
		memcpy(packed + t * INT8_BLOCK, w + t, group - t);
	}
}

void int8_pack_block(long rows, long k, long group, long row_w, const int8_t *w, const float *scales, int8_t *packed, float *packed_scales) {
	long groups = k / group, bytes = int8_group_bytes(group) * INT8_BLOCK;
	rows = rows < INT8_BLOCK ? rows : INT8_BLOCK;
	if (rows < INT8_BLOCK || group % 4 != 0)
		memset(packed, 0, groups * bytes);
	for (long i = 0; i < groups; i++)
		pack_group(rows, group, row_w, w + i * group, packed + i * bytes);
	int8_pack_scales(rows, groups, scales, packed_scales);
}

void int8_pack_scales(long rows, long groups, const float *scales, float *packed_scales) {
	for (long i = 0; i < groups; i++)
		for (long r = 0; r < INT8_BLOCK; r++)
			packed_scales[i * INT8_BLOCK + r] = r < rows ? scales[r * groups + i] : 0;
}
