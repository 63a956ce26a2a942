#include "target.h"

TARGET_BEGIN("avx2,fma,f16c")
#define ISA avx2
#define VBYTES 32
#include "vector_avx.h"

typedef __m256i int8_vec;
#define INT8_ROWS 2
#define INT8_OFFSET 0

static inline int8_vec int8_weights(int8_vec w) { return w; }

// The instruction multiplies unsigned by signed bytes and adds two products in 16 bits: magnitudes of weights, up to 127, keep that from
// overflowing, and their signs go to the other factor.
static inline __m256i fours(__m256i sum, __m256i w, __m256i x) {
	__m256i twos = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
	return _mm256_add_epi32(sum, _mm256_madd_epi16(twos, _mm256_set1_epi16(1)));
}

static inline int8_vec int8_dot(int8_vec sum, int8_vec w, int32_t x) { return fours(sum, w, _mm256_set1_epi32(x)); }

static inline int8_vec int8_load(const int8_t *from, const int bytes) {
	(void)bytes; // always 32
	return _mm256_loadu_si256((const __m256i *)from);
}

static inline int8_vec int8_add(int8_vec sum, int8_vec w, int8_vec x) { return fours(sum, w, x); }

#define HAS_EPILOGUE 1
#include "gemm.h"
#include "vector_f32.h"
#include "gemm_epilogue.h"
#include "int8_kernels.h"
#include "vector_end.h"
TARGET_END
