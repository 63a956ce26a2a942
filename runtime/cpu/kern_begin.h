// Stands above everything in the files of kernels: square roots and roundings may be vectors, as nobody reads errno and the flags of exceptions. It
// changes no result.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-math-errno", "no-trapping-math")
#endif
#include "target.h"
