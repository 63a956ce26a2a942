#include "target.h"

TARGET_BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")
#define ISA avx512
#define VBYTES 64
#include "vector_avx.h"
#include "kern_level.h"
TARGET_END
