#define ISA generic
#define VBYTES 16
#include "vector_plain.h"
#include "kern_level.h"
