//go:build cgo

package cpu

// #include "gemm.h"
// #cgo noescape cpu_sgemm
// #cgo nocallback cpu_sgemm
// #cgo noescape cpu_bgemm
// #cgo nocallback cpu_bgemm
// #cgo noescape cpu_dgemm
// #cgo nocallback cpu_dgemm
import "C"

import "unsafe"

// gemmF32 computes products of float32. It panics when an operand reaches out of its slice. ep may be nil. C must not overlap the
// other operands; the residual may be C itself where there is no activation and beta is 0.
func gemmF32(p product, alpha float32, a, b []float32, beta float32, c []float32, ep *epilogue) {
	p.check(len(a), len(b), len(c))
	e, beta := ep.prepare(p, c, beta)
	if p.m == 0 || p.n == 0 || p.batch == 0 {
		return
	}
	if p.k == 0 || alpha == 0 {
		plainGemm(p, alpha, a, b, beta, c, &e)
		return
	}
	poolStart()
	s := p.shape(float64(alpha), float64(beta))
	s.act, s.ld_pre, s.ld_residual = C.enum_gemm_act(e.act), C.long(e.ldPre), C.long(e.ldResidual)
	C.cpu_sgemm(&s, floats(a), floats(b), floats(c), floats(e.bias), floats(e.pre), floats(e.residual))
}

// gemmF64 computes products of float64.
func gemmF64(p product, alpha float64, a, b []float64, beta float64, c []float64) {
	p.check(len(a), len(b), len(c))
	if p.m == 0 || p.n == 0 || p.batch == 0 {
		return
	}
	if p.k == 0 || alpha == 0 {
		plainGemm(p, alpha, a, b, beta, c, &epilogue{})
		return
	}
	poolStart()
	s := p.shape(alpha, beta)
	C.cpu_dgemm(&s, doubles(a), doubles(b), doubles(c))
}

// gemmBF16 computes products when A, B or both are bfloat16 (uint16). Each product of two numbers is exact, sums are float32. If both
// are bfloat16, numbers below 2^-126 may count as 0.
func gemmBF16[A, B number](p product, alpha float32, a []A, b []B, beta float32, c []float32, ep *epilogue) {
	p.check(len(a), len(b), len(c))
	e, beta := ep.prepare(p, c, beta)
	if p.m == 0 || p.n == 0 || p.batch == 0 {
		return
	}
	if p.k == 0 || alpha == 0 {
		plainGemm(p, alpha, nil, nil, beta, c, &e)
		return
	}
	poolStart()
	s := p.shape(float64(alpha), float64(beta))
	s.act, s.ld_pre, s.ld_residual = C.enum_gemm_act(e.act), C.long(e.ldPre), C.long(e.ldResidual)
	if unsafe.Sizeof(a[0]) == 2 {
		s.flags |= C.GEMM_A_HALF
	}
	if unsafe.Sizeof(b[0]) == 2 {
		s.flags |= C.GEMM_B_HALF
	}
	C.cpu_bgemm(&s, unsafe.Pointer(unsafe.SliceData(a)), unsafe.Pointer(unsafe.SliceData(b)), floats(c), floats(e.bias), floats(e.pre), floats(e.residual))
}

func (p product) shape(alpha, beta float64) C.gemm_shape {
	s := C.gemm_shape{
		m: C.long(p.m), n: C.long(p.n), k: C.long(p.k),
		lda: C.long(p.lda), ldb: C.long(p.ldb), ldc: C.long(p.ldc),
		batch: C.long(p.batch), step_a: C.long(p.stepA), step_b: C.long(p.stepB), step_c: C.long(p.stepC),
		alpha: C.double(alpha), beta: C.double(beta),
	}
	if p.transA {
		s.flags |= C.GEMM_TRANS_A
	}
	if p.transB {
		s.flags |= C.GEMM_TRANS_B
	}
	return s
}

func floats(s []float32) *C.float   { return (*C.float)(unsafe.SliceData(s)) }
func doubles(s []float64) *C.double { return (*C.double)(unsafe.SliceData(s)) }
