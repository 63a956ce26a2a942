#include "target.h"

TARGET_BEGIN("avx2,fma,f16c")
#define ISA avx2
#define VBYTES 32
// 6 rows of 2 vectors: 12 sums, 2 vectors of B and one number of A, of 16 registers.
#define MR 6
#define NV 2
#define DIRECT_A 1
#include "vector_avx.h"
#include "gemm_level.h"
TARGET_END
