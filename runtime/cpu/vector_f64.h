// Vectors of double: see vector.h.
#define T double
#define TYPE f64
#define LOAD_PART load_part_f64
#define STORE_PART store_part_f64
#define SUM sum_f64
#include "vector.h"
