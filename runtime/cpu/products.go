package cpu

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// heads are the leading dimensions of a product's operands, walked as batches.
type heads struct {
	product
	walk              call
	ldPre, ldResidual int
}

// operands of a product, in the order in which heads has them
const (
	ofDst = iota
	ofA
	ofB
	ofResidual
	ofPre
)

// products multiplies all matrices of operands that fit. With fused the rest of the operation is done, too.
func (d *Device) products(o device.MatMul, t device.DType, fused bool) error {
	var h heads
	views := [...]device.View{o.Dst, o.A, o.B, o.Residual, o.Pre}
	if !h.lead(views[:]) {
		return plain.Do(o)
	}
	r := o.A.Rank()
	h.m, h.k, h.n = o.A.Shape[r-2], o.A.Shape[r-1], o.B.Shape[r-1]
	h.ldc, _, _ = fits(o.Dst)
	h.lda, h.transA, _ = fits(o.A)
	h.ldb, h.transB, _ = fits(o.B)
	if o.Residual.Given() {
		h.ldResidual, _, _ = fits(o.Residual)
	}
	if o.Pre.Given() {
		h.ldPre, _, _ = fits(o.Pre)
	}
	fused = fused && (o.Bias.Given() || o.Residual.Given() || o.Pre.Given() || o.Act != device.NoActivation)
	h.fold(o)
	h.batch, h.stepA, h.stepB, h.stepC = int(h.walk.n), int(h.walk.v[ofA].inner), int(h.walk.v[ofB].inner), int(h.walk.v[ofDst].inner)
	p := h.walk.cursor(views[:])
	for range h.walk.rows {
		switch {
		case t == device.F64:
			h.run64(o, p)
		case fused:
			h.runFused(o, p)
		default:
			h.run32(o, p)
		}
		p.next(len(views))
	}
	return nil
}

// lead walks the leading dimensions.
func (h *heads) lead(views []device.View) bool {
	var lead [5]device.View
	for k, v := range views {
		if v.Given() {
			r := v.Rank() - 2
			lead[k] = device.View{Data: v.Data, Layout: device.Layout{Shape: v.Shape[:r], Strides: v.Strides[:r], Offset: v.Offset}}
		}
	}
	return h.walk.lay(inOrder, lead[:]...)
}

// fold makes one product of many that share B and whose rows go on in the next.
func (h *heads) fold(o device.MatMul) {
	goesOn := func(k, ld int) bool { return h.walk.v[k].at == 0 || h.walk.v[k].inner == int64(h.m*ld) }
	if h.walk.rows == 1 && h.walk.n > 1 && h.walk.v[ofB].inner == 0 && !h.transA && goesOn(ofA, h.lda) && goesOn(ofDst, h.ldc) &&
		goesOn(ofResidual, h.ldResidual) && goesOn(ofPre, h.ldPre) {
		h.m *= int(h.walk.n)
		h.walk.n = 1
	}
}

func (h *heads) run64(o device.MatMul, p cursor) {
	beta := 0.0
	if o.Accumulate {
		beta = 1
	}
	gemmF64(h.product, orOne(o.Alpha), f64At(o.A, p.at[ofA]), f64At(o.B, p.at[ofB]), beta, f64At(o.Dst, p.at[ofDst]))
}

func (h *heads) run32(o device.MatMul, p cursor) {
	gemm32(h.product, o, p.at[ofA], p.at[ofB], p.at[ofDst], nil)
}

// runFused runs the products one by one, as each has its own rows of what is added to it.
func (h *heads) runFused(o device.MatMul, p cursor) {
	one := h.product
	one.batch = 1
	for i := range h.batch {
		e := epilogueOf(o)
		if o.Residual.Given() {
			e.residual = f32At(o.Residual, p.at[ofResidual]+i*int(h.walk.v[ofResidual].inner))
		}
		if o.Pre.Given() {
			e.pre = f32At(o.Pre, p.at[ofPre]+i*int(h.walk.v[ofPre].inner))
		}
		gemm32(one, o, p.at[ofA]+i*h.stepA, p.at[ofB]+i*h.stepB, p.at[ofDst]+i*h.stepC, &e)
	}
}

// epilogueOf is what is done to the first of an operation's products.
func epilogueOf(o device.MatMul) (e epilogue) {
	e.act = [...]activation{device.NoActivation: noActivation, device.ActGELUTanh: gelu, device.ActReLU: relu, device.ActSiLU: silu}[o.Act]
	if o.Bias.Given() {
		e.bias = f32At(o.Bias, o.Bias.Offset)
	}
	if o.Residual.Given() {
		e.ldResidual, _, _ = fits(o.Residual)
		e.residual = f32At(o.Residual, o.Residual.Offset)
	}
	if o.Pre.Given() {
		e.ldPre, _, _ = fits(o.Pre)
		e.pre = f32At(o.Pre, o.Pre.Offset)
	}
	return e
}

// gemm32 multiplies what begins at these places of A and B, float32 or bfloat16.
func gemm32(p product, o device.MatMul, a, b, dst int, e *epilogue) {
	alpha, beta, c := float32(orOne(o.Alpha)), beta32(o), f32At(o.Dst, dst)
	switch {
	case o.A.DType() == device.BF16:
		gemmBF16(p, alpha, bf16At(o.A, a), bf16At(o.B, b), beta, c, e)
	case o.B.DType() == device.BF16:
		gemmBF16(p, alpha, f32At(o.A, a), bf16At(o.B, b), beta, c, e)
	default:
		gemmF32(p, alpha, f32At(o.A, a), f32At(o.B, b), beta, c, e)
	}
}

func beta32(o device.MatMul) float32 {
	if o.Accumulate {
		return 1
	}
	return 0
}

func f32At(v device.View, at int) []float32 { return plain.Slice[float32](v.Data.(*plain.Buffer))[at:] }
func bf16At(v device.View, at int) []uint16 { return plain.Slice[uint16](v.Data.(*plain.Buffer))[at:] }
func f64At(v device.View, at int) []float64 { return plain.Slice[float64](v.Data.(*plain.Buffer))[at:] }
