package cpu

import "math"

// plainGemm is what the kernels compute, in plain Go and summed in float64: the oracle of their tests, and the way for products with
// nothing in them.
func plainGemm[T float32 | float64](p product, alpha T, a, b []T, beta T, c []T, e *epilogue) {
	rowA, colA, rowB, colB := p.strides()
	for batch := range p.batch {
		for i := range p.m {
			for j := range p.n {
				var sum float64
				if alpha != 0 {
					for q := range p.k {
						sum += float64(a[batch*p.stepA+i*rowA+q*colA]) * float64(b[batch*p.stepB+q*rowB+j*colB])
					}
				}
				sum *= float64(alpha)
				to := &c[batch*p.stepC+i*p.ldc+j]
				if beta != 0 {
					sum += float64(beta) * float64(*to)
				}
				*to = T(e.finish(sum, i, j))
			}
		}
	}
}

// strides are the distances between rows and between columns of op(A) and op(B).
func (p product) strides() (rowA, colA, rowB, colB int) {
	rowA, colA, rowB, colB = p.lda, 1, p.ldb, 1
	if p.transA {
		rowA, colA = colA, rowA
	}
	if p.transB {
		rowB, colB = colB, rowB
	}
	return
}

// finish is the epilogue of one element.
func (e *epilogue) finish(x float64, i, j int) float64 {
	if e.bias != nil {
		x += float64(e.bias[j])
	}
	if e.pre != nil {
		e.pre[i*e.ldPre+j] = float32(x)
	}
	switch e.act {
	case gelu:
		x = x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	case relu:
		x = max(x, 0)
	case silu:
		x /= 1 + math.Exp(-x)
	}
	if e.residual != nil {
		x += float64(e.residual[i*e.ldResidual+j])
	}
	return x
}

// number is what matrices with bfloat16 are made of: uint16 is the upper half of a float32.
type number interface{ float32 | uint16 }
