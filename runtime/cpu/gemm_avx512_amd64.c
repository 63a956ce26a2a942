#include "target.h"

TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")
#define ISA avx512
#define VBYTES 64
// 8 rows of 3 vectors: 24 sums, 3 vectors of B and one number of A, of 32 registers. Tiles of 14 rows of 2 vectors are as
// fast inside, but rows by 8 and columns by 48 leave no remainder in models' usual shapes.
#define MR 8
#define NV 3
#define DIRECT_A 1
#include "vector_avx.h"
#include "gemm_level.h"
TARGET_END
