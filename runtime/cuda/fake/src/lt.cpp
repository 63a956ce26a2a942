// The entry points of cublasLt that runtime/cuda uses, for products on the host (multiply.h). They are in the same library as the driver's.
//
// Strict here means: a plan holds for the descriptions it was made for and the alignments that were promised, and for no others; every matrix has to lie in an
// allocation, as a whole, now and when the product is computed; a result overlaps nothing that is read, but C where both lie alike; and what cublasLt documents as
// unsupported is refused, like epilogues of f64, so that callers show what they do then.
#include "lt.h"

#include <cstdlib>
#include <cstring>

namespace fake {

namespace {

std::set<handle *> handles;
std::set<description *> descriptions;
std::set<layout *> layouts;
std::set<preference *> preferences;

// sized is whether a type is one of ours.
bool sized(int type) { return type == R_32F || type == R_64F || type == R_16BF; }

// extent is how many bytes lie between the first and the last element of all matrices of a layout.
size_t extent(const layout &l) {
	if (l.rows == 0 || l.columns == 0) {
		return 0;
	}
	return ((l.batch - 1) * l.step + (l.columns - 1) * l.ld + l.rows) * size_of(l.type);
}

// known tells whether descriptions are still there, and are those of a product.
int known(handle *h, description *d, const layout *const (&all)[4]) {
	if (handles.count(h) == 0 || descriptions.count(d) == 0) {
		return refuse(INVALID, "a handle or a description that is gone or was never");
	}
	for (const layout *l : all) {
		if (layouts.count((layout *)l) == 0) {
			return refuse(INVALID, "a layout that is gone or was never");
		}
	}
	return possible(*d, all);
}

// tanh_bits is the precision of the tanh in GELU: that of the hardware's instruction (tanh.approx.f32 is off by 2^-11 of the value), unless somebody wants another.
int tanh_bits() {
	const char *bits = getenv("RESIDENT_FAKE_CUBLASLT_TANH");
	return bits != nullptr ? atoi(bits) : 11;
}

template <class T> int create(std::set<T *> &all, T **made, T value) {
	*made = new T(value);
	all.insert(*made);
	return OK;
}

// set writes an attribute.
template <class T> int set(T &to, const void *value, size_t size) {
	if (size != sizeof to) {
		return refuse(INVALID, "an attribute of %zu bytes, it has %zu", size, sizeof to);
	}
	memcpy(&to, value, size);
	return OK;
}

} // namespace

} // namespace fake

using namespace fake;

// LT_BEGIN begins an entry point that needs a context.
#define LT_BEGIN(c)                                         \
	std::lock_guard<std::recursive_mutex> locked_(fake::lock); \
	fake::context *c;                                          \
	if (fake::enter(__func__, c)) {                            \
		return NO_CONTEXT;                                        \
	}
#define LT_LOCK std::lock_guard<std::recursive_mutex> locked_(fake::lock)

extern "C" __attribute__((visibility("default"))) size_t cublasLtGetVersion() { return 120800; }

EXPORT cublasLtCreate(handle **made) {
	LT_BEGIN(c);
	return create(handles, made, handle{c});
}

EXPORT cublasLtMatmulDescCreate(description **made, int compute, int scale) {
	LT_LOCK;
	return create(descriptions, made, description{compute, scale});
}

EXPORT cublasLtMatmulDescSetAttribute(description *d, int attribute, const void *value, size_t size) {
	LT_LOCK;
	if (descriptions.count(d) == 0) {
		return refuse(INVALID, "a description that is gone or was never");
	}
	switch (attribute) {
	case 3:
		return set(d->trans_a, value, size);
	case 4:
		return set(d->trans_b, value, size);
	case 7:
		return set(d->end, value, size);
	case 8:
		return set(d->bias, value, size);
	case 11:
		return set(d->aux, value, size);
	case 12:
		return set(d->ld_aux, value, size);
	}
	return refuse(INVALID, "attribute %d of a description is not known here", attribute);
}

EXPORT cublasLtMatrixLayoutCreate(layout **made, int type, unsigned long long rows, unsigned long long columns, long long ld) {
	LT_LOCK;
	if (!sized(type)) {
		return refuse(INVALID, "type %d is not known here", type);
	}
	return create(layouts, made, layout{type, rows, columns, ld});
}

EXPORT cublasLtMatrixLayoutSetAttribute(layout *l, int attribute, const void *value, size_t size) {
	LT_LOCK;
	if (layouts.count(l) == 0) {
		return refuse(INVALID, "a layout that is gone or was never");
	}
	switch (attribute) {
	case 5:
		return set(l->batch, value, size);
	case 6:
		return set(l->step, value, size);
	}
	return refuse(INVALID, "attribute %d of a layout is not known here", attribute);
}

EXPORT cublasLtMatmulPreferenceCreate(preference **made) {
	LT_LOCK;
	return create(preferences, made, preference());
}

EXPORT cublasLtMatmulPreferenceSetAttribute(preference *p, int attribute, const void *value, size_t size) {
	LT_LOCK;
	if (preferences.count(p) == 0) {
		return refuse(INVALID, "a preference that is gone or was never");
	}
	if (attribute == 1) {
		return set(p->workspace, value, size);
	}
	if (attribute >= 5 && attribute <= 8) {
		return set(p->align[attribute - 5], value, size);
	}
	return refuse(INVALID, "attribute %d of a preference is not known here", attribute);
}

EXPORT cublasLtMatmulPreferenceDestroy(preference *p) {
	LT_LOCK;
	if (preferences.erase(p) == 0) {
		return refuse(INVALID, "a preference that is gone or was never");
	}
	delete p;
	return OK;
}

// heuristic is cublasLtMatmulHeuristicResult_t.
struct heuristic {
	algorithm how;
	size_t workspace;
	int state;
	float waves;
	int reserved[4];
};
static_assert(sizeof(algorithm) == 64 && sizeof(heuristic) == 96, "as in the library");

EXPORT cublasLtMatmulAlgoGetHeuristic(handle *h, description *d, layout *a, layout *b, layout *c, layout *to, preference *p, int wanted, heuristic *results, int *found) {
	LT_LOCK;
	const layout *const all[] = {a, b, c, to};
	*found = 0;
	if (preferences.count(p) == 0 || wanted < 1) {
		return refuse(INVALID, "a preference that is gone or was never, or no result wanted");
	}
	if (int code = known(h, d, all)) {
		return code;
	}
	for (int i = 0; i < 4; i++) {
		if (p->align[i] % size_of(all[i]->type) != 0) {
			return refuse(UNSUPPORTED, "elements of %zu bytes at multiples of %u", size_of(all[i]->type), p->align[i]);
		}
	}
	*results = heuristic();
	results->how = {MAGIC, fingerprint(*d, all), p->workspace, {p->align[0], p->align[1], p->align[2], p->align[3]}, {}};
	results->workspace = p->workspace;
	*found = 1;
	return OK;
}

EXPORT cublasLtMatmul(handle *h, description *d, const void *alpha, address a, layout *la, address b, layout *lb, const void *beta, address c, layout *lc, address to, layout *lto,
	const algorithm *how, address workspace, size_t workspace_size, stream *s) {
	LT_BEGIN(owner);
	const layout *const all[] = {la, lb, lc, lto};
	const address at[] = {a, b, c, to};
	if (int code = known(h, d, all)) {
		return code;
	}
	if (h->owner != owner || owner->streams.count(s) == 0) {
		return refuse(INVALID, "a handle of another context, or a stream that is gone");
	}
	if (int code = promised(*how, *d, all, at, workspace, workspace_size)) {
		return code;
	}
	auto number = [&](const void *v) { return d->scale == R_64F ? *(const double *)v : *(const float *)v; };
	auto in = [&](int i, bool transposed) { return matrices{all[i]->type, (char *)at[i], all[i]->ld, all[i]->step, transposed}; };
	product p = {};
	p.m = lto->rows, p.n = lto->columns, p.k = d->trans_a ? la->rows : la->columns, p.batch = lto->batch;
	p.a = in(0, d->trans_a), p.b = in(1, d->trans_b), p.c = in(2, false), p.d = in(3, false);
	p.alpha = number(alpha), p.beta = number(beta);
	p.end = d->end, p.tf32 = d->compute == COMPUTE_TF32, p.tanh_bits = tanh_bits();

	memory touched;
	touched.read = {{"A", a, extent(*la)}, {"B", b, extent(*lb)}, {"the workspace", workspace, how->workspace}};
	touched.written = {{"D", to, extent(*lto)}};
	if (p.beta != 0 && !(c == to && *lc == *lto)) {
		touched.read.push_back({"C", c, extent(*lc)});
	}
	if (p.end & END_BIAS) {
		p.bias = (const char *)d->bias;
		touched.read.push_back({"the bias", d->bias, p.m * size_of(lto->type)});
	}
	if (p.end & END_AUX) {
		p.aux = {lto->type, (char *)d->aux, d->ld_aux, 0, false};
		touched.written.push_back({"the auxiliary matrix", d->aux, ((p.n - 1) * d->ld_aux + p.m) * size_of(lto->type)});
	}
	if (int code = touched.check(owner)) {
		return code;
	}
	hand_over(s, [p, touched, owner] {
		if (touched.check(owner) != OK) {
			return (int)simt::ILLEGAL_ADDRESS;
		}
		multiply(p);
		return (int)SUCCESS;
	});
	return OK;
}
