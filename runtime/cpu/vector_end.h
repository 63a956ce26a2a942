// The end of what vector.h began.
#undef FN
#undef GLUE
#undef GLUE3
#undef UNROLL
#undef OPAQUE
#undef ALWAYS
#undef MAYBE
#undef V
#undef VEC
#undef VEC_ANY
#undef T
#undef TYPE
#undef LOAD_PART
#undef STORE_PART
#undef SUM
