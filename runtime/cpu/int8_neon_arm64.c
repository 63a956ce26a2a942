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

static inline int8_vec int8_load(const int8_t *from, const int bytes) {
	(void)bytes; // always 16
	return vreinterpretq_s32_s8(vld1q_s8(from));
}

static inline int8_vec int8_add(int8_vec sum, int8_vec w, int8_vec x) { return vdotq_s32(sum, vreinterpretq_s8_s32(w), vreinterpretq_s8_s32(x)); }

#define HAS_EPILOGUE 1
#include "gemm.h"
#include "vector_f32.h"
#include "gemm_epilogue.h"
#include "int8_kernels.h"
#include "vector_end.h"
TARGET_END
