package cpu

// Sgemm computes C = alpha op(A) op(B) + beta C, where op transposes or not, on the processor's kernels and all its threads.
//
// All matrices are row-major: op(A) is m by k, op(B) k by n and C m by n, and lda, ldb and ldc are the elements from one stored row to the
// next. With beta 0, C is not read. C must not overlap A or B. Sgemm panics when a matrix reaches out of its slice.
func Sgemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	gemmF32(product{transA: transA, transB: transB, m: m, n: n, k: k, lda: lda, ldb: ldb, ldc: ldc, batch: 1}, alpha, a, b, beta, c, nil)
}

// Dgemm is [Sgemm] in float64.
func Dgemm(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	gemmF64(product{transA: transA, transB: transB, m: m, n: n, k: k, lda: lda, ldb: ldb, ldc: ldc, batch: 1}, alpha, a, b, beta, c)
}
