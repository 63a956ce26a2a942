// Norms of rows that fit the registers of a warp, and lie in packs: each number is read once. R is how many packs a thread has.
#include "norm.h"

// load brings a warp's row into registers; zeros where it is shorter.
template <class T, int R> DEVICE void load(float (*v)[pack<T>::size], const T *row, int width) {
	const int size = pack<T>::size;
#pragma unroll
	for (int r = 0; r < R; r++) {
		int j = (r * 32 + lane()) * size;
		if (j < width) {
			get(row + j, v[r]);
		} else {
#pragma unroll
			for (int i = 0; i < size; i++) {
				v[r][i] = 0;
			}
		}
	}
}

// column loads what belongs to the columns of a pack: as many floats; ones or zeros where it was left out.
template <int N> DEVICE void column(float *v, const void *from, int j, float otherwise) {
#pragma unroll
	for (int i = 0; i < N; i++) {
		v[i] = otherwise;
	}
	if (from) {
		load4((const float *)from + j, v);
		if (N == 8) {
			load4((const float *)from + j + 4, v + 4);
		}
	}
}

template <class T, int R> DEVICE void norm(const NormArgs &a) {
	const int size = pack<T>::size;
	int n = bid_x() * 4 + warp();
	if (n >= a.n) {
		return;
	}
	float v[R][size], mean = 0, square = 0;
	load<T, R>(v, (const T *)a.x + n * a.x_step, a.width);
	if (!a.rms) {
#pragma unroll
		for (int e = 0; e < R * size; e++) {
			mean += v[e / size][e % size];
		}
		mean = warp_sum(mean) / a.width;
	}
#pragma unroll
	for (int e = 0; e < R * size; e++) {
		float x = (e / size * 32 + lane()) * size < a.width ? v[e / size][e % size] - mean : 0;
		square += x * x;
	}
	float rstd = 1 / sqrt_(warp_sum(square) / a.width + (float)a.eps);
	if (lane() == 0 && a.mean) {
		((float *)a.mean)[n] = mean;
	}
	if (lane() == 0 && a.rstd) {
		((float *)a.rstd)[n] = rstd;
	}
#pragma unroll
	for (int r = 0; r < R; r++) {
		int j = (r * 32 + lane()) * size;
		if (j < a.width) {
			float weight[size], bias[size];
			column<size>(weight, a.weight, j, 1);
			column<size>(bias, a.bias, j, 0);
#pragma unroll
			for (int i = 0; i < size; i++) {
				v[r][i] = (v[r][i] - mean) * rstd * weight[i] + bias[i];
			}
			set((T *)a.dst + n * a.dst_step + j, v[r]);
		}
	}
}

template <class T, int R> DEVICE void norm_grad(const NormGradArgs &a) {
	const int size = pack<T>::size;
	int n = bid_x() * 4 + warp();
	if (n >= a.n) {
		return;
	}
	float h[R][size], s[R][size], plain = 0, along = 0; // the normalised values, and dy·weight
	float mean = a.rms ? 0 : ((const float *)a.mean)[n], rstd = ((const float *)a.rstd)[n];
	load<T, R>(h, (const T *)a.x + n * a.x_step, a.width);
	load<T, R>(s, (const T *)a.dy + n * a.dy_step, a.width);
#pragma unroll
	for (int r = 0; r < R; r++) {
		int j = (r * 32 + lane()) * size;
		if (j < a.width) {
			float weight[size];
			column<size>(weight, a.weight, j, 1);
#pragma unroll
			for (int i = 0; i < size; i++) {
				h[r][i] = (h[r][i] - mean) * rstd;
				s[r][i] *= weight[i];
				plain += s[r][i];
				along += s[r][i] * h[r][i];
			}
		}
	}
	plain = a.rms ? 0 : warp_sum(plain) / a.width;
	along = warp_sum(along) / a.width;
#pragma unroll
	for (int r = 0; r < R; r++) {
		int j = (r * 32 + lane()) * size;
		if (j < a.width) {
			float more[size] = {};
			if (a.residual) {
				get((const T *)a.residual + n * a.residual_step + j, more);
			}
#pragma unroll
			for (int i = 0; i < size; i++) {
				more[i] += rstd * (s[r][i] - plain - h[r][i] * along);
			}
			set((T *)a.dx + n * a.dx_step + j, more);
		}
	}
}

// norm_columns sums up, for dweight and dbias, a pack of columns for each thread of a warp, over a chunk of the rows.
template <class T> DEVICE void norm_columns(const NormGradArgs &a) {
	const int size = pack<T>::size;
	SHARED float sums[8][32 * size];
	int j = (bid_x() * 32 + lane()) * size, chunk = (a.n + a.chunks - 1) / a.chunks;
	int end = (bid_y() + 1) * chunk < a.n ? (bid_y() + 1) * chunk : a.n;
	float sum[2][size] = {};
	if (j < a.width) {
#pragma unroll 4
		for (int n = bid_y() * chunk + warp(); n < end; n += 8) {
			float x[size], dy[size], mean = a.rms ? 0 : ((const float *)a.mean)[n], rstd = ((const float *)a.rstd)[n];
			get((const T *)a.x + n * a.x_step + j, x);
			get((const T *)a.dy + n * a.dy_step + j, dy);
#pragma unroll
			for (int i = 0; i < size; i++) {
				sum[0][i] += dy[i] * (x[i] - mean) * rstd;
				sum[1][i] += dy[i];
			}
		}
	}
#pragma unroll
	for (int of = 0; of < 2; of++) {
		sync();
#pragma unroll
		for (int i = 0; i < size; i++) {
			sums[warp()][lane() * size + i] = sum[of][i];
		}
		sync();
		int column = bid_x() * 32 * size + tid();
		if (tid() < 32 * size && column < a.width) {
			float total = 0;
			for (int i = 0; i < 8; i++) {
				total += sums[i][tid()];
			}
			((float *)a.parts)[((long long)of * a.chunks + bid_y()) * a.width + column] = total;
		}
	}
}

KERNEL(128) norm_short_f32(NormArgs a) { norm<float, 8>(a); }
KERNEL(128) norm_short_bf16(NormArgs a) { norm<bf16, 4>(a); }
KERNEL(128) norm_grad_short_f32(NormGradArgs a) { norm_grad<float, 8>(a); }
KERNEL(128) norm_grad_short_bf16(NormGradArgs a) { norm_grad<bf16, 4>(a); }
KERNEL(256) norm_columns_short_f32(NormGradArgs a) { norm_columns<float>(a); }
KERNEL(256) norm_columns_short_bf16(NormGradArgs a) { norm_columns<bf16>(a); }
