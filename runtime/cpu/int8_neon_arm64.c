#include "target.h"

#if defined(__clang__)
TARGET_BEGIN("dotprod")
#else
TARGET_BEGIN("arch=armv8.2-a+dotprod")
#endif
#include <arm_neon.h>

#define ISA neon
#define VBYTES 16
#include "vector_plain.h"

typedef int32x4_t int8_vec;
#define INT8_ROWS 2
#define INT8_OFFSET 0

static inline int8_vec int8_weights(int8_vec w) { return w; }
static inline int8_vec int8_dot(int8_vec sum, int8_vec w, int32_t x) {
	return vdotq_s32(sum, vreinterpretq_s8_s32(w), vreinterpretq_s8_s32(vdupq_n_s32(x)));
}

typedef int32x4_t int8_sums;

static inline int8_sums int8_run(int8_sums sum, const int8_t *w, const int8_t *x) {
	return vdotq_s32(vdotq_s32(sum, vld1q_s8(w), vld1q_s8(x)), vld1q_s8(w + 16), vld1q_s8(x + 16));
}

#define HAS_EPILOGUE 1
#include "gemm.h"
#include "vector_f32.h"
#include "gemm_epilogue.h"
#include "int8_kernels.h"
#include "vector_end.h"
TARGET_END
