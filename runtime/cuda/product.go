//go:build cgo && linux

package cuda

// #include "driver.h"
// #include "lt.h"
import "C"

import (
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

// The library's names for types (cudaDataType), precisions (cublasComputeType_t), and what is done to a product at its end (cublasLtEpilogue_t, of
// which the parts can be added up).
const (
	typeF32  = 0
	typeF64  = 1
	typeBF16 = 14

	computeF32  = 68
	computeF64  = 70
	computeTF32 = 77

	endDefault = 1
	endReLU    = 2
	endBias    = 4
	endGELU    = 32
	endAux     = 128
)

// matrices are the last two dimensions of a view, as products see them: rows or columns whose elements lie side by side, at a distance of ld; and as many of them, step
// apart, as the leading dimensions make.
type matrices struct {
	ld, batch, step int
	columns         bool
}

func matricesOf(v device.View) (m matrices, ok bool) {
	r := v.Rank()
	down, right, height, width := v.Strides[r-2], v.Strides[r-1], v.Shape[r-2], v.Shape[r-1]
	switch {
	case (right == 1 || width == 1) && (down >= width || height == 1):
		m.ld = down
		if height == 1 {
			m.ld = width
		}
	case (down == 1 || height == 1) && (right >= height || width == 1):
		m.ld, m.columns = right, true
		if width == 1 {
			m.ld = height
		}
	default:
		return m, false
	}
	m.batch = 1
	for i := r - 3; i >= 0; i-- {
		switch {
		case v.Shape[i] == 1:
			continue
		case m.batch == 1:
			m.step = v.Strides[i]
		case v.Strides[i] != m.batch*m.step:
			return m, false
		}
		m.batch *= v.Shape[i]
	}
	return m, true
}

// byLibrary hands a product to cublasLt. It reports false if that does not take it as it is.
func (l *list) byLibrary(o device.MatMul) (bool, error) {
	if !l.d.products || o.B.DType() != o.A.DType() || o.A.Shape[o.A.Rank()-1] == 0 || o.Pre.Given() && o.Act != device.ActGELUTanh {
		return false, nil
	}
	if r := o.Residual; r.Given() && o.Act != device.NoActivation && r.Data == o.Dst.Data {
		return false, nil // it would be overwritten before it is added
	}
	inside, after := atEnd(o)
	if len(after) > 0 && o.Dst.DType() == device.BF16 {
		return false, nil // it would be rounded several times
	}
	shape, ok := l.d.shapeOf(inside)
	if !ok {
		return false, nil
	}
	call := l.call(inside)
	if l.err != nil {
		return true, l.err
	}
	if call.bias%16 != 0 || call.aux%16 != 0 {
		return false, nil
	}
	shape.align_a, shape.align_b, shape.align_c, shape.align_d = alignment(call.a), alignment(call.b), alignment(call.c), alignment(call.d)
	if call.plan = l.d.planFor(shape); call.plan == 0 {
		return false, nil
	}
	l.add("", 0, grid{}, 0, 0, unsafe.Slice((*byte)(unsafe.Pointer(&call)), unsafe.Sizeof(call)))
	for _, op := range after {
		if err := l.add1(op); err != nil {
			return true, err
		}
	}
	return true, nil
}

// call is a product without its plan. The library's matrices go by columns: a product of rows is that of the transposed in the other order.
func (l *list) call(o device.MatMul) C.struct_lt_call {
	at := func(v device.View) C.uint64_t { return C.uint64_t(l.addr(v)) }
	c := C.struct_lt_call{a: at(o.B), b: at(o.A), d: at(o.Dst), bias: at(o.Bias), aux: at(o.Pre), alpha: C.double(o.Alpha)}
	if o.Alpha == 0 {
		c.alpha = 1
	}
	c.c = c.d
	switch {
	case o.Accumulate:
		c.beta = 1
	case o.Residual.Given():
		c.c, c.beta = at(o.Residual), 1
	}
	return c
}

// alignment is the largest power of two up to 256 that divides an address.
func alignment(at C.uint64_t) C.uint32_t { return C.uint32_t((at | 256) & -(at | 256)) }

// atEnd splits what is done to a product: what the library does by itself, and the operations that follow.
func atEnd(o device.MatMul) (inside device.MatMul, after []device.Op) {
	inside = o
	if o.Act == device.NoActivation {
		return inside, nil
	}
	fused := !o.Accumulate && (o.Act == device.ActReLU || o.Act == device.ActGELUTanh && o.Dst.DType() == device.BF16)
	if !fused {
		act := [...]device.UnaryOp{device.ActGELU: device.GELU, device.ActGELUTanh: device.GELUTanh, device.ActReLU: device.ReLU, device.ActSiLU: device.SiLU}[o.Act]
		inside.Act, inside.Pre = device.NoActivation, device.View{}
		if o.Pre.Given() {
			after = append(after, device.Copy{Dst: o.Pre, X: o.Dst})
		}
		after = append(after, device.Unary{Op: act, Dst: o.Dst, X: o.Dst})
	}
	if o.Residual.Given() {
		inside.Residual = device.View{}
		after = append(after, device.Binary{Op: device.Add, Dst: o.Dst, X: o.Dst, Y: o.Residual})
	}
	return inside, after
}

// shapeOf is a product as the library needs to know it; false for what it cannot do.
func (d *Device) shapeOf(o device.MatMul) (s C.struct_lt_shape, ok bool) {
	if o.Accumulate && (o.Act != device.NoActivation || o.Residual.Given()) || o.Bias.Given() && (!o.Bias.IsContiguous() || o.Accumulate) {
		return s, false
	}
	// The library's first matrix is B.
	a, okA := matricesOf(o.B)
	b, okB := matricesOf(o.A)
	to, okD := matricesOf(o.Dst)
	from, okC := to, true
	if o.Residual.Given() {
		from, okC = matricesOf(o.Residual)
	}
	if !okA || !okB || !okC || !okD || to.columns || from.columns {
		return s, false
	}
	r := o.A.Rank()
	s.m, s.k, s.n = C.int64_t(o.B.Shape[r-1]), C.int64_t(o.A.Shape[r-1]), C.int64_t(o.A.Shape[r-2])
	s.lda, s.ldb, s.ldc, s.ldd = C.int64_t(a.ld), C.int64_t(b.ld), C.int64_t(from.ld), C.int64_t(to.ld)
	s.batch, s.step_a, s.step_b, s.step_c, s.step_d = C.int64_t(to.batch), C.int64_t(a.step), C.int64_t(b.step), C.int64_t(from.step), C.int64_t(to.step)
	s.trans_a, s.trans_b = flag(a.columns), flag(b.columns)
	switch o.A.DType() {
	case device.F64:
		s.type_ab, s.compute = typeF64, computeF64
	case device.BF16:
		s.type_ab, s.compute = typeBF16, computeF32
	default:
		s.type_ab, s.compute = typeF32, computeF32
		if d.tf32 {
			s.compute = computeTF32
		}
	}
	s.type_d = s.type_ab
	if o.Dst.DType() == device.F32 {
		s.type_d = typeF32
	}
	s.epilogue = endDefault
	if o.Bias.Given() || o.Act != device.NoActivation {
		s.epilogue = 0
	}
	if o.Bias.Given() {
		s.epilogue |= endBias
	}
	switch o.Act {
	case device.ActReLU:
		s.epilogue |= endReLU
	case device.ActGELUTanh:
		s.epilogue |= endGELU
	}
	if o.Pre.Given() {
		pre, ok := matricesOf(o.Pre)
		if !ok || pre.columns || pre.ld%8 != 0 || pre.batch > 1 {
			return s, false
		}
		s.epilogue |= endAux
		s.ld_aux = C.int64_t(pre.ld)
	}
	return s, true
}

func flag(b bool) C.int32_t {
	if b {
		return 1
	}
	return 0
}

// planFor asks the library how to compute a product; 0 if it does not.
func (d *Device) planFor(s C.struct_lt_shape) C.uint64_t {
	plan, asked := d.plans[s]
	if asked {
		return plan
	}
	var found C.uint64_t
	if C.lt_plan(&d.session, &s, &found) == 0 {
		plan = found
	}
	d.plans[s] = plan
	return plan
}
