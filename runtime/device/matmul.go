package device

import "slices"

// Activation is what [MatMul] applies at the end.
type Activation uint8

// The activations that can be part of a product.
const (
	NoActivation Activation = iota
	ActGELU                 // [GELU]
	ActGELUTanh             // [GELUTanh]
	ActReLU                 // [ReLU]
	ActSiLU                 // [SiLU]
)

// MatMul is Dst = Act(Alpha·A@B + Bias) + Residual, where Alpha 0 stands for 1. With Accumulate it is added to what Dst holds.
//
//	Dst  [..., m, n]
//	A    [..., m, k]
//	B    [..., k, n]   the leading dimensions are equal (a stride of 0 shares an operand)
//	Bias [n]           optional
//	Pre  [..., m, n]   optional: receives Alpha·A@B + Bias
//	Residual [..., m, n] optional
//
// A linear layer with weights W [out, in] is the product with B = W transposed. All are floats of one type, with these exceptions:
// A and B may be BF16 while the others are F32, or B alone; or B may be I8, with Scales [n, k/g]: then B[i, j] means B[i, j]·Scales[j, i/g], and a
// device may round A to 8 bits in groups of g as well. BF16 operands are multiplied exactly and summed as F32; the tanh of [ActGELUTanh] may then be the
// hardware's, which is exact to 11 bits.
type MatMul struct {
	Dst, A, B  View
	Scales     View
	Bias       View
	Residual   View
	Pre        View
	Act        Activation
	Alpha      float64
	Accumulate bool
}

// Check implements [Op].
func (o MatMul) Check() error {
	if err := check("matmul", o.Dst, o.A, o.B); err != nil {
		return err
	}
	if err := checkOptional("matmul", o.Dst, o.Scales, o.Bias, o.Residual, o.Pre); err != nil {
		return err
	}
	if o.A.Rank() < 2 || o.B.Rank() != o.A.Rank() || o.Dst.Rank() != o.A.Rank() {
		return complain("matmul", "all need the same number of dimensions, at least 2", o.A, o.B, o.Dst)
	}
	r := o.A.Rank()
	m, k, n := o.A.Shape[r-2], o.A.Shape[r-1], o.B.Shape[r-1]
	switch {
	case o.B.Shape[r-2] != k:
		return complain("matmul", "the inner dimensions differ", o.A, o.B)
	case !slices.Equal(o.A.Shape[:r-2], o.B.Shape[:r-2]) || !slices.Equal(o.Dst.Shape[:r-2], o.A.Shape[:r-2]):
		return complain("matmul", "the leading dimensions differ", o.A, o.B, o.Dst)
	case o.Dst.Shape[r-2] != m || o.Dst.Shape[r-1] != n:
		return complain("matmul", "the result has the wrong shape", o.A, o.B, o.Dst)
	case o.Bias.Given() && (o.Bias.Rank() != 1 || o.Bias.Shape[0] != n):
		return complain("matmul", "the bias has one number per column of the result", o.Bias, o.Dst)
	case o.Residual.Given() && !slices.Equal(o.Residual.Shape, o.Dst.Shape):
		return complain("matmul", "residual and result differ in shape", o.Residual, o.Dst)
	case o.Pre.Given() && !slices.Equal(o.Pre.Shape, o.Dst.Shape):
		return complain("matmul", "the value before activation has the result's shape", o.Pre, o.Dst)
	}
	return o.checkTypes(k, n)
}

func (o MatMul) checkTypes(k, n int) error {
	if !sameType(o.Dst, o.Bias, o.Residual, o.Pre) || !beside(o.A, o.Dst) || !o.A.DType().IsFloat() {
		return complain("matmul", "types differ, or are no floats", append([]View{o.Dst, o.A}, given(o.Bias, o.Residual, o.Pre)...)...)
	}
	switch {
	case o.B.DType() == I8:
		if o.A.DType() != F32 || !o.Scales.Given() || o.Scales.DType() != F32 {
			return complain("matmul", "i8 weights need f32 scales and an f32 operand", o.A, o.B, o.Scales)
		}
		if s := o.Scales.Shape; len(s) != 2 || s[0] != n || s[1] < 1 || k%s[1] != 0 || o.B.Rank() != 2 {
			return complain("matmul", "scales are [n, groups] for i8 weights of rank 2, and groups divides k", o.B, o.Scales)
		}
	case o.B.DType() != o.A.DType() && !(o.B.DType() == BF16 && o.A.DType() == F32):
		return complain("matmul", "types differ", o.A, o.B)
	}
	return distinct("matmul", o.Dst, o.Pre)
}

// Quantize rounds the rows of X [n, k] to 8 bits: each group of k/g numbers gets its own scale, the largest magnitude in it divided by
// 127. X is F32, Dst I8 [n, k], Scales F32 [n, g].
type Quantize struct {
	Dst, Scales, X View
}

// Check implements [Op].
func (o Quantize) Check() error {
	if err := check("quantize", o.Dst, o.Scales, o.X); err != nil {
		return err
	}
	x, s := o.X.Shape, o.Scales.Shape
	if len(x) != 2 || !slices.Equal(o.Dst.Shape, x) || len(s) != 2 || s[0] != x[0] || s[1] < 1 || x[1]%s[1] != 0 {
		return complain("quantize", "want x [n, k], result [n, k] and scales [n, g], where g divides k", o.X, o.Dst, o.Scales)
	}
	if o.Dst.DType() != I8 || o.Scales.DType() != F32 || o.X.DType() != F32 {
		return complain("quantize", "it makes i8 and f32 scales of f32", o.X, o.Dst, o.Scales)
	}
	return distinct("quantize", o.Dst, o.Scales)
}
