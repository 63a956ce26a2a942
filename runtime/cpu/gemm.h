// Matrix products: what the driver, the kernels of each level of instruction sets, and Go share.
//
// All matrices are row-major. C = alpha op(A) op(B) + beta C, where op(A) is m by k, op(B) k by n and C m by n.
#ifndef RESIDENT_CPU_GEMM_H
#define RESIDENT_CPU_GEMM_H

// The HALF operands of cpu_bgemm are bfloat16.
enum { GEMM_TRANS_A = 1, GEMM_TRANS_B = 2, GEMM_A_HALF = 4, GEMM_B_HALF = 8 };
// What is done to a product before it is stored: C = residual + act(C + bias). pre keeps what went into act.
enum gemm_act { ACT_NONE, ACT_GELU, ACT_RELU, ACT_SILU };

typedef struct {
	long m, n, k;
	long lda, ldb, ldc, ld_pre, ld_residual; // elements from row to row
	long batch, step_a, step_b, step_c;      // how many products, elements from one to the next; 0 is the same operand again
	double alpha, beta;                      // beta 0: C is not read
	int flags;
	enum gemm_act act;
} gemm_shape;

typedef struct {
	gemm_shape s;
	const void *a, *b;
	void *c;
	const float *bias;     // n numbers, or NULL
	float *pre;            // m by n, or NULL
	const float *residual; // m by n, or NULL
} gemm_args;

// cpu_sgemm and cpu_dgemm multiply with the kernels of the level in use, on the pool. k is 1 at least; bias, pre and residual
// go with a batch of one.
void cpu_sgemm(const gemm_shape *s, const float *a, const float *b, float *c, const float *bias, float *pre, const float *residual);
void cpu_dgemm(const gemm_shape *s, const double *a, const double *b, double *c);

// cpu_bgemm multiplies when A, B or both are bfloat16, as the flags say. Products are exact and summed as float; where the
// processor has an instruction for two products of bfloat16 at a time, it takes numbers below 2^-126 for 0.
void cpu_bgemm(const gemm_shape *s, const void *a, const void *b, float *c, const float *bias, float *pre, const float *residual);

// The kernels of each level. avx512bf16 multiplies pairs of bfloat16 (gemm_pairs.h).
void gemm_generic_f32(const gemm_args *g);
void gemm_generic_f64(const gemm_args *g);
void gemm_neon_f32(const gemm_args *g);
void gemm_neon_f64(const gemm_args *g);
void gemm_avx2_f32(const gemm_args *g);
void gemm_avx2_f64(const gemm_args *g);
void gemm_avx512_f32(const gemm_args *g);
void gemm_avx512bf16_f32(const gemm_args *g);
void gemm_avx512_f64(const gemm_args *g);

#endif
