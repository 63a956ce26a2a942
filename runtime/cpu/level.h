// What the processor has, and which of it the kernels use.
#ifndef RESIDENT_CPU_LEVEL_H
#define RESIDENT_CPU_LEVEL_H

// The levels of instruction sets that kernels are written for. A machine has one line of them: generic and neon, or
// generic, avx2 and avx512.
enum cpu_level { LEVEL_GENERIC, LEVEL_NEON, LEVEL_AVX2, LEVEL_AVX512 };

// Bits of cpu_features.
enum {
	CPU_AVX2 = 1,         // AVX2, FMA and F16C
	CPU_AVX512 = 2,       // AVX-512 F, BW, VL and DQ
	CPU_AVX512_VNNI = 4,  // dot products of bytes
	CPU_AVX512_BF16 = 8,  // dot products of bfloat16
	CPU_NEON = 16,        // Advanced SIMD of ARMv8
	CPU_NEON_DOTPROD = 32 // dot products of bytes
};

// cpu_features is what the processor has and the system has switched on.
unsigned cpu_features(void);

// cpu_best_level is the highest level that the machine has.
enum cpu_level cpu_best_level(void);

// cpu_level is the level in use: the best one, unless cpu_set_level chose a lower one.
enum cpu_level cpu_level(void);
void cpu_set_level(enum cpu_level level);

// cpu_uses reports whether kernels may use a feature: the machine has it and the level in use is not below it.
int cpu_uses(unsigned feature);

#endif
