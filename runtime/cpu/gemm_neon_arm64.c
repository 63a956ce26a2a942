#define ISA neon
#define VBYTES 16
// 8 rows of 3 vectors: 24 sums, 3 vectors of B and the numbers of A, of 32 registers.
#define MR 8
#define NV 3
#define DIRECT_A 0
#include "vector_plain.h"
#include "gemm_level.h"
