// What the kernels of norms share.
#pragma once

#include "lines.h"

struct NormArgs {
	void *dst;
	const void *x, *weight, *bias;
	void *mean, *rstd;
	long long dst_step, x_step;
	double eps;
	int width, rms, n;
};

struct NormGradArgs {
	void *dx;
	const void *dy, *x, *residual, *weight, *mean, *rstd;
	void *parts; // [2, chunks, width]: sums of dweight and of dbias over a chunk of the rows
	long long dx_step, dy_step, x_step, residual_step;
	int n, width, rms, chunks;
};
