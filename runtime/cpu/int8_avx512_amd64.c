#include "target.h"

TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")
#define ISA avx512
#define VBYTES 64
#include "vector_avx.h"

typedef __m512i int8_vec;
#define INT8_ROWS 8
#define INT8_OFFSET 128

// The instruction multiplies unsigned by signed bytes. Flipping the top bit adds 128.
static inline int8_vec int8_weights(int8_vec w) { return _mm512_xor_si512(w, _mm512_set1_epi8(-128)); }
static inline int8_vec int8_dot(int8_vec sum, int8_vec w, int32_t x) { return _mm512_dpbusd_epi32(sum, w, _mm512_set1_epi32(x)); }

static inline int8_vec int8_load(const int8_t *from, const int bytes) {
	return bytes == 64 ? _mm512_loadu_si512(from) : _mm512_zextsi256_si512(_mm256_loadu_si256((const __m256i *)from));
}

static inline int8_vec int8_add(int8_vec sum, int8_vec w, int8_vec x) { return _mm512_dpbusd_epi32(sum, int8_weights(w), x); }

#define HAS_EPILOGUE 1
#include "gemm.h"
#include "vector_f32.h"
#include "gemm_epilogue.h"
#include "int8_kernels.h"
#include "vector_end.h"
TARGET_END
