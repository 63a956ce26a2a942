// Rows and elements by index. Indices are checked here: what leads nowhere is noted, and read or written nowhere.
#include "real.h"

// Kinds of faults; see fault.go.
enum { GATHER = 1, SCATTER_ADD, PICK, PICK_GRAD, EMBED = 6 };

// lookup_args: rows of width elements, x of them by index and a table of limit rows. Element j of row i is at i*row + j*column.
struct lookup_args {
	void *x, *table;
	const int *ids;
	unsigned long long *fault;
	long long n, width, limit;
	long long x_row, x_column, table_row, table_column;
};

template <class T> DEVICE void gather(const lookup_args &a) {
	T *x = (T *)a.x;
	const T *table = (const T *)a.table;
	for (long long i = bid_x(); i < a.n; i += nblocks_x()) {
		long long id = a.ids[i];
		if (id < 0 || id >= a.limit) {
			if (tid() == 0) {
				fault(a.fault, GATHER, i, id, a.limit);
			}
			continue;
		}
		for (long long j = tid(); j < a.width; j += nthreads()) {
			x[i * a.x_row + j * a.x_column] = table[id * a.table_row + j * a.table_column];
		}
	}
}

KERNEL(256) gather_f32(lookup_args a) { gather<float>(a); }
KERNEL(256) gather_f64(lookup_args a) { gather<double>(a); }
KERNEL(256) gather_bf16(lookup_args a) { gather<bf16>(a); }
KERNEL(256) gather_i32(lookup_args a) { gather<int>(a); }
KERNEL(256) gather_i8(lookup_args a) { gather<signed char>(a); }

// Sums are made in float for bf16; those of integers are kept to what the type holds.
DEVICE int sum_of(signed char v) { return v; }
DEVICE int sum_of(int v) { return v; }
template <class T> DEVICE real<T> sum_of(T v) { return value(v); }
DEVICE void put(int *at, int v) { *at = v; }
DEVICE void put(signed char *at, int v) { *at = (signed char)(v < -128 ? -128 : v > 127 ? 127 : v); }

// scatter_add adds rows to a table. One block does all rows of an index, in their order, so that the sum has the same bits each time: the block of the
// first of them. The others have nothing to do; that a row has an earlier one is found out by looking at all ids before it, 256 at a time.
template <class X, class T> DEVICE void scatter_add(const lookup_args &a) {
	SHARED int seen;
	SHARED int same[256];
	const X *x = (const X *)a.x;
	T *table = (T *)a.table;
	for (long long i = bid_x(); i < a.n; i += nblocks_x()) {
		int id = a.ids[i];
		if (id < 0 || id >= a.limit) {
			if (tid() == 0) {
				fault(a.fault, SCATTER_ADD, i, id, a.limit);
			}
			continue;
		}
		sync();
		if (tid() == 0) {
			seen = 0;
		}
		sync();
		bool earlier = false;
		for (long long j = tid(); j < i; j += nthreads()) {
			earlier = earlier || a.ids[j] == id;
		}
		if (earlier) {
			seen = 1;
		}
		sync();
		if (seen) {
			continue;
		}
		for (long long from = tid(); from - tid() < a.width; from += 4LL * nthreads()) { // four columns at a time
			T *to = table + id * a.table_row;
			decltype(sum_of(T())) sum[4];
			for (int c = 0; c < 4; c++) {
				long long column = from + c * nthreads();
				sum[c] = column < a.width ? sum_of(to[column * a.table_column]) : sum_of(T());
			}
			for (long long base = i; base < a.n; base += 256) {
				sync();
				seen = 0;
				sync();
				for (int k = tid(); k < 256; k += nthreads()) {
					same[k] = base + k < a.n && a.ids[base + k] == id;
					if (same[k]) {
						seen = 1;
					}
				}
				sync();
				for (int k = 0; seen && k < 256; k++) {
					for (int c = 0; c < 4 && same[k]; c++) {
						long long column = from + c * nthreads();
						if (column < a.width) {
							sum[c] += sum_of(x[(base + k) * a.x_row + column * a.x_column]);
						}
					}
				}
			}
			for (int c = 0; c < 4; c++) {
				long long column = from + c * nthreads();
				if (column < a.width) {
					put(&to[column * a.table_column], sum[c]);
				}
			}
		}
	}
}

KERNEL(256) scatter_add_f32(lookup_args a) { scatter_add<float, float>(a); }
KERNEL(256) scatter_add_f64(lookup_args a) { scatter_add<double, double>(a); }
KERNEL(256) scatter_add_bf16(lookup_args a) { scatter_add<bf16, bf16>(a); }
KERNEL(256) scatter_add_bf16_f32(lookup_args a) { scatter_add<bf16, float>(a); }
KERNEL(256) scatter_add_i32(lookup_args a) { scatter_add<int, int>(a); }
KERNEL(256) scatter_add_i8(lookup_args a) { scatter_add<signed char, signed char>(a); }

// pick_args: row i of x has width elements, column apart; one of them is picked.
struct pick_args {
	void *one, *x;
	const int *ids;
	unsigned long long *fault;
	long long n, width, x_row, x_column;
};

template <class T, bool GRAD> DEVICE void pick(const pick_args &a) {
	T *one = (T *)a.one, *x = (T *)a.x;
	for (long long i = bid_x() * 256LL + tid(); i < a.n; i += nblocks_x() * 256LL) {
		long long id = a.ids[i];
		if (id >= a.width) {
			fault(a.fault, GRAD ? PICK_GRAD : PICK, i, id, a.width);
			continue;
		}
		T *at = x + i * a.x_row + id * a.x_column;
		if (!GRAD) {
			one[i] = id < 0 ? T() : *at;
		} else if (id >= 0) {
			put(at, sum_of(*at) + sum_of(one[i]));
		}
	}
}

#define PICKS(name, type) \
	KERNEL(256) pick_##name(pick_args a) { pick<type, false>(a); } \
	KERNEL(256) pick_grad_##name(pick_args a) { pick<type, true>(a); }
PICKS(f32, float)
PICKS(f64, double)
PICKS(bf16, bf16)
PICKS(i32, int)
PICKS(i8, signed char)

// quantize_args: rows of width floats become bytes; groups of them share a scale.
struct quantize_args {
	signed char *to;
	float *scales;
	const float *x;
	long long groups, group; // how many there are in all, and how many numbers each has
};

// One warp for each group. The scale is the largest magnitude divided by 127; the numbers are rounded to the nearest, ties to even.
KERNEL(256) quantize_f32(quantize_args a) {
	long long g = bid_x() * 8LL + warp();
	if (g >= a.groups) {
		return;
	}
	const float *x = a.x + g * a.group;
	float most = 0;
	for (long long j = lane(); j < a.group; j += 32) {
		most = larger(most, abs_(x[j]));
	}
	most = warp_max(most);
	float scale = most / 127;
	for (long long j = lane(); j < a.group; j += 32) {
		a.to[g * a.group + j] = scale > 0 ? (signed char)rint_((double)x[j] / scale) : 0;
	}
	if (lane() == 0) {
		a.scales[g] = scale;
	}
}

// embed_args: rows of width floats are those of a table by index, in 8 bits with a scale for each group, plus those of another.
struct embed_args {
	float *dst;
	const void *table;
	const float *scales, *positions; // null where there are none
	const int *ids, *at;
	unsigned long long *fault;
	long long n, width, limit, groups, block;
	long long dst_step[2], table_step[2], scale_step[2], position_step[2];
	long long id_step, at_step;
};

template <class T> DEVICE void embed(const embed_args &a) {
	long long i = bid_x(), id = a.ids[i * a.id_step], at = a.positions ? a.at[i * a.at_step] : 0;
	bool lost = id < 0 || id >= a.limit;
	if (lost || at < 0 || (a.positions && at >= a.block)) {
		if (tid() == 0) {
			fault(a.fault, EMBED, i, lost ? id : at, lost ? a.limit : a.block);
		}
		return;
	}
	const T *row = (const T *)a.table + id * a.table_step[0];
	for (long long j = tid(); j < a.width; j += nthreads()) {
		float v = value(row[j * a.table_step[1]]);
		if (a.scales) {
			v *= a.scales[id * a.scale_step[0] + j / (a.width / a.groups) * a.scale_step[1]];
		}
		if (a.positions) {
			v += a.positions[at * a.position_step[0] + j * a.position_step[1]];
		}
		a.dst[i * a.dst_step[0] + j * a.dst_step[1]] = v;
	}
}

KERNEL(256) embed_f32(embed_args a) { embed<float>(a); }
KERNEL(256) embed_bf16(embed_args a) { embed<bf16>(a); }
KERNEL(256) embed_i8(embed_args a) { embed<signed char>(a); }
