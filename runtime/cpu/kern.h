// Operations on arrays other than products: what the kernels of each level of instruction sets and Go share.
#ifndef RESIDENT_CPU_KERN_H
#define RESIDENT_CPU_KERN_H

#include <stdint.h>

// The types of elements, numbered as in package device.
enum { TYPE_F32, TYPE_F64, TYPE_BF16, TYPE_I32, TYPE_I8 };

// The functions, numbered as in package device.
enum {
	UNARY_NEG, UNARY_ABS, UNARY_SIGN, UNARY_EXP, UNARY_LOG, UNARY_SQRT, UNARY_SQUARE, UNARY_RECIPROCAL, UNARY_SIN, UNARY_COS, UNARY_TANH,
	UNARY_SIGMOID, UNARY_RELU, UNARY_GELU, UNARY_GELU_TANH, UNARY_SILU, UNARY_FLOOR, UNARY_CEIL, UNARY_ROUND, UNARY_AFFINE, UNARY_POWER,
	UNARY_CLAMP
};
enum {
	BINARY_ADD, BINARY_SUB, BINARY_MUL, BINARY_DIV, BINARY_POW, BINARY_MAXIMUM, BINARY_MINIMUM, BINARY_EQ, BINARY_NE, BINARY_LT, BINARY_LE,
	BINARY_GT, BINARY_GE, BINARY_RELU_GRAD, BINARY_GELU_GRAD, BINARY_GELU_TANH_GRAD, BINARY_SILU_GRAD, BINARY_TANH_GRAD, BINARY_SIGMOID_GRAD
};
enum { REDUCE_SUM, REDUCE_MEAN, REDUCE_SUM_SQUARES, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN };

// Families of operations: what call.family says.
enum {
	FAMILY_UNARY, FAMILY_BINARY, FAMILY_WHERE, FAMILY_COPY, FAMILY_FILL, FAMILY_RANDOM, FAMILY_DROPOUT, FAMILY_ADAMW, FAMILY_SGD,
	FAMILY_SOFTMAX, FAMILY_SOFTMAX_GRAD, FAMILY_NORM, FAMILY_NORM_GRAD, FAMILY_CROSS_ENTROPY, FAMILY_REDUCE, FAMILY_ATTENTION,
	FAMILY_ATTENTION_GRAD, FAMILY_ROTARY, FAMILY_GATHER, FAMILY_SCATTER_ADD,
	FAMILIES
};

enum { KERN_DIMS = 5, KERN_OPERANDS = 9 };

// kern_operand is an array as rows along the innermost dimension. Distances are in elements.
typedef struct {
	uintptr_t at; // address of the first element; 0: the operand is left out
	int64_t type;
	int64_t inner;            // from one element of a row to the next
	int64_t outer[KERN_DIMS]; // along the dimensions around it, the outermost first
} kern_operand;

// kern_call is an operation: what Go has worked out about it.
typedef struct {
	int64_t family, op;
	int64_t n, rows; // elements of a row; the product of shape
	int64_t dims;
	int64_t shape[KERN_DIMS]; // of the dimensions around rows
	int64_t log, rms, causal, normal, nesterov, inverse; // switches of single operations
	int64_t from, table;                  // the first position; how many rows a table has
	int64_t window;                       // how many keys a query sees at most; 0: no limit
	int64_t along;                        // rows are reduced to a number, else added to each other
	int64_t part_dims, part_shape[KERN_DIMS]; // dimensions to reduce around those; operand 2 has the distances
	double p, q;               // parameters, named by the operation
	double lr, beta1, beta2, eps, decay, scale, bias2;
	uint64_t seed, stream;
	int64_t bad; // set by the kernel: the place of the first index that is out of range, from 1
	kern_operand v[KERN_OPERANDS];
} kern_call;

typedef void (*kern_func)(kern_call *c);

// kern_run runs an operation with the kernels of the level in use, on the pool where it is worth it.
void kern_run(kern_call *c);

// The kernels of each level, by family.
extern const kern_func kern_generic[FAMILIES], kern_neon[FAMILIES], kern_avx2[FAMILIES], kern_avx512[FAMILIES];

#endif
