#include "level.h"

#if defined(__x86_64__)
#include <cpuid.h>

// xcr0 is what the system saves of the vector registers when it switches threads. Bits 1 and 2: up to 256 bits wide; bits 5
// to 7: the masks and all of AVX-512. (Intel SDM, volume 1, 13.3 and 15.2)
static unsigned xcr0(void) {
	unsigned low, high;
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static unsigned detect(void) {
	enum { XMM_YMM = 0x6, ZMM = 0xe0 };
	enum { FMA = 1 << 12, OSXSAVE = 1 << 27, AVX = 1 << 28, F16C = 1 << 29 }; // leaf 1, ecx
	enum { AVX2 = 1 << 5, F = 1 << 16, DQ = 1 << 17, BW = 1 << 30 };          // leaf 7, ebx
	const unsigned VL = 1u << 31, VNNI = 1 << 11, BF16 = 1 << 5;             // leaf 7, ebx, ecx; leaf 7.1, eax
	unsigned a, b, c, d, a1, b7, c7, found = 0;
	const unsigned avx = FMA | OSXSAVE | AVX | F16C, avx512 = F | DQ | BW | VL;
	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & avx) != avx || (xcr0() & XMM_YMM) != XMM_YMM)
		return 0;
	if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d) || !(b7 & AVX2))
		return 0;
	found = CPU_AVX2;
	if ((b7 & avx512) != avx512 || (xcr0() & ZMM) != ZMM)
		return found;
	found |= CPU_AVX512;
	if (c7 & VNNI)
		found |= CPU_AVX512_VNNI;
	if (a >= 1 && __get_cpuid_count(7, 1, &a1, &b, &c, &d) && (a1 & BF16))
		found |= CPU_AVX512_BF16;
	return found;
}

#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
#endif

static unsigned detect(void) {
	unsigned found = CPU_NEON;
#if defined(__linux__)
	enum { HWCAP_DOT = 1 << 20 }; // asimddp
	if (getauxval(AT_HWCAP) & HWCAP_DOT)
		found |= CPU_NEON_DOTPROD;
#elif defined(__APPLE__)
	found |= CPU_NEON_DOTPROD; // every Apple processor with 64 bits that runs macOS
#endif
	return found;
}

#else
static unsigned detect(void) { return 0; }
#endif

// Both are set once, while the package is initialised, and in tests.
static unsigned features;
static enum cpu_level level;

__attribute__((constructor)) static void init(void) {
	features = detect();
	level = cpu_best_level();
}

unsigned cpu_features(void) { return features; }

enum cpu_level cpu_best_level(void) {
	if (features & CPU_AVX512)
		return LEVEL_AVX512;
	if (features & CPU_AVX2)
		return LEVEL_AVX2;
	return features & CPU_NEON ? LEVEL_NEON : LEVEL_GENERIC;
}

enum cpu_level cpu_level(void) { return level; }
void cpu_set_level(enum cpu_level l) { level = l; }

int cpu_uses(unsigned feature) {
	switch (level) {
	case LEVEL_AVX512:
		return (features & feature) != 0;
	case LEVEL_AVX2:
		return (features & feature & CPU_AVX2) != 0;
	case LEVEL_NEON:
		return (features & feature) != 0;
	default:
		return 0;
	}
}
