#include "target.h"

TARGET_BEGIN("avx2,fma,f16c")
#define ISA avx2
#define VBYTES 32
#include "vector_avx.h"
#include "kern_level.h"
TARGET_END
