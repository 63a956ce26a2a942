// The kernels of one level of instruction sets. The including file says which: ISA, VBYTES, and what vector_plain.h defines.
#include <math.h>
#include <string.h>

#include "kern.h"
#include "pool.h"

#include "kern_math.h"
#include "kern_stage.h"
#include "kern_elementwise.h"
#include "kern_copy.h"
#include "kern_rows.h"
#include "kern_norm.h"
#include "kern_tile.h"
#include "kern_heads.h"
#include "kern_attention_few.h"
#include "kern_attention.h"
#include "kern_attention_grad.h"
#include "kern_reduce.h"
#include "kern_random.h"
#include "kern_index.h"

#define GLUE2(a, b) a##_##b
#define GLUE(a, b) GLUE2(a, b)

const kern_func GLUE(kern, ISA)[FAMILIES] = {
	[FAMILY_UNARY] = unary,
	[FAMILY_BINARY] = binary,
	[FAMILY_WHERE] = where,
	[FAMILY_COPY] = copy,
	[FAMILY_FILL] = fill,
	[FAMILY_ADAMW] = adamw,
	[FAMILY_SGD] = sgd,
	[FAMILY_SOFTMAX] = softmax,
	[FAMILY_SOFTMAX_GRAD] = softmax_grad,
	[FAMILY_NORM] = norm,
	[FAMILY_NORM_GRAD] = norm_grad,
	[FAMILY_CROSS_ENTROPY] = cross_entropy,
	[FAMILY_REDUCE] = reduce,
	[FAMILY_RANDOM] = random_numbers,
	[FAMILY_DROPOUT] = dropout,
	[FAMILY_ROTARY] = rotary,
	[FAMILY_GATHER] = gather_op,
	[FAMILY_SCATTER_ADD] = scatter_add,
	[FAMILY_ATTENTION] = attention,
	[FAMILY_ATTENTION_GRAD] = attention_grad,
};
