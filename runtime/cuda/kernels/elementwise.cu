// Element by element: functions of one and of two numbers, choice, copies between types, and filling.
//
// Operands are walked in one order. Dimensions that lie alike in all of them are one (elementwise.go), so that most calls have a single dimension in which all operands
// lie together; those go by packs of 16 bytes.
#include "fn.h"
#include "real.h"

enum { DIMS = 6, OPERANDS = 4 };

struct elementwise_args {
	void *at[OPERANDS]; // the result first
	long long n;
	long long shape[DIMS], step[OPERANDS][DIMS]; // the innermost dimension last; those in front that are not needed have size 1
	double p, q;
	int op, dims; // dims 0: all operands lie together
};

// places finds where element i is in the first operands.
template <int N> DEVICE void places(const elementwise_args &a, long long i, long long at[N]) {
	for (int k = 0; k < N; k++) {
		at[k] = 0;
	}
	for (int d = DIMS - 1; d >= DIMS - a.dims; d--) {
		long long next = i / a.shape[d], index = i - next * a.shape[d];
		for (int k = 0; k < N; k++) {
			at[k] += index * a.step[k][d];
		}
		i = next;
	}
}

// each calls f(places) for each element.
template <int N, class F> DEVICE void each(const elementwise_args &a, F f) {
	for (long long i = bid_x() * 256LL + tid(); i < a.n; i += nblocks_x() * 256LL) {
		long long at[N];
		if (a.dims == 0) {
			for (int k = 0; k < N; k++) {
				at[k] = i;
			}
		} else {
			places<N>(a, i, at);
		}
		f(at);
	}
}

// by_packs calls one(values of the operands) for each element, where all operands are of type T, lie together and begin at a multiple of 16 bytes.
template <class T, int N, class F> DEVICE void by_packs(const elementwise_args &a, F one) {
	const int size = pack<T>::size;
	long long packs = a.n / size;
	for (long long i = bid_x() * 256LL + tid(); i < packs; i += nblocks_x() * 256LL) {
		real<T> v[N][size], r[size];
		for (int k = 1; k < N; k++) {
			get((const T *)a.at[k] + i * size, v[k]);
		}
		for (int e = 0; e < size; e++) {
			r[e] = one(N > 1 ? v[1][e] : real<T>(), N > 2 ? v[2][e] : real<T>());
		}
		set((T *)a.at[0] + i * size, r);
	}
	long long rest = packs * size + bid_x() * 256LL + tid();
	if (rest < a.n) {
		put((T *)a.at[0] + rest, one(N > 1 ? value(((const T *)a.at[1])[rest]) : real<T>(), N > 2 ? value(((const T *)a.at[2])[rest]) : real<T>()));
	}
}

template <int N> DEVICE bool whole_packs(const elementwise_args &a) {
	bool all = a.dims == 0;
	for (int k = 0; k < N; k++) {
		all = all && packed(a.at[k]);
	}
	return all;
}

// map computes a.at[0] = one(a.at[1], a.at[2]).
template <class T, int N, class F> DEVICE void map(const elementwise_args &a, F one) {
	if (whole_packs<N>(a)) {
		by_packs<T, N>(a, one);
		return;
	}
	each<N>(a, [&](const long long *at) {
		real<T> x = N > 1 ? value(((const T *)a.at[1])[at[1]]) : real<T>(), y = N > 2 ? value(((const T *)a.at[2])[at[2]]) : real<T>();
		put((T *)a.at[0] + at[0], one(x, y));
	});
}

// The numbers of device.UnaryOp.
enum { NEG, ABS, SIGN, EXP, LOG, SQRT, SQUARE, RECIPROCAL, SIN, COS, TANH, SIGMOID, RELU, GELU, GELU_TANH, SILU, FLOOR, CEIL, ROUND, AFFINE, POWER, CLAMP };

template <class S> DEVICE S sign_of(S x) { return x > 0 ? S(1) : x < 0 ? S(-1) : x; }
template <class S> DEVICE S clamped(S x, S low, S high) { return x < low ? low : x > high ? high : x; }

template <class S> DEVICE S unary_one(int op, S x, double p, double q) {
	switch (op) {
	case NEG: return -x;
	case ABS: return abs_(x);
	case SIGN: return sign_of(x);
	case EXP: return fn_exp(x);
	case LOG: return fn_log(x);
	case SQRT: return sqrt_(x);
	case SQUARE: return x * x;
	case RECIPROCAL: return S(1) / x;
	case SIN: return fn_sin(x);
	case COS: return fn_cos(x);
	case TANH: return fn_tanh(x);
	case SIGMOID: return fn_sigmoid(x);
	case RELU: return x > 0 || x != x ? x : S(0);
	case GELU: return fn_gelu(x);
	case GELU_TANH: return fn_gelu_tanh(x);
	case SILU: return fn_silu(x);
	case FLOOR: return floor_(x);
	case CEIL: return ceil_(x);
	case ROUND: return rint_(x);
	case AFFINE: return S(p) * x + S(q);
	case POWER: return fn_pow(x, S(p));
	default: return clamped(x, S(p), S(q));
	}
}

template <class T> DEVICE void unary(const elementwise_args &a) {
	map<T, 2>(a, [&](real<T> x, real<T>) { return unary_one(a.op, x, a.p, a.q); });
}
KERNEL(256) unary_f32(elementwise_args a) { unary<float>(a); }
KERNEL(256) unary_f64(elementwise_args a) { unary<double>(a); }
KERNEL(256) unary_bf16(elementwise_args a) { unary<bf16>(a); }

// to_int truncates, and keeps to what an integer holds; NaN becomes 0.
DEVICE int to_int(double v, double low, double high) { return v != v ? 0 : (int)(v < low ? low : v > high ? high : v); }
DEVICE int to_int32(double v) { return to_int(v, -2147483648.0, 2147483647.0); }

KERNEL(256) unary_i32(elementwise_args a) {
	each<2>(a, [&](const long long *at) {
		int x = ((const int *)a.at[1])[at[1]], r;
		switch (a.op) {
		case NEG: r = to_int32(-(double)x); break;
		case ABS: r = to_int32(abs_((double)x)); break;
		case SIGN: r = (x > 0) - (x < 0); break;
		case SQUARE: r = to_int32((double)x * x); break;
		case AFFINE: r = to_int32(fma_(a.p, (double)x, a.q)); break;
		default: r = to_int32(clamped((double)x, a.p, a.q));
		}
		((int *)a.at[0])[at[0]] = r;
	});
}

// The numbers of device.BinaryOp.
enum { ADD, SUB, MUL, DIV, POW, MAXIMUM, MINIMUM, EQ, NE, LT, LE, GT, GE, RELU_GRAD, GELU_GRAD, GELU_TANH_GRAD, SILU_GRAD, TANH_GRAD, SIGMOID_GRAD };

template <class S> DEVICE S binary_one(int op, S x, S y) {
	switch (op) {
	case ADD: return x + y;
	case SUB: return x - y;
	case MUL: return x * y;
	case DIV: return x / y;
	case POW: return fn_pow(x, y);
	case MAXIMUM: return x > y || x != x ? x : y;
	case MINIMUM: return x < y || x != x ? x : y;
	case EQ: return x == y;
	case NE: return x != y;
	case LT: return x < y;
	case LE: return x <= y;
	case GT: return x > y;
	case GE: return x >= y;
	case RELU_GRAD: return x > 0 ? y : S(0);
	case GELU_GRAD: return y * fn_gelu_slope(x);
	case GELU_TANH_GRAD: return y * fn_gelu_tanh_slope(x);
	case SILU_GRAD: return y * fn_silu_slope(x);
	case TANH_GRAD: return y * (S(1) - x * x);
	default: return y * (x * (S(1) - x));
	}
}

template <class T> DEVICE void binary(const elementwise_args &a) {
	map<T, 3>(a, [&](real<T> x, real<T> y) { return binary_one(a.op, x, y); });
}
KERNEL(256) binary_f32(elementwise_args a) { binary<float>(a); }
KERNEL(256) binary_f64(elementwise_args a) { binary<double>(a); }
KERNEL(256) binary_bf16(elementwise_args a) { binary<bf16>(a); }

// Those that training uses all the time, without a choice between operations.
KERNEL(256) add_f32(elementwise_args a) {
	map<float, 3>(a, [](float x, float y) { return x + y; });
}
KERNEL(256) add_bf16(elementwise_args a) {
	map<bf16, 3>(a, [](float x, float y) { return x + y; });
}

// bf16 has room for the hardware's approximations, which are exact to 22 bits. See fn_gelu_tanh_slope.
DEVICE float fast_gelu_tanh_slope(float x) {
	float x2 = x * x, z = 1.5957691216f * x * (1.0f + 0.044715f * x2);
	float e = fast_exp2(-1.44269504f * abs_(z)), r = fast_reciprocal(1.0f + e);
	float slope = e * r * r, s = x < 0 ? e * r : r;
	return s + x * slope * (1.5957691216f * (1.0f + 0.134145f * x2));
}
KERNEL(256) gelu_tanh_grad_bf16(elementwise_args a) {
	map<bf16, 3>(a, [](float x, float y) { return y * fast_gelu_tanh_slope(x); });
}

// whole_power is exact as far as 53 bits go.
DEVICE double whole_power(double x, int y) {
	double r = 1;
	for (long long n = y < 0 ? -(long long)y : y; n > 0; n >>= 1, x *= x) {
		if (n & 1) {
			r *= x;
		}
	}
	return y < 0 ? 1 / r : r;
}

KERNEL(256) binary_i32(elementwise_args a) {
	each<3>(a, [&](const long long *at) {
		int x = ((const int *)a.at[1])[at[1]], y = ((const int *)a.at[2])[at[2]], r;
		double u = x, v = y;
		switch (a.op) {
		case DIV: r = y == 0 ? 0 : to_int32(u / v); break;
		case POW: r = to_int32(whole_power(u, y)); break;
		default: r = to_int32(binary_one(a.op, u, v));
		}
		((int *)a.at[0])[at[0]] = r;
	});
}

// where: the condition is of any type; its bytes are compared with zero. op is its type.
DEVICE bool is_set(const void *at, long long i, int type) {
	switch (type) {
	case 0: return ((const float *)at)[i] != 0;
	case 1: return ((const double *)at)[i] != 0;
	case 2: return to_float(((const bf16 *)at)[i]) != 0;
	case 3: return ((const int *)at)[i] != 0;
	default: return ((const signed char *)at)[i] != 0;
	}
}

template <class T> DEVICE void where(const elementwise_args &a) {
	each<4>(a, [&](const long long *at) {
		((T *)a.at[0])[at[0]] = is_set(a.at[1], at[1], a.op) ? ((const T *)a.at[2])[at[2]] : ((const T *)a.at[3])[at[3]];
	});
}
KERNEL(256) where_1(elementwise_args a) { where<unsigned char>(a); }
KERNEL(256) where_2(elementwise_args a) { where<unsigned short>(a); }
KERNEL(256) where_4(elementwise_args a) { where<unsigned>(a); }
KERNEL(256) where_8(elementwise_args a) { where<unsigned long long>(a); }

// Copies within a type are of bits.
template <class T> DEVICE void copy(const elementwise_args &a) {
	if (whole_packs<2>(a)) {
		const int size = 16 / sizeof(T);
		for (long long i = bid_x() * 256LL + tid(); i < a.n / size; i += nblocks_x() * 256LL) {
			store_words((T *)a.at[0] + i * size, load_words((const T *)a.at[1] + i * size));
		}
		long long rest = a.n / size * size + bid_x() * 256LL + tid();
		if (rest < a.n) {
			((T *)a.at[0])[rest] = ((const T *)a.at[1])[rest];
		}
		return;
	}
	each<2>(a, [&](const long long *at) { ((T *)a.at[0])[at[0]] = ((const T *)a.at[1])[at[1]]; });
}
KERNEL(256) copy_1(elementwise_args a) { copy<unsigned char>(a); }
KERNEL(256) copy_2(elementwise_args a) { copy<unsigned short>(a); }
KERNEL(256) copy_4(elementwise_args a) { copy<unsigned>(a); }
KERNEL(256) copy_8(elementwise_args a) { copy<unsigned long long>(a); }

DEVICE double as_double(float v) { return v; }
DEVICE double as_double(double v) { return v; }
DEVICE double as_double(bf16 v) { return to_float(v); }
DEVICE double as_double(int v) { return v; }
DEVICE double as_double(signed char v) { return v; }
DEVICE void convert(float *to, double v) { *to = (float)v; }
DEVICE void convert(double *to, double v) { *to = v; }
DEVICE void convert(bf16 *to, double v) { *to = to_bf16((float)v); }
DEVICE void convert(int *to, double v) { *to = to_int32(v); }
DEVICE void convert(signed char *to, double v) { *to = (signed char)to_int(v, -128, 127); }

template <class To, class From> DEVICE void convert_all(const elementwise_args &a) {
	each<2>(a, [&](const long long *at) { convert((To *)a.at[0] + at[0], as_double(((const From *)a.at[1])[at[1]])); });
}
#define CONVERSION(to, from, To, From) \
	KERNEL(256) convert_##to##_##from(elementwise_args a) { convert_all<To, From>(a); }
#define CONVERSIONS(to, To) \
	CONVERSION(to, f32, To, float) CONVERSION(to, f64, To, double) CONVERSION(to, bf16, To, bf16) CONVERSION(to, i32, To, int) CONVERSION(to, i8, To, signed char)
CONVERSIONS(f32, float)
CONVERSIONS(f64, double)
CONVERSIONS(bf16, bf16)
CONVERSIONS(i32, int)
CONVERSIONS(i8, signed char)

// Between float and bf16 by eights, where all lies together.
KERNEL(256) narrow_bf16_f32(elementwise_args a) {
	for (long long i = 8 * (bid_x() * 256LL + tid()); i < a.n; i += 8 * nblocks_x() * 256LL) {
		float v[8];
		load4((const float *)a.at[1] + i, v);
		load4((const float *)a.at[1] + i + 4, v + 4);
		store8((bf16 *)a.at[0] + i, v);
	}
}
KERNEL(256) widen_f32_bf16(elementwise_args a) {
	for (long long i = 8 * (bid_x() * 256LL + tid()); i < a.n; i += 8 * nblocks_x() * 256LL) {
		float v[8];
		load8((const bf16 *)a.at[1] + i, v);
		store4((float *)a.at[0] + i, v);
		store4((float *)a.at[0] + i + 4, v + 4);
	}
}

template <class T> DEVICE void fill(const elementwise_args &a) {
	each<1>(a, [&](const long long *at) { convert((T *)a.at[0] + at[0], a.p); });
}
KERNEL(256) fill_f32(elementwise_args a) {
	map<float, 1>(a, [&](float, float) { return (float)a.p; });
}
KERNEL(256) fill_bf16(elementwise_args a) {
	map<bf16, 1>(a, [&](float, float) { return (float)a.p; });
}
KERNEL(256) fill_f64(elementwise_args a) { fill<double>(a); }
KERNEL(256) fill_i32(elementwise_args a) { fill<int>(a); }
KERNEL(256) fill_i8(elementwise_args a) { fill<signed char>(a); }
