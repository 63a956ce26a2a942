//go:build !cgo

package cpu

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Where there is no C compiler, products are gonum's.

func gemmF32(p product, alpha float32, a, b []float32, beta float32, c []float32, ep *epilogue) {
	p.check(len(a), len(b), len(c))
	e, beta := ep.prepare(p, c, beta)
	if p.m == 0 || p.n == 0 {
		return
	}
	if p.k == 0 || alpha == 0 {
		plainGemm(p, alpha, a, b, beta, c, &e)
		return
	}
	for i := range p.batch {
		to := c[i*p.stepC:]
		gonum.Implementation{}.Sgemm(transpose(p.transA), transpose(p.transB), p.m, p.n, p.k,
			alpha, a[i*p.stepA:], p.lda, b[i*p.stepB:], p.ldb, beta, to, p.ldc)
	}
	if ep == nil {
		return
	}
	for i := range p.m {
		for j, x := range c[i*p.ldc:][:p.n] {
			c[i*p.ldc+j] = float32(e.finish(float64(x), i, j))
		}
	}
}

func gemmBF16[A, B number](p product, alpha float32, a []A, b []B, beta float32, c []float32, ep *epilogue) {
	gemmF32(p, alpha, widened(a), widened(b), beta, c, ep)
}

func gemmF64(p product, alpha float64, a, b []float64, beta float64, c []float64) {
	p.check(len(a), len(b), len(c))
	if p.m == 0 || p.n == 0 {
		return
	}
	if p.k == 0 || alpha == 0 {
		plainGemm(p, alpha, a, b, beta, c, &epilogue{})
		return
	}
	for i := range p.batch {
		to := c[i*p.stepC:]
		gonum.Implementation{}.Dgemm(transpose(p.transA), transpose(p.transB), p.m, p.n, p.k,
			alpha, a[i*p.stepA:], p.lda, b[i*p.stepB:], p.ldb, beta, to, p.ldc)
	}
}

func transpose(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

// widened returns numbers as float32.
func widened[T number](s []T) []float32 {
	switch s := any(s).(type) {
	case []float32:
		return s
	case []uint16:
		to := make([]float32, len(s))
		for i, h := range s {
			to[i] = math.Float32frombits(uint32(h) << 16)
		}
		return to
	}
	panic("cpu: a number of another type")
}
