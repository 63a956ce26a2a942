#define ISA generic
#define VBYTES 16
#include "vector_plain.h"

#include <stdint.h>

typedef int32_t int8_vec __attribute__((vector_size(16)));
#define INT8_ROWS 2
#define INT8_OFFSET 0

static inline int8_vec int8_weights(int8_vec w) { return w; }

// Byte i of each four, with its sign: on a little-endian machine shifts bring it to the top and back.
static inline int8_vec int8_dot(int8_vec sum, int8_vec w, int32_t x) {
	for (int i = 0; i < 4; i++)
		sum += ((int8_vec)(w << (24 - 8 * i)) >> 24) * (int8_t)(x >> 8 * i);
	return sum;
}

static inline int8_vec int8_load(const int8_t *from, const int bytes) {
	(void)bytes; // always 16
	int8_vec v;
	memcpy(&v, from, sizeof v);
	return v;
}

static inline int8_vec int8_add(int8_vec sum, int8_vec w, int8_vec x) {
	for (int i = 0; i < 4; i++)
		sum += ((int8_vec)(w << (24 - 8 * i)) >> 24) * ((int8_vec)(x << (24 - 8 * i)) >> 24);
	return sum;
}

#define HAS_EPILOGUE 1
#include "gemm.h"
#include "vector_f32.h"
#include "gemm_epilogue.h"
#include "int8_kernels.h"
#include "vector_end.h"
