package interop

import "gonum.org/v1/gonum/blas"

// Blocks of symmetric and triangular matrices on the diagonal have this many rows: they are gonum's, all that is off the diagonal is
// a general product.
const diagonal = 64

type float interface{ float32 | float64 }

// gemm is a general product of slices: [BLAS.Sgemm] or [BLAS.Dgemm].
type gemm[T float] func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// Ssyrk implements [blas.Float32]: C = alpha A Aᵀ + beta C, or with Aᵀ A, one triangle of C.
func (i BLAS) Ssyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	if n <= diagonal || k == 0 || alpha == 0 {
		i.Implementation.Ssyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	i.Implementation.Ssyrk(ul, tA, n, k, 0, a, lda, 1, c, ldc)
	syrk(i.Sgemm, i.Implementation.Ssyrk, ul, tA, n, k, alpha, a, lda, beta, c, ldc)
}

// Dsyrk implements [blas.Float64]: C = alpha A Aᵀ + beta C, or with Aᵀ A, one triangle of C.
func (i BLAS) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if n <= diagonal || k == 0 || alpha == 0 {
		i.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	i.Implementation.Dsyrk(ul, tA, n, k, 0, a, lda, 1, c, ldc)
	syrk(i.Dgemm, i.Implementation.Dsyrk, ul, tA, n, k, alpha, a, lda, beta, c, ldc)
}

// syrk updates rows of blocks: what is off the diagonal is a general product.
func syrk[T float](product gemm[T], onDiagonal func(ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int),
	ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	tB, row := blas.Trans, lda
	if tA != blas.NoTrans {
		tB, row = blas.NoTrans, 1
	}
	for from := 0; from < n; from += diagonal {
		rows := min(diagonal, n-from)
		onDiagonal(ul, tA, rows, k, alpha, a[from*row:], lda, beta, c[from*ldc+from:], ldc)
		first, cols := 0, from
		if ul == blas.Upper {
			first, cols = from+rows, n-from-rows
		}
		if cols > 0 {
			product(tA, tB, rows, cols, k, alpha, a[from*row:], lda, a[first*row:], lda, beta, c[from*ldc+first:], ldc)
		}
	}
}

// Ssymm implements [blas.Float32]: C = alpha A B + beta C or C = alpha B A + beta C, where A is symmetric.
func (i BLAS) Ssymm(s blas.Side, ul blas.Uplo, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m*n < smallVector || alpha == 0 {
		i.Implementation.Ssymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	i.Implementation.Ssymm(s, ul, m, n, 0, a, lda, b, ldb, 1, c, ldc)
	symm(i.Sgemm, s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsymm implements [blas.Float64]: C = alpha A B + beta C or C = alpha B A + beta C, where A is symmetric.
func (i BLAS) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m*n < smallVector || alpha == 0 {
		i.Implementation.Dsymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	i.Implementation.Dsymm(s, ul, m, n, 0, a, lda, b, ldb, 1, c, ldc)
	symm(i.Dgemm, s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

// symm multiplies with both triangles written out.
func symm[T float](product gemm[T], s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	size := m
	if s == blas.Right {
		size = n
	}
	full := make([]T, size*size)
	for i := range size {
		for j := range i + 1 {
			v := a[i*lda+j:]
			if ul == blas.Upper {
				v = a[j*lda+i:]
			}
			full[i*size+j], full[j*size+i] = v[0], v[0]
		}
	}
	if s == blas.Left {
		product(blas.NoTrans, blas.NoTrans, m, n, m, alpha, full, size, b, ldb, beta, c, ldc)
	} else {
		product(blas.NoTrans, blas.NoTrans, m, n, n, alpha, b, ldb, full, size, beta, c, ldc)
	}
}
