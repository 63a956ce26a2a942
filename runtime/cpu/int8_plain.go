package cpu

import (
	"fmt"
	"math"
)

// int8Weights are weights of 8 bits: W, n by k, where W[j][p] stands for data[j*ld+p] * scales[j*k/group + p/group].
type int8Weights struct {
	n, k, group int
	data        []int8
	ld          int
	scales      []float32 // n by k/group
}

func (w int8Weights) check() {
	switch {
	case w.n < 0 || w.k < 0 || w.group < 1 || w.k%w.group != 0:
		panic(fmt.Sprintf("cpu: int8 weights: %d by %d in groups of %d", w.n, w.k, w.group))
	case len(w.scales) < w.n*(w.k/w.group):
		panic(fmt.Sprintf("cpu: int8 weights: %d by %d in groups of %d need %d scales, but have %d", w.n, w.k, w.group, w.n*(w.k/w.group), len(w.scales)))
	}
	checkMatrix("W", len(w.data), w.n, w.k, w.ld, 1, 0)
}

// int8Product is the product C = A Wᵀ + beta C of m rows.
func int8Product(m, n, k, lda, ldb, ldc int) product {
	return product{transB: true, m: m, n: n, k: k, lda: lda, ldb: ldb, ldc: ldc, batch: 1}
}

// plainInt8 is what the kernels compute, in plain Go: the rows of A are rounded to 8 bits with a scale for each group.
func plainInt8(w int8Weights, m int, a []float32, lda int, beta float32, c []float32, ldc int, ep *epilogue) {
	w.check()
	p := int8Product(m, w.n, w.k, lda, w.ld, ldc)
	p.check(len(a), len(w.data), len(c))
	e, beta := ep.prepare(p, c, beta)
	groups := w.k / w.group
	x, scales := make([]int8, w.k), make([]float32, groups)
	for i := range m {
		for g := range groups {
			from := g * w.group
			scales[g] = roundGroup(x[from:from+w.group], a[i*lda+from:][:w.group])
		}
		for j := range w.n {
			var sum float64
			for g := range groups {
				var dot int
				for q := g * w.group; q < (g+1)*w.group; q++ {
					dot += int(x[q]) * int(w.data[j*w.ld+q])
				}
				sum += float64(dot) * float64(w.scales[j*groups+g]) * float64(scales[g])
			}
			if beta != 0 {
				sum += float64(beta) * float64(c[i*ldc+j])
			}
			c[i*ldc+j] = float32(e.finish(sum, i, j))
		}
	}
}

// roundGroup rounds numbers to 8 bits and returns their scale: the greatest magnitude becomes 127. A number that is not finite makes
// the scale NaN.
func roundGroup(to []int8, from []float32) float32 {
	var greatest, wrong float32
	for _, v := range from {
		greatest = max(greatest, float32(math.Abs(float64(v))))
		wrong += v * 0
	}
	var inverse float32
	if greatest > 1e-36 && greatest < 1e38 {
		inverse = 127 / greatest
	}
	for i, v := range from {
		to[i] = int8(math.RoundToEven(float64(v * inverse)))
	}
	return greatest/127 + wrong
}
