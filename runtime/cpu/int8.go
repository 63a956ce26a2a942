//go:build cgo

package cpu

// #include "int8.h"
// #cgo noescape cpu_int8_gemm
// #cgo nocallback cpu_int8_gemm
// #cgo noescape cpu_int8_pack
// #cgo nocallback cpu_int8_pack
import "C"

import "unsafe"

// gemmInt8 computes C = A Wᵀ + beta C and an epilogue, m rows.
func gemmInt8(w int8Weights, m int, a []float32, lda int, beta float32, c []float32, ldc int, ep *epilogue) {
	w.check()
	p := int8Product(m, w.n, w.k, lda, w.ld, ldc)
	p.check(len(a), len(w.data), len(c))
	if w.k == 0 {
		plainInt8(w, m, a, lda, beta, c, ldc, ep)
		return
	}
	runInt8(p, w.group, w.ld, w.data, w.scales, a, beta, c, ep)
}

// gemm computes C = A Wᵀ + beta C and an epilogue, m rows.
func (w packedInt8) gemm(m int, a []float32, lda int, beta float32, c []float32, ldc int, ep *epilogue) {
	p := int8Product(m, w.n, w.k, lda, max(w.k, 1), ldc)
	p.check(len(a), w.n*w.k, len(c))
	if w.k == 0 {
		plainInt8(int8Weights{n: w.n, group: 1, ld: 1}, m, a, lda, beta, c, ldc, ep)
		return
	}
	runInt8(p, w.group, 0, w.data, w.scales, a, beta, c, ep)
}

func runInt8(p product, group, row int, w []int8, scales, a []float32, beta float32, c []float32, ep *epilogue) {
	e, beta := ep.prepare(p, c, beta)
	if p.m == 0 || p.n == 0 {
		return
	}
	poolStart()
	s := p.shape(1, float64(beta))
	s.act, s.ld_pre, s.ld_residual = C.enum_gemm_act(e.act), C.long(e.ldPre), C.long(e.ldResidual)
	C.cpu_int8_gemm(&s, C.long(group), C.long(row), floats(a), bytes(w), floats(scales), floats(c), floats(e.bias), floats(e.pre), floats(e.residual))
}

// pack puts weights into the order in which kernels read them.
func (w int8Weights) pack() packedInt8 {
	w.check()
	groups, rows := w.k/w.group, (w.n+C.INT8_BLOCK-1)/C.INT8_BLOCK*C.INT8_BLOCK
	to := packedInt8{n: w.n, k: w.k, group: w.group, data: make([]int8, rows*groups*((w.group+3)/4*4)), scales: make([]float32, rows*groups)}
	if len(to.data) > 0 {
		poolStart()
		C.cpu_int8_pack(C.long(w.n), C.long(w.k), C.long(w.group), C.long(w.ld), bytes(w.data), floats(w.scales), bytes(to.data), floats(to.scales))
	}
	return to
}

func bytes(s []int8) *C.int8_t { return (*C.int8_t)(unsafe.SliceData(s)) }
