// Layer and RMS norm, and their gradients. Weights and statistics are float beside bf16.
#include "norm.h"

// A block for each row, which is read three times: once from memory, then from the caches.
template <class T> DEVICE void norm(const NormArgs &a) {
	typedef real<T> S;
	SHARED S shared[32];
	const T *x = (const T *)a.x + bid_x() * a.x_step;
	T *dst = (T *)a.dst + bid_x() * a.dst_step;
	const S *weight = (const S *)a.weight, *bias = (const S *)a.bias;
	S mean = 0, square = 0;
	if (!a.rms) {
		each(x, a.width, [&](int, S v) { mean += v; });
		mean = block_sum(mean, shared) / a.width;
	}
	each(x, a.width, [&](int, S v) { square += (v - mean) * (v - mean); });
	S rstd = 1 / sqrt_(block_sum(square, shared) / a.width + (S)a.eps);
	if (tid() == 0) {
		if (a.mean) {
			((S *)a.mean)[bid_x()] = mean;
		}
		if (a.rstd) {
			((S *)a.rstd)[bid_x()] = rstd;
		}
	}
	change(dst, x, a.width, [&](int j, S v) {
		v = (v - mean) * rstd;
		v = weight ? v * weight[j] : v;
		return bias ? v + bias[j] : v;
	});
}

// dx = rstd·(s - mean(s) - h·mean(s·h)) + residual, where s = dy·weight and h = (x - mean)·rstd; the mean of s only with layer norm.
template <class T> DEVICE void norm_grad(const NormGradArgs &a) {
	typedef real<T> S;
	SHARED S shared[32];
	const T *x = (const T *)a.x + bid_x() * a.x_step, *dy = (const T *)a.dy + bid_x() * a.dy_step;
	const T *residual = a.residual ? (const T *)a.residual + bid_x() * a.residual_step : 0;
	T *dx = (T *)a.dx + bid_x() * a.dx_step;
	const S *weight = (const S *)a.weight;
	S mean = a.rms ? S(0) : ((const S *)a.mean)[bid_x()], rstd = ((const S *)a.rstd)[bid_x()];
	S plain = 0, along = 0;
	both(x, dy, a.width, [&](int j, S v, S g) {
		S s = weight ? g * weight[j] : g;
		plain += s;
		along += s * (v - mean) * rstd;
	});
	plain = a.rms ? S(0) : block_sum(plain, shared) / a.width;
	along = block_sum(along, shared) / a.width;
	auto grad = [&](int j, S v, S g) { return rstd * ((weight ? g * weight[j] : g) - plain - (v - mean) * rstd * along); };
	if (!residual) {
		merge(dx, x, dy, a.width, grad);
		return;
	}
	const int size = pack<T>::size;
	Span s = span<T>(a.width, x, dy, dx), other = span<T>(a.width, residual, dx, dx);
	if (other.last != s.last) {
		s.first = s.last = 0;
	}
	for (int j = s.first + tid() * size; j < s.last; j += nthreads() * size) {
		S u[size], v[size], w[size];
		get(x + j, u);
		get(dy + j, v);
		get(residual + j, w);
#pragma unroll
		for (int i = 0; i < size; i++) {
			w[i] += grad(j + i, u[i], v[i]);
		}
		set(dx + j, w);
	}
	for (int i = tid(); i < s.rest(); i += nthreads()) {
		int j = s.single(i);
		put(dx + j, grad(j, value(x[j]), value(dy[j])) + value(residual[j]));
	}
}

// dweight = Σ dy·h and dbias = Σ dy over the rows, in two passes: first each block sums up 32 columns of a chunk of the rows, 8 rows at a time.
template <class T> DEVICE void norm_columns(const NormGradArgs &a) {
	typedef real<T> S;
	SHARED S sums[2][8][32];
	int column = bid_x() * 32 + lane(), chunk = (a.n + a.chunks - 1) / a.chunks;
	int end = (bid_y() + 1) * chunk < a.n ? (bid_y() + 1) * chunk : a.n;
	const T *x = (const T *)a.x, *dy = (const T *)a.dy;
	const S *mean = (const S *)a.mean, *rstd = (const S *)a.rstd;
	S weight = 0, bias = 0;
	if (column < a.width) {
#pragma unroll 4
		for (int i = bid_y() * chunk + warp(); i < end; i += 8) {
			S g = value(dy[i * a.dy_step + column]);
			weight += g * (value(x[i * a.x_step + column]) - (a.rms ? S(0) : mean[i])) * rstd[i];
			bias += g;
		}
	}
	sums[0][warp()][lane()] = weight;
	sums[1][warp()][lane()] = bias;
	sync();
	if (warp() < 2 && column < a.width) {
		S sum = 0;
		for (int i = 0; i < 8; i++) {
			sum += sums[warp()][i][lane()];
		}
		((S *)a.parts)[((long long)warp() * a.chunks + bid_y()) * a.width + column] = sum;
	}
}

struct NormSumArgs {
	void *dweight, *dbias; // added to; either may be left out
	const void *parts;
	int width, chunks;
};

// The second pass adds the chunks up, 8 at a time.
template <class S> DEVICE void norm_sum(const NormSumArgs &a) {
	SHARED S sums[8][32];
	int column = bid_x() * 32 + lane();
	S *to = (S *)(bid_y() ? a.dbias : a.dweight);
	S sum = 0;
	if (column < a.width && to) {
		const S *part = (const S *)a.parts + (long long)bid_y() * a.chunks * a.width + column;
#pragma unroll 4
		for (int i = warp(); i < a.chunks; i += 8) {
			sum += part[(long long)i * a.width];
		}
	}
	sums[warp()][lane()] = sum;
	sync();
	if (warp() == 0 && column < a.width && to) {
		sum = 0;
		for (int i = 0; i < 8; i++) {
			sum += sums[i][lane()];
		}
		to[column] += sum;
	}
}

KERNEL(1024) norm_f32(NormArgs a) { norm<float>(a); }
KERNEL(1024) norm_f64(NormArgs a) { norm<double>(a); }
KERNEL(1024) norm_bf16(NormArgs a) { norm<bf16>(a); }
KERNEL(1024) norm_grad_f32(NormGradArgs a) { norm_grad<float>(a); }
KERNEL(1024) norm_grad_f64(NormGradArgs a) { norm_grad<double>(a); }
KERNEL(1024) norm_grad_bf16(NormGradArgs a) { norm_grad<bf16>(a); }
KERNEL(256) norm_columns_f32(NormGradArgs a) { norm_columns<float>(a); }
KERNEL(256) norm_columns_f64(NormGradArgs a) { norm_columns<double>(a); }
KERNEL(256) norm_columns_bf16(NormGradArgs a) { norm_columns<bf16>(a); }
KERNEL(256) norm_sum_f32(NormSumArgs a) { norm_sum<float>(a); }
KERNEL(256) norm_sum_f64(NormSumArgs a) { norm_sum<double>(a); }
