// The products of one level of instructions, for both types. The including file says which: ISA, VBYTES, MR, NV, and what
// vector_plain.h defines.
#include "gemm.h"

#define TURN TURN_F32
#define TURN_SQUARE turn_f32
#define KC 512
#define HAS_THIN 1
#define HAS_NARROW 1
#define HAS_EPILOGUE 1
#define HAS_HALF 1
#include "vector_f32.h"
#include "bf16.h"
#include "gemm_epilogue.h"
#include "gemm_tile.h"
#include "gemm_driver.h"
#include "gemm_thin.h"
#include "gemm_entry.h"
#include "gemm_end.h"

#define TURN TURN_F64
#define TURN_SQUARE turn_f64
#define KC 256
#define HAS_THIN 1
#define HAS_NARROW 1
#define HAS_EPILOGUE 0
#define HAS_HALF 0
#include "vector_f64.h"
#include "gemm_epilogue.h"
#include "gemm_tile.h"
#include "gemm_driver.h"
#include "gemm_thin.h"
#include "gemm_entry.h"
#include "gemm_end.h"
