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
