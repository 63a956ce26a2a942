// Softmax, its gradient, and the loss of a classifier: a block for each row.
#include "lines.h"

// Exponentials is Σ e^(x - most) over a row. It is NaN where one of the numbers is, or is infinite; or where all are -infinity.
template <class S> struct Exponentials {
	S most, sum;
};

// exponentials reads a row once, and begins the sum anew whenever it meets a larger number (Milakov and Gimelshein, arXiv:1805.02867).
template <class T> DEVICE Exponentials<float> exponentials(const T *x, int n, float *shared) {
	const float least = -__builtin_inff();
	float most = least, sum = 0;
	each(x, n, [&](int, float v) {
		if (v > most) {
			sum *= fn_exp(most - v);
			most = v;
		}
		sum += v == least ? 0.0f : fn_exp(v - most);
	});
	float all = block_max(most, shared);
	return Exponentials<float>{all, block_sum(sum * fn_exp(most - all), shared)};
}

// power is e^x as exact as numbers of a type need it.
template <class T> DEVICE real<T> power(real<T> x) { return fn_exp(x); }
template <> DEVICE float power<bf16>(float x) { return fast_exp2(x * 1.44269504088896340736f); }

// The rows of bf16 are those of large vocabularies: a pack of them is looked at together, and meets a larger number seldom.
DEVICE Exponentials<float> exponentials(const bf16 *x, int n, float *shared) {
	const int size = pack<bf16>::size;
	const float least = -__builtin_inff();
	Span s = span(n, x, x, x);
	float most = least, sum = 0;
	auto add = [&](const float *v, int count) __attribute__((always_inline)) {
		float high = most;
#pragma unroll
		for (int i = 0; i < count; i++) {
			high = max_(high, v[i]);
		}
		if (high > most) {
			sum *= power<bf16>(most - high);
			most = high;
		}
		float base = most == least ? 0 : most;
#pragma unroll
		for (int i = 0; i < count; i++) {
			sum += power<bf16>(v[i] - base);
		}
	};
	for (int j = s.first + tid() * size; j < s.last; j += nthreads() * size) {
		float v[size];
		get(x + j, v);
		add(v, size);
	}
	for (int i = tid(); i < s.rest(); i += nthreads()) {
		float v = value(x[s.single(i)]);
		add(&v, 1);
	}
	float all = block_max(most, shared);
	return Exponentials<float>{all, block_sum(sum * power<bf16>(most - all), shared)};
}

// In double every rounding counts: the row is read twice.
DEVICE Exponentials<double> exponentials(const double *x, int n, double *shared) {
	double most = -__builtin_inf(), sum = 0;
	each(x, n, [&](int, double v) { most = larger(most, v); });
	most = block_max(most, shared);
	each(x, n, [&](int, double v) { sum += fn_exp(v - most); });
	return Exponentials<double>{most, block_sum(sum, shared)};
}

struct SoftmaxArgs {
	void *dst;
	const void *x, *y; // y is left out by softmax
	long long dst_step, x_step, y_step; // from row to row
	int n, width, log;
};

template <class T> DEVICE void softmax(const SoftmaxArgs &a) {
	typedef real<T> S;
	SHARED S shared[32];
	const T *x = (const T *)a.x + bid_x() * a.x_step;
	T *dst = (T *)a.dst + bid_x() * a.dst_step;
	Exponentials<S> e = exponentials(x, a.width, shared);
	if (a.log) {
		S log = fn_log(e.sum);
		change(dst, x, a.width, [&](int, S v) { return v - e.most - log; });
	} else {
		S scale = 1 / e.sum;
		change(dst, x, a.width, [&](int, S v) { return power<T>(v - e.most) * scale; });
	}
}

// dx = y·(dy - Σ y·dy), or dy - e^y·Σ dy.
template <class T> DEVICE void softmax_grad(const SoftmaxArgs &a) {
	typedef real<T> S;
	SHARED S shared[32];
	const T *dy = (const T *)a.x + bid_x() * a.x_step, *y = (const T *)a.y + bid_x() * a.y_step;
	T *dx = (T *)a.dst + bid_x() * a.dst_step;
	S sum = 0;
	both(dy, y, a.width, [&](int, S g, S p) { sum += a.log ? g : g * p; });
	sum = block_sum(sum, shared);
	merge(dx, dy, y, a.width, [&](int, S g, S p) { return a.log ? g - fn_exp(p) * sum : p * (g - sum); });
}

struct CrossEntropyArgs {
	const void *logits;
	void *dlogits, *losses; // losses are float beside bf16; dlogits may be left out, or logits itself
	const int *targets;
	unsigned long long *faults;
	long long step, grad_step;
	double scale;
	int classes;
};

const int fault_cross_entropy = 5;

// dlogits = scale·(softmax(logits) - [j = target]). Rows whose target is negative are 0.
template <class T> DEVICE void cross_entropy(const CrossEntropyArgs &a) {
	typedef real<T> S;
	SHARED S shared[32];
	const T *x = (const T *)a.logits + bid_x() * a.step;
	T *dx = a.dlogits ? (T *)a.dlogits + bid_x() * a.grad_step : 0;
	S *loss = (S *)a.losses + bid_x();
	int target = a.targets[bid_x()];
	if (target >= a.classes) {
		if (tid() == 0) {
			fault(a.faults, fault_cross_entropy, bid_x(), target, a.classes);
		}
		return;
	}
	if (target < 0) {
		if (tid() == 0) {
			*loss = 0;
		}
		for (int j = tid(); dx && j < a.classes; j += nthreads()) {
			put(dx + j, S(0));
		}
		return;
	}
	Exponentials<S> e = exponentials(x, a.classes, shared);
	S logit = value(x[target]);
	if (tid() == 0) {
		*loss = e.most - logit + fn_log(e.sum);
	}
	if (!dx) {
		return;
	}
	sync(); // all have read the target's logit, which may be overwritten now
	S scale = (S)a.scale / e.sum;
	change(dx, x, a.classes, [&](int, S v) { return power<T>(v - e.most) * scale; });
	sync();
	if (tid() == 0) {
		put(dx + target, (S)a.scale * (power<T>(logit - e.most) / e.sum - 1));
	}
}

KERNEL(1024) softmax_f32(SoftmaxArgs a) { softmax<float>(a); }
KERNEL(1024) softmax_f64(SoftmaxArgs a) { softmax<double>(a); }
KERNEL(1024) softmax_bf16(SoftmaxArgs a) { softmax<bf16>(a); }
KERNEL(1024) softmax_grad_f32(SoftmaxArgs a) { softmax_grad<float>(a); }
KERNEL(1024) softmax_grad_f64(SoftmaxArgs a) { softmax_grad<double>(a); }
KERNEL(1024) softmax_grad_bf16(SoftmaxArgs a) { softmax_grad<bf16>(a); }
KERNEL(1024) cross_entropy_f32(CrossEntropyArgs a) { cross_entropy<float>(a); }
KERNEL(1024) cross_entropy_f64(CrossEntropyArgs a) { cross_entropy<double>(a); }
KERNEL(1024) cross_entropy_bf16(CrossEntropyArgs a) { cross_entropy<bf16>(a); }
