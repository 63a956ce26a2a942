//go:build !cgo

package cpu

func gemmInt8(w int8Weights, m int, a []float32, lda int, beta float32, c []float32, ldc int, ep *epilogue) {
	plainInt8(w, m, a, lda, beta, c, ldc, ep)
}

func (w packedInt8) gemm(m int, a []float32, lda int, beta float32, c []float32, ldc int, ep *epilogue) {
	plainInt8(int8Weights{n: w.n, k: w.k, group: w.group, data: w.data, ld: max(w.k, 1), scales: w.scales}, m, a, lda, beta, c, ldc, ep)
}

// pack copies: in plain Go one order is as good as another.
func (w int8Weights) pack() packedInt8 {
	w.check()
	to := packedInt8{n: w.n, k: w.k, group: w.group, data: make([]int8, w.n*w.k), scales: w.scales}
	if w.k == 0 {
		return to
	}
	for i := range w.n {
		copy(to.data[i*w.k:][:w.k], w.data[i*w.ld:])
	}
	return to
}
