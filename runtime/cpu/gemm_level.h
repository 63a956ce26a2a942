// The products of one level of instruction sets, for both types. The including file says which: ISA, VBYTES, MR, NV, and
// what vector_plain.h defines.
#include <stdint.h>
#include <string.h>

#include "gemm.h"
#include "pool.h"

#define GLUE3(a, b, c) a##_##b##_##c
#define GLUE(a, b, c) GLUE3(a, b, c)

#define T float
#define TYPE f32
#define TURN TURN_F32
#define TURN_SQUARE turn_f32
#define LOAD_PART load_part_f32
#define STORE_PART store_part_f32
#define SUM sum_f32
#define KC 512
#define HAS_EPILOGUE 1
#include "gemm_tile.h"
#include "gemm_epilogue.h"
#include "gemm_driver.h"
#include "gemm_thin.h"
#include "gemm_entry.h"
#undef T
#undef TYPE
#undef TURN
#undef TURN_SQUARE
#undef LOAD_PART
#undef STORE_PART
#undef SUM
#undef KC
#undef HAS_EPILOGUE

#define T double
#define TYPE f64
#define TURN TURN_F64
#define TURN_SQUARE turn_f64
#define LOAD_PART load_part_f64
#define STORE_PART store_part_f64
#define SUM sum_f64
#define KC 256
#define HAS_EPILOGUE 0
#include "gemm_tile.h"
#include "gemm_epilogue.h"
#include "gemm_driver.h"
#include "gemm_thin.h"
#include "gemm_entry.h"
