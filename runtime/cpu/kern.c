#include "kern.h"

#include "level.h"

static const kern_func *kernels(void) {
	switch (cpu_level()) {
#if defined(__x86_64__)
	case LEVEL_AVX512:
		return kern_avx512;
	case LEVEL_AVX2:
		return kern_avx2;
#elif defined(__aarch64__)
	case LEVEL_NEON:
		return kern_neon;
#endif
	default:
		return kern_generic;
	}
}

void kern_run(kern_call *c) { kernels()[c->family](c); }
