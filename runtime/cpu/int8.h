// Products with weights of 8 bits: C = A Wᵀ + ..., where W is n by k and each group of its numbers has a scale.
//
// The rows of A are rounded to 8 bits on the way in, by a scale for each group. So a group's product is a sum of integers, which is
// exact, times two scales.
//
// Few rows of A take the weights from where they lie. For more of them weights are packed on the way, in blocks of 16 rows. A block
// holds for each group, and in it for each four of its numbers, those four of the first row, of the second and so on: 64 bytes, whose
// dot products with four numbers of A are the work of one instruction. A group whose length is no multiple of four ends in zeros, and so
// does the last block. The scales of a block are in the same order: for each group those of its 16 rows.
#ifndef RESIDENT_CPU_INT8_H
#define RESIDENT_CPU_INT8_H

#include <stdint.h>

#include "gemm.h"

enum { INT8_BLOCK = 16 };

typedef struct {
	gemm_args g; // a is float; b, ldb and flags are not used, batch is 1
	const int8_t *w;
	const float *scales;
	long row_w; // from row to row
	long group; // divides k
} int8_args;

// int8_group_bytes is what a group of weights takes in each row of a block.
static inline long int8_group_bytes(long group) { return (group + 3) / 4 * 4; }

// cpu_int8_gemm multiplies. Scales are n by k/group.
void cpu_int8_gemm(const gemm_shape *s, long group, long row_w, const float *a, const int8_t *w, const float *scales, float *c,
                   const float *bias, float *pre, const float *residual);

// int8_pack_block packs the 16 rows that start at w, of which rows are there.
void int8_pack_block(long rows, long k, long group, long row_w, const int8_t *w, const float *scales, int8_t *packed, float *packed_scales);

// int8_pack_scales packs their scales alone.
void int8_pack_scales(long rows, long groups, const float *scales, float *packed_scales);

// The kernels of each level.
void int8_generic_f32(const int8_args *q);
void int8_neon_f32(const int8_args *q);
void int8_avx2_f32(const int8_args *q);
void int8_avx512_f32(const int8_args *q);

#endif
