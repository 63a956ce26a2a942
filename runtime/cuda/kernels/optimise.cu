// Steps of optimisers over arrays that lie in one piece each.
#include "real.h"

struct adamw_args {
	void *param, *grad, *m, *v;
	long long n;
	double scale;                       // of the gradient
	double beta1, beta2, rest1, rest2;  // rest = 1 - beta
	double rate, correct2, eps, shrink; // lr/(1-beta1^step), 1/(1-beta2^step), and 1 - lr·decay
};

// adamw_one is the step of one parameter. S is what it is computed in.
template <class S> DEVICE S adamw_one(S p, S g, S &m, S &v, const adamw_args &a) {
	g *= S(a.scale);
	m = S(a.beta1) * m + S(a.rest1) * g;
	v = S(a.beta2) * v + S(a.rest2) * g * g;
	return p * S(a.shrink) - S(a.rate) * m / (sqrt_(v * S(a.correct2)) + S(a.eps));
}

template <class P, class G, class S> DEVICE void adamw(const adamw_args &a) {
	P *param = (P *)a.param;
	const G *grad = (const G *)a.grad;
	S *m = (S *)a.m, *v = (S *)a.v;
	for (long long i = bid_x() * 256LL + tid(); i < a.n; i += nblocks_x() * 256LL) {
		put(&param[i], adamw_one<S>(value(param[i]), value(grad[i]), m[i], v[i], a));
	}
}

// Four numbers at a time, for what training moves by the million.
KERNEL(256) adamw_vector_f32_f32(adamw_args a) {
	float *param = (float *)a.param, *grad = (float *)a.grad, *ms = (float *)a.m, *vs = (float *)a.v;
	for (long long i = 4 * (bid_x() * 256LL + tid()); i < a.n; i += 4 * nblocks_x() * 256LL) {
		float p[4], g[4], m[4], v[4];
		load4(param + i, p);
		load4(grad + i, g);
		load4(ms + i, m);
		load4(vs + i, v);
		for (int k = 0; k < 4; k++) {
			p[k] = adamw_one<float>(p[k], g[k], m[k], v[k], a);
		}
		store4(param + i, p);
		store4(ms + i, m);
		store4(vs + i, v);
	}
}

KERNEL(256) adamw_f32_f32(adamw_args a) { adamw<float, float, float>(a); }
KERNEL(256) adamw_f32_bf16(adamw_args a) { adamw<float, bf16, float>(a); }
KERNEL(256) adamw_bf16_f32(adamw_args a) { adamw<bf16, float, float>(a); }
KERNEL(256) adamw_bf16_bf16(adamw_args a) { adamw<bf16, bf16, float>(a); }
KERNEL(256) adamw_f64_f64(adamw_args a) { adamw<double, double, double>(a); }

struct sgd_args {
	void *param, *grad, *m; // m may be null
	long long n;
	double lr, momentum, decay, scale;
	long long nesterov;
};

template <class P, class G, class S> DEVICE void sgd(const sgd_args &a) {
	P *param = (P *)a.param;
	const G *grad = (const G *)a.grad;
	S *m = (S *)a.m;
	for (long long i = bid_x() * 256LL + tid(); i < a.n; i += nblocks_x() * 256LL) {
		S p = value(param[i]), g = S(a.scale) * value(grad[i]) + S(a.decay) * p;
		if (m) {
			m[i] = S(a.momentum) * m[i] + g;
			g = a.nesterov ? g + S(a.momentum) * m[i] : m[i];
		}
		put(&param[i], p - S(a.lr) * g);
	}
}

KERNEL(256) sgd_f32_f32(sgd_args a) { sgd<float, float, float>(a); }
KERNEL(256) sgd_f32_bf16(sgd_args a) { sgd<float, bf16, float>(a); }
KERNEL(256) sgd_bf16_f32(sgd_args a) { sgd<bf16, float, float>(a); }
KERNEL(256) sgd_bf16_bf16(sgd_args a) { sgd<bf16, bf16, float>(a); }
KERNEL(256) sgd_f64_f64(sgd_args a) { sgd<double, double, double>(a); }
