// The end of what gemm_level.h began for one type.
#include "vector_end.h"
#undef TURN
#undef TURN_SQUARE
#undef KC
#undef HAS_EPILOGUE
#undef NR
#undef PAD
#undef HAS_HALF
#undef HAS_THIN
#undef HAS_NARROW
