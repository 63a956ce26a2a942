#include "target.h"

// Products of pairs of bfloat16. To packing, a pair that lies side by side along k is one number of 4 bytes; only the innermost
// operation knows better.
TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma,f16c")
#define ISA avx512bf16
#define VBYTES 64
#define MR 8
#define NV 3
#define DIRECT_A 1
#include "gemm.h"
#include "vector_avx.h"

static inline __m512 pairs_add(__m512 sum, __m512 v, float x) { return _mm512_dpbf16_ps(sum, (__m512bh)v, (__m512bh)_mm512_set1_ps(x)); }
#define MULTIPLY_ADD(sum, v, x) pairs_add(sum, v, x)
#define TURN TURN_F32
#define TURN_SQUARE turn_f32
#define KC 512
#define HAS_EPILOGUE 1
#define HAS_HALF 0
#define HAS_THIN 0
#define HAS_NARROW 0
#include "vector_f32.h"
#include "gemm_epilogue.h"
#include "gemm_tile.h"
#include "gemm_driver.h"
#include "gemm_entry.h"
#include "gemm_end.h"
TARGET_END
