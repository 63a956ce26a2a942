// Vectors of float: see vector.h.
#define T float
#define TYPE f32
#define LOAD_PART load_part_f32
#define STORE_PART store_part_f32
#define SUM sum_f32
#include "vector.h"
