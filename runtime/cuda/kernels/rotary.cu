// Rotary positions: pairs of numbers are turned by angles.
#include "fn.h"
#include "real.h"

struct rotary_args {
	void *dst;
	const void *x;
	const int *positions; // null: from, from+1, ...
	const double *table;  // of frequencies; null: they follow from the base
	long long from, batch, t, heads, d;
	long long dst_step[4], x_step[4], position_step[2];
	double base;
	long long inverse;
};

// small brings an angle to one turn before it is rounded to float, which has not the digits for large positions.
DEVICE double small(double angle, double) { return angle; }
DEVICE float small(double angle, float) {
	double turns = rint_(angle * 0.15915494309189533577);
	return (float)fma_(turns, -2.4492935982947064e-16, fma_(turns, -6.283185307179586232, angle));
}

// One thread turns a pair in all heads.
template <class T, class S> DEVICE void rotary(const rotary_args &a) {
	long long half = a.d / 2, n = a.batch * a.t * half;
	for (long long k = bid_x() * 256LL + tid(); k < n; k += nblocks_x() * 256LL) {
		long long i = k % half, t = k / half % a.t, b = k / half / a.t;
		double position = a.positions ? a.positions[b * a.position_step[0] + t * a.position_step[1]] : (double)(a.from + t);
		S angle = small(position * (a.table ? a.table[i] : fn_pow(a.base, -2.0 * i / a.d)), S());
		S sin = fn_sin(angle), cos = fn_cos(angle);
		if (a.inverse) {
			sin = -sin;
		}
		const T *x = (const T *)a.x + b * a.x_step[0] + t * a.x_step[1] + i * a.x_step[3];
		T *dst = (T *)a.dst + b * a.dst_step[0] + t * a.dst_step[1] + i * a.dst_step[3];
		for (long long h = 0; h < a.heads; h++, x += a.x_step[2], dst += a.dst_step[2]) {
			S low = value(x[0]), high = value(x[half * a.x_step[3]]);
			put(dst, low * cos - high * sin);
			put(dst + half * a.dst_step[3], high * cos + low * sin);
		}
	}
}

KERNEL(256) rotary_f32(rotary_args a) { rotary<float, float>(a); }
KERNEL(256) rotary_f64(rotary_args a) { rotary<double, double>(a); }
KERNEL(256) rotary_bf16(rotary_args a) { rotary<bf16, float>(a); }
