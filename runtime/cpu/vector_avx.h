// What the kernels need of AVX2 or AVX-512 beyond arithmetic on vectors. VBYTES says which.
#include <immintrin.h>

// turn_f32 and turn_f64 write a square of numbers turned: to[p*step + i] = from[i*row + p].
enum { TURN_F32 = 8, TURN_F64 = 4 };

// Half rows i and i+4 share a register, so that shuffles inside of 128 bits are enough.
static inline void turn_half_f32(float *to, long step, const float *from, long row) {
	__m256 r[4];
	for (int i = 0; i < 4; i++)
		r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + i * row)), _mm_loadu_ps(from + (i + 4) * row), 1);
	__m256 a = _mm256_unpacklo_ps(r[0], r[1]), b = _mm256_unpackhi_ps(r[0], r[1]);
	__m256 c = _mm256_unpacklo_ps(r[2], r[3]), d = _mm256_unpackhi_ps(r[2], r[3]);
	_mm256_storeu_ps(to, _mm256_shuffle_ps(a, c, 0x44));
	_mm256_storeu_ps(to + step, _mm256_shuffle_ps(a, c, 0xee));
	_mm256_storeu_ps(to + 2 * step, _mm256_shuffle_ps(b, d, 0x44));
	_mm256_storeu_ps(to + 3 * step, _mm256_shuffle_ps(b, d, 0xee));
}

static inline void turn_f32(float *to, long step, const float *from, long row) {
	turn_half_f32(to, step, from, row);
	turn_half_f32(to + 4 * step, step, from + 4, row);
}

static inline void turn_half_f64(double *to, long step, const double *from, long row) {
	__m256d r[2];
	for (int i = 0; i < 2; i++)
		r[i] = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(from + i * row)), _mm_loadu_pd(from + (i + 2) * row), 1);
	_mm256_storeu_pd(to, _mm256_unpacklo_pd(r[0], r[1]));
	_mm256_storeu_pd(to + step, _mm256_unpackhi_pd(r[0], r[1]));
}

static inline void turn_f64(double *to, long step, const double *from, long row) {
	turn_half_f64(to, step, from, row);
	turn_half_f64(to + 2 * step, step, from + 2, row);
}

// load_part and store_part move the first n numbers of a vector, n below its length; the others are 0 or stay as they are.
// Memory behind them is not touched.
#if VBYTES == 64
typedef __m512 vec_f32;
typedef __m512d vec_f64;

static inline vec_f32 load_part_f32(const float *from, long n) { return _mm512_maskz_loadu_ps((1u << n) - 1, from); }
static inline vec_f64 load_part_f64(const double *from, long n) { return _mm512_maskz_loadu_pd((1u << n) - 1, from); }
static inline void store_part_f32(float *to, vec_f32 v, long n) { _mm512_mask_storeu_ps(to, (1u << n) - 1, v); }
static inline void store_part_f64(double *to, vec_f64 v, long n) { _mm512_mask_storeu_pd(to, (1u << n) - 1, v); }

static inline float sum_f32(vec_f32 v) { return _mm512_reduce_add_ps(v); }
static inline double sum_f64(vec_f64 v) { return _mm512_reduce_add_pd(v); }
#else
typedef __m256 vec_f32;
typedef __m256d vec_f64;

static inline __m256i first(long n, int bytes) {
	static const char ones[64] __attribute__((aligned(32))) = {
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	};
	return _mm256_loadu_si256((const __m256i *)(ones + 32 - n * bytes));
}

static inline vec_f32 load_part_f32(const float *from, long n) { return _mm256_maskload_ps(from, first(n, sizeof *from)); }
static inline vec_f64 load_part_f64(const double *from, long n) { return _mm256_maskload_pd(from, first(n, sizeof *from)); }
static inline void store_part_f32(float *to, vec_f32 v, long n) { _mm256_maskstore_ps(to, first(n, sizeof *to), v); }
static inline void store_part_f64(double *to, vec_f64 v, long n) { _mm256_maskstore_pd(to, first(n, sizeof *to), v); }

static inline float sum_f32(vec_f32 v) {
	__m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
	a = _mm_add_ps(a, _mm_movehl_ps(a, a));
	return _mm_cvtss_f32(_mm_add_ss(a, _mm_movehdup_ps(a)));
}

static inline double sum_f64(vec_f64 v) {
	__m128d a = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
	return _mm_cvtsd_f64(_mm_add_sd(a, _mm_unpackhi_pd(a, a)));
}
#endif
