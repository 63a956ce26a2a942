#include "lt.h"

namespace fake {

size_t size_of(int type) { return type == R_64F ? 8 : type == R_16BF ? 2 : 4; }

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
static int supported(const description &d, const layout *const (&all)[4]) {
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
static int fits(const description &d, const layout *const (&all)[4]) {
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

int possible(const description &d, const layout *const (&all)[4]) {
	if (int code = fits(d, all)) {
		return code;
	}
	return supported(d, all);
}

int promised(const algorithm &how, const description &d, const layout *const (&all)[4], const address (&at)[4], address workspace, size_t size) {
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

int memory::check(context *c) const {
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

} // namespace fake
