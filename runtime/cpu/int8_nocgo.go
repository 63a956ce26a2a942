//go:build !cgo

package cpu

func gemmInt8(w int8Weights, m int, a []float32, lda int, beta float32, c []float32, ldc int, ep *epilogue) {
	plainInt8(w, m, a, lda, beta, c, ldc, ep)
}
