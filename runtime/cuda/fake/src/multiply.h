// Matrix products on the host, as cublasLt defines them: D = end(alpha·A·B + beta·C), by columns.
#pragma once

namespace fake {

// The types of numbers (cudaDataType).
enum { R_32F = 0, R_64F = 1, R_16BF = 14 };

// What is done at the end, in this order (the parts of cublasLtEpilogue_t): add a bias for each row, keep the result so far, activate.
enum { END_DEFAULT = 1, END_RELU = 2, END_BIAS = 4, END_GELU = 32, END_AUX = 128 };

// matrices lie in memory by columns, ld elements apart; the next of a batch is step elements on.
struct matrices {
	int type;
	char *at;
	long long ld, step;
	bool transposed;

	// place of an element, counted from the first.
	long long place(long long i, long long row, long long column) const { return i * step + (transposed ? row * ld + column : column * ld + row); }
};

struct product {
	long long m, n, k, batch; // D is [m, n], k is what is summed over
	matrices a, b, c, d, aux; // aux is where the result is kept before it is activated
	const char *bias;
	double alpha, beta;
	int end;
	bool tf32;     // operands are rounded to 11 bits
	int tanh_bits; // of the tanh in GELU
};

void multiply(const product &p);

} // namespace fake
