package interop

import "gonum.org/v1/gonum/blas"

// Strsm implements [blas.Float32]: it solves op(A) X = alpha B or X op(A) = alpha B for X, in place of B, where A is triangular.
func (i BLAS) Strsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	t := triangle[float32]{i.Sgemm, i.Implementation.Strsm, s, ul, tA, d, lda, ldb}
	t.run(m, n, alpha, a, b)
}

// Dtrsm implements [blas.Float64]: it solves op(A) X = alpha B or X op(A) = alpha B for X, in place of B, where A is triangular.
func (i BLAS) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	t := triangle[float64]{i.Dgemm, i.Implementation.Dtrsm, s, ul, tA, d, lda, ldb}
	t.run(m, n, alpha, a, b)
}

// triangle solves triangular systems by halves: one half of the unknowns, then they leave the equations of the others by a general
// product, then the other half.
type triangle[T float] struct {
	product  gemm[T]
	small    func(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)
	s        blas.Side
	ul       blas.Uplo
	tA       blas.Transpose
	d        blas.Diag
	lda, ldb int
}

// run leaves small systems, and those with something wrong, to gonum.
func (t triangle[T]) run(m, n int, alpha T, a, b []T) {
	size := t.size(m, n)
	valid := (t.s == blas.Left || t.s == blas.Right) && (t.ul == blas.Upper || t.ul == blas.Lower) && (t.d == blas.Unit || t.d == blas.NonUnit) &&
		(t.tA == blas.NoTrans || t.tA == blas.Trans || t.tA == blas.ConjTrans) && t.lda >= size && t.ldb >= max(n, 1) &&
		len(a) >= (size-1)*t.lda+size && len(b) >= (m-1)*t.ldb+n
	if m <= 0 || n <= 0 || size <= diagonal || alpha == 0 || !valid {
		t.small(t.s, t.ul, t.tA, t.d, m, n, alpha, a, t.lda, b, t.ldb)
		return
	}
	t.solve(m, n, alpha, a, b)
}

func (t triangle[T]) size(m, n int) int {
	if t.s == blas.Left {
		return m
	}
	return n
}

func (t triangle[T]) solve(m, n int, alpha T, a, b []T) {
	size := t.size(m, n)
	if size <= diagonal {
		t.small(t.s, t.ul, t.tA, t.d, m, n, alpha, a, t.lda, b, t.ldb)
		return
	}
	half := (size/2 + diagonal - 1) / diagonal * diagonal
	rest := size - half
	corner := a[half*t.lda+half:] // the lower right quarter of A
	off := a[half:]               // the quarter of A off its diagonal that is not zero
	if t.ul == blas.Lower {
		off = a[half*t.lda:]
	}
	// op(A) is lower triangular if A is and is not transposed, or is not and is.
	lower := (t.ul == blas.Lower) == (t.tA == blas.NoTrans)
	if t.s == blas.Left {
		top, bottom := b, b[half*t.ldb:]
		if lower {
			t.solve(half, n, alpha, a, top)
			t.product(t.tA, blas.NoTrans, rest, n, half, -1, off, t.lda, top, t.ldb, alpha, bottom, t.ldb)
			t.solve(rest, n, 1, corner, bottom)
		} else {
			t.solve(rest, n, alpha, corner, bottom)
			t.product(t.tA, blas.NoTrans, half, n, rest, -1, off, t.lda, bottom, t.ldb, alpha, top, t.ldb)
			t.solve(half, n, 1, a, top)
		}
		return
	}
	left, right := b, b[half:]
	if lower {
		t.solve(m, rest, alpha, corner, right)
		t.product(blas.NoTrans, t.tA, m, half, rest, -1, right, t.ldb, off, t.lda, alpha, left, t.ldb)
		t.solve(m, half, 1, a, left)
	} else {
		t.solve(m, half, alpha, a, left)
		t.product(blas.NoTrans, t.tA, m, rest, half, -1, left, t.ldb, off, t.lda, alpha, right, t.ldb)
		t.solve(m, rest, 1, corner, right)
	}
}
