// Vectors of T as wide as VBYTES, named after the level of instructions and the type. The template that all others stand on: they say
// which level and type they are for by ISA, VBYTES, T and TYPE, and by LOAD_PART, STORE_PART and SUM of vector_plain.h. vector_end.h
// takes the names back.
#include <stdint.h>
#include <string.h>

#include "pool.h"

#define GLUE3(a, b, c) a##_##b##_##c
#define GLUE(a, b, c) GLUE3(a, b, c)
#define FN(name) GLUE(name, ISA, TYPE)
#define UNROLL _Pragma("GCC unroll 16")
#define ALWAYS static inline __attribute__((always_inline, unused))
#define MAYBE static __attribute__((unused)) // not every file that includes a template uses all of it

enum { FN(V) = VBYTES / sizeof(T) }; // numbers in a vector
#define V FN(V)

typedef T FN(vec) __attribute__((vector_size(VBYTES), may_alias));
typedef T FN(vec_any) __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias)); // at any address
#define VEC FN(vec)
#define VEC_ANY FN(vec_any)

// load and store move the first n numbers of a vector, at most all. What is not loaded is 0.
ALWAYS VEC FN(load)(const T *from, long n) {
	if (n == V)
		return *(const VEC_ANY *)from;
	return LOAD_PART(from, n);
}

ALWAYS void FN(store)(T *to, VEC v, long n) {
	if (n == V)
		*(VEC_ANY *)to = v;
	else
		STORE_PART(to, v, n);
}

// OPAQUE makes the compiler forget how a vector came about.
#if defined(__x86_64__)
#define OPAQUE(v) __asm__("" : "+v"(v))
#elif defined(__aarch64__)
#define OPAQUE(v) __asm__("" : "+w"(v))
#else
#define OPAQUE(v) (void)0
#endif

// rounded is v, as it is: what stands before and behind it is not contracted into one instruction that rounds once.
ALWAYS VEC FN(rounded)(VEC v) {
	OPAQUE(v);
	return v;
}

// loaded is v, which comes from memory and is used several times: it is not loaded again each time. How many loads the processor can have under way
// is what limits reading from memory.
ALWAYS VEC FN(loaded)(VEC v) {
	OPAQUE(v);
	return v;
}

// at is the address of an element of a matrix of T, or of halves: numbers of 2 bytes.
ALWAYS const void *FN(at)(const void *m, const int half, long i) { return (const char *)m + i * (half ? 2 : (long)sizeof(T)); }

ALWAYS long FN(min)(long a, long b) { return a < b ? a : b; }
ALWAYS long FN(over)(long a, long b) { return (a + b - 1) / b; }

MAYBE void FN(run)(int threads, void (*fn)(void *arg, int chunk), void *arg, int chunks) {
	if (threads > 1) {
		pool_run(fn, arg, chunks);
		return;
	}
	for (int i = 0; i < chunks; i++)
		fn(arg, i);
}
