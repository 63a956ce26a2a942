//go:build cgo

package cpu

// #include "int8.h"
// #cgo noescape cpu_int8_gemm
// #cgo nocallback cpu_int8_gemm
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
	e, beta := ep.prepare(p, c, beta)
	if p.m == 0 || p.n == 0 {
		return
	}
	poolStart()
	s := p.shape(1, float64(beta))
	s.act, s.ld_pre, s.ld_residual = C.enum_gemm_act(e.act), C.long(e.ldPre), C.long(e.ldResidual)
	C.cpu_int8_gemm(&s, C.long(w.group), C.long(w.ld), floats(a), bytes(w.data), floats(w.scales), floats(c), floats(e.bias), floats(e.pre), floats(e.residual))
}

func bytes(s []int8) *C.int8_t { return (*C.int8_t)(unsafe.SliceData(s)) }
