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
