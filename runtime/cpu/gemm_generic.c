#define ISA generic
#define VBYTES 16
// What every compiler makes of vectors of 16 bytes with 16 registers (SSE2): 4 rows of 2 vectors.
#define MR 4
#define NV 2
#define DIRECT_A 0
#include "vector_plain.h"
#include "gemm_level.h"
