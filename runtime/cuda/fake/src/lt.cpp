// The entry points of cublasLt that runtime/cuda uses, for products on the host (multiply.h). They are in the same library as the driver's.
//
// Strict here means: a plan holds for the descriptions it was made for and the alignments that were promised, and for no others; every matrix has to lie in an
// allocation, as a whole, now and when the product is computed; a result overlaps nothing that is read, but C where both lie alike; and what cublasLt documents as
// unsupported is refused, like epilogues of f64, so that callers show what they do then.
#include "fake.h"
#include "multiply.h"

#include <cstdlib>
#include <cstring>

namespace fake {

namespace {

enum status { OK = 0, NO_CONTEXT = 1, INVALID = 7, EXECUTION_FAILED = 13, UNSUPPORTED = 15 };
enum { COMPUTE_32F = 68, COMPUTE_64F = 70, COMPUTE_TF32 = 77 };

struct handle {
	context *owner;
};

// description is cublasLtMatmulDesc_t.
struct description {
	int compute, scale;
	int trans_a = 0, trans_b = 0, end = END_DEFAULT;
	address bias = 0, aux = 0;
	long long ld_aux = 0;
};

// layout is cublasLtMatrixLayout_t.
struct layout {
	int type;
	unsigned long long rows, columns;
	long long ld, step = 0;
	int batch = 1;

	bool operator==(const layout &o) const { return type == o.type && rows == o.rows && columns == o.columns && ld == o.ld && step == o.step && batch == o.batch; }
};

struct preference {
	size_t workspace = 0;
	unsigned align[4] = {256, 256, 256, 256}; // of A, B, C and D
};

// algorithm is what cublasLtMatmulAlgo_t holds here: for what it was chosen.
struct algorithm {
	unsigned long long magic, of, workspace;
	unsigned align[4];
	unsigned long long unused[3];
};
enum : unsigned long long { MAGIC = 0x6672657368706c61 };

std::set<handle *> handles;
std::set<description *> descriptions;
std::set<layout *> layouts;
std::set<preference *> preferences;

size_t size_of(int type) { return type == R_64F ? 8 : type == R_16BF ? 2 : 4; }

// sized is whether a type is one of ours.
bool sized(int type) { return type == R_32F || type == R_64F || type == R_16BF; }

// extent is how many bytes lie between the first and the last element of all matrices of a layout.
size_t extent(const layout &l) {
	if (l.rows == 0 || l.columns == 0) {
		return 0;
	}
	return ((l.batch - 1) * l.step + (l.columns - 1) * l.ld + l.rows) * size_of(l.type);
}

// span is bytes of memory, named for messages.
struct span {
	const char *name;
	address at;
	size_t bytes;

	bool overlaps(const span &o) const { return at < o.at + o.bytes && o.at < at + bytes; }
};

// fingerprint tells descriptions of products apart.
unsigned long long fingerprint(const description &d, const layout *const (&all)[4]) {
	unsigned long long h = 14695981039346656037ull; // FNV-1a
	auto add = [&](unsigned long long v) {
		for (int i = 0; i < 64; i += 8) {
			h = (h ^ (v >> i & 0xff)) * 1099511628211ull;
		}
	};
	for (long long v : {(long long)d.compute, (long long)d.trans_a, (long long)d.trans_b, (long long)d.end, d.ld_aux}) {
		add(v);
	}
	for (const layout *l : all) {
		for (long long v : {(long long)l->type, (long long)l->rows, (long long)l->columns, l->ld, l->step, (long long)l->batch}) {
			add(v);
		}
	}
	return h;
}

// supported tells whether types and what is done at the end are a combination that cublasLt has.
int supported(const description &d, const layout *const (&all)[4]) {
	int ab = all[0]->type, cd = all[3]->type;
	bool same = all[1]->type == ab && all[2]->type == cd;
	bool f64 = d.compute == COMPUTE_64F && d.scale == R_64F && ab == R_64F && cd == R_64F;
	bool f32 = (d.compute == COMPUTE_32F || d.compute == COMPUTE_TF32) && d.scale == R_32F && ab == R_32F && cd == R_32F;
	bool bf16 = d.compute == COMPUTE_32F && d.scale == R_32F && ab == R_16BF && (cd == R_16BF || cd == R_32F);
	if (!same || !(f64 || f32 || bf16)) {
		return refuse(INVALID, "no product of types %d and %d to %d and %d, computed as %d", ab, all[1]->type, all[2]->type, cd, d.compute);
	}
	if (f64 && d.end != END_DEFAULT) {
		return refuse(UNSUPPORTED, "epilogue %d of f64", d.end);
	}
	switch (d.end) {
	case END_DEFAULT: case END_RELU: case END_BIAS: case END_RELU | END_BIAS: case END_GELU: case END_GELU | END_BIAS:
		return OK;
	case END_GELU | END_AUX: case END_GELU | END_AUX | END_BIAS:
		if (d.ld_aux % 8 != 0 || d.ld_aux < (long long)all[3]->rows || all[3]->batch > 1) {
			return refuse(INVALID, "an auxiliary matrix with columns %lld apart, beside %d of %llu rows", d.ld_aux, all[3]->batch, all[3]->rows);
		}
		return OK;
	}
	return refuse(INVALID, "epilogue %d", d.end);
}

// fits tells whether four layouts are those of one product.
int fits(const description &d, const layout *const (&all)[4]) {
	const layout &a = *all[0], &b = *all[1], &c = *all[2], &to = *all[3];
	unsigned long long m = d.trans_a ? a.columns : a.rows, k = d.trans_a ? a.rows : a.columns;
	if ((d.trans_b ? b.columns : b.rows) != k || (d.trans_b ? b.rows : b.columns) != to.columns || to.rows != m || c.rows != m || c.columns != to.columns) {
		return refuse(INVALID, "sizes that do not fit: [%llu %llu] · [%llu %llu] + [%llu %llu] as [%llu %llu], transposed: %d %d", a.rows, a.columns, b.rows, b.columns, c.rows, c.columns,
			to.rows, to.columns, d.trans_a, d.trans_b);
	}
	if (m == 0 || k == 0 || to.columns == 0) {
		return refuse(INVALID, "an empty product");
	}
	for (const layout *l : all) {
		if (l->ld < (long long)l->rows || l->batch != to.batch || (l == all[3] && l->batch > 1 && l->step < l->ld * ((long long)l->columns - 1) + (long long)l->rows)) {
			return refuse(INVALID, "%d matrices [%llu %llu], columns %lld apart, each %lld from the next", l->batch, l->rows, l->columns, l->ld, l->step);
		}
	}
	return OK;
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
	if (int code = fits(*d, all)) {
		return code;
	}
	return supported(*d, all);
}

// memory is what a product touches: what is read first, from C on what is written.
struct memory {
	std::vector<span> read, written;

	int check(context *c) const {
		for (auto *all : {&read, &written}) {
			for (const span &s : *all) {
				if (s.bytes > 0 && !inside(c->device, s.at, s.bytes)) {
					return refuse(INVALID, "%s, %zu bytes at %llx, is not in an allocation", s.name, s.bytes, s.at);
				}
			}
		}
		for (size_t i = 0; i < written.size(); i++) {
			for (const span &r : read) {
				if (written[i].overlaps(r)) {
					return refuse(INVALID, "%s overlaps %s", written[i].name, r.name);
				}
			}
			for (size_t j = 0; j < i; j++) {
				if (written[i].overlaps(written[j])) {
					return refuse(INVALID, "%s overlaps %s", written[i].name, written[j].name);
				}
			}
		}
		return OK;
	}
};

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

// promised tells whether addresses are those for which an algorithm was chosen.
static int promised(const algorithm &how, const description &d, const layout *const (&all)[4], const address (&at)[4], address workspace, size_t size) {
	if (how.magic != MAGIC || how.of != fingerprint(d, all)) {
		return refuse(INVALID, "an algorithm that was chosen for another product");
	}
	for (int i = 0; i < 4; i++) {
		if (at[i] % how.align[i] != 0) {
			return refuse(INVALID, "matrix %c at %llx, promised were multiples of %u", 'A' + i, at[i], how.align[i]);
		}
	}
	if (size < how.workspace || workspace % 256 != 0) {
		return refuse(INVALID, "a workspace of %zu bytes at %llx, wanted were %llu", size, workspace, how.workspace);
	}
	if ((d.end & END_BIAS && (d.bias == 0 || d.bias % 16 != 0)) || (d.end & END_AUX && (d.aux == 0 || d.aux % 16 != 0))) {
		return refuse(INVALID, "a bias at %llx, an auxiliary matrix at %llx", d.bias, d.aux);
	}
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
