// What the kernels need of a level of instructions beyond arithmetic on vectors, in plain C: see vector_avx.h.
#include <string.h>

// turn_f32 and turn_f64 write a square of numbers turned: to[p*step + i] = from[i*row + p].
enum { TURN_F32 = 4, TURN_F64 = 2 };

static inline void turn_f32(float *to, long step, const float *from, long row) {
	for (int p = 0; p < TURN_F32; p++)
		for (int i = 0; i < TURN_F32; i++)
			to[p * step + i] = from[i * row + p];
}

static inline void turn_f64(double *to, long step, const double *from, long row) {
	for (int p = 0; p < TURN_F64; p++)
		for (int i = 0; i < TURN_F64; i++)
			to[p * step + i] = from[i * row + p];
}

typedef float vec_f32 __attribute__((vector_size(VBYTES), may_alias));
typedef double vec_f64 __attribute__((vector_size(VBYTES), may_alias));

// load_part and store_part move the first n numbers of a vector, n below its length; the others are 0 or stay as they are.
static inline vec_f32 load_part_f32(const float *from, long n) {
	vec_f32 v = {0};
	memcpy(&v, from, n * sizeof *from);
	return v;
}

static inline vec_f64 load_part_f64(const double *from, long n) {
	vec_f64 v = {0};
	memcpy(&v, from, n * sizeof *from);
	return v;
}

static inline void store_part_f32(float *to, vec_f32 v, long n) { memcpy(to, &v, n * sizeof *to); }
static inline void store_part_f64(double *to, vec_f64 v, long n) { memcpy(to, &v, n * sizeof *to); }

static inline float sum_f32(vec_f32 v) { return (v[0] + v[2]) + (v[1] + v[3]); }
static inline double sum_f64(vec_f64 v) { return v[0] + v[1]; }
