// What the fake cublasLt knows of a product, and what it checks (lt_check.cpp).
#pragma once

#include "fake.h"
#include "multiply.h"

namespace fake {

enum status { OK = 0, NO_CONTEXT = 1, INVALID = 7, UNSUPPORTED = 15 };
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

size_t size_of(int type);

// span is bytes of memory, named for messages.
struct span {
	const char *name;
	address at;
	size_t bytes;

	bool overlaps(const span &o) const { return at < o.at + o.bytes && o.at < at + bytes; }
};

// memory is what a product reads and what it writes.
struct memory {
	std::vector<span> read, written;

	// check tells whether all of it lies in allocations, and nothing overlaps what it may not.
	int check(context *c) const;
};

// fingerprint tells descriptions of products apart. Layouts are those of A, B, C and D.
unsigned long long fingerprint(const description &d, const layout *const (&all)[4]);
// possible tells whether four layouts are those of one product, of types and with an end that cublasLt has.
int possible(const description &d, const layout *const (&all)[4]);
// promised tells whether addresses are those for which an algorithm was chosen.
int promised(const algorithm &how, const description &d, const layout *const (&all)[4], const address (&at)[4], address workspace, size_t size);

} // namespace fake
