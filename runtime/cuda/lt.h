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

// LT_STATUS is added to statuses of cublas (cublasStatus_t), which so differ from the driver's result codes.
enum { LT_STATUS = 1 << 16 };

// lt_call is a product to be run.
struct lt_call {
	uint64_t plan;
	uint64_t a, b, c, d, bias, aux;
	double alpha, beta;
};

const char *lt_load(const char *path); // returns what dlopen has against it, or NULL
size_t lt_version(void);
int lt_open(struct session *s); // anew for each context
// lt_plan finds an algorithm for a shape. It returns a status of cublas.
int lt_plan(struct session *s, const struct lt_shape *shape, uint64_t *plan);
// lt_run runs a product in the session's stream. It returns a result code of the driver, or LT_STATUS and a status of cublas.
int lt_run(struct session *s, const struct lt_call *call);

#endif
