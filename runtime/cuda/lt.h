// Matrix products by cublasLt, where that library is found.
#ifndef RESIDENT_CUDA_LT_H
#define RESIDENT_CUDA_LT_H

#include "driver.h"

// lt_shape is what a product's plan depends on: everything but addresses and factors. Matrices are in the library's order, by columns.
struct lt_shape {
	int32_t type_ab, type_d, compute;  // cudaDataType and cublasComputeType_t
	int32_t trans_a, trans_b, epilogue; // cublasLtEpilogue_t
	int64_t m, n, k, lda, ldb, ldc, ldd, ld_aux;
	int64_t batch, step_a, step_b, step_c, step_d;
	uint32_t align_a, align_b, align_c, align_d; // of the addresses, in bytes
};

// lt_call is a product to be run.
struct lt_call {
	uint64_t plan;
	uint64_t a, b, c, d, bias, aux;
	double alpha, beta;
};

const char *lt_load(const char *path); // returns what dlopen has against it, or NULL
size_t lt_version(void);
int lt_open(struct session *s);
// lt_plan finds an algorithm for a shape. It returns a status of cublas.
int lt_plan(const struct lt_shape *shape, uint64_t *plan);
// lt_run runs a product in a stream. It returns a result code of the driver: 999 (unknown) for what has none.
int lt_run(const struct lt_call *call, void *stream);

#endif
