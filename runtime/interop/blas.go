package interop

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gorgonia.org/tensor"

	"github.com/resident-go/resident/runtime/cpu"
)

// UseBLAS makes gonum (blas32, blas64, and what is built on them: mat, lapack) and gorgonia's tensors compute on our kernels.
// Call it before anything is computed, not meanwhile.
func UseBLAS() {
	blas32.Use(BLAS{})
	blas64.Use(BLAS{})
	tensor.Use(BLAS{})
}

// BLAS is gonum's implementation of BLAS with our kernels behind general matrix products and products with a vector, and behind
// what comes down to those: symmetric products and rank updates, and triangular systems. Everything else, all checks of arguments, and
// the panics with which they end, are gonum's.
type BLAS struct{ gonum.Implementation }

var (
	_ blas.Float32 = BLAS{}
	_ blas.Float64 = BLAS{}
)

// Below these sizes crossing into C costs more than it saves.
const (
	smallProduct = 1 << 10 // multiplications of a matrix product
	smallVector  = 1 << 12 // elements of a matrix times a vector
)

// Sgemm implements [blas.Float32]: C = alpha op(A) op(B) + beta C.
func (i BLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m*n*k < smallProduct || alpha == 0 {
		i.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	i.Implementation.Sgemm(tA, tB, m, n, k, 0, a, lda, b, ldb, 1, c, ldc) // checks, and does nothing
	cpu.Sgemm(tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm implements [blas.Float64]: C = alpha op(A) op(B) + beta C.
func (i BLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m*n*k < smallProduct || alpha == 0 {
		i.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	i.Implementation.Dgemm(tA, tB, m, n, k, 0, a, lda, b, ldb, 1, c, ldc)
	cpu.Dgemm(tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Sgemv implements [blas.Float32]: y = alpha op(A) x + beta y.
func (i BLAS) Sgemv(tA blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	i.Implementation.Sgemv(tA, m, n, 0, a, lda, x, incX, 1, y, incY) // checks, and does nothing
	switch {
	case m == 0 || n == 0:
	case m*n < smallVector || alpha == 0 || incX != 1 || incY != 1:
		if tA != blas.NoTrans && beta == 0 {
			// gonum v0.17.0 clears m elements of y here instead of n.
			i.Sscal(n, 0, y, max(incY, -incY))
			beta = 1
		}
		i.Implementation.Sgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
	case tA == blas.NoTrans:
		cpu.Sgemm(false, false, m, 1, n, alpha, a, lda, x, 1, beta, y, 1)
	default:
		cpu.Sgemm(true, false, n, 1, m, alpha, a, lda, x, 1, beta, y, 1)
	}
}

// Dgemv implements [blas.Float64]: y = alpha op(A) x + beta y.
func (i BLAS) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if m*n < smallVector || alpha == 0 || incX != 1 || incY != 1 {
		i.Implementation.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	i.Implementation.Dgemv(tA, m, n, 0, a, lda, x, incX, 1, y, incY)
	if tA == blas.NoTrans {
		cpu.Dgemm(false, false, m, 1, n, alpha, a, lda, x, 1, beta, y, 1)
	} else {
		cpu.Dgemm(true, false, n, 1, m, alpha, a, lda, x, 1, beta, y, 1)
	}
}
