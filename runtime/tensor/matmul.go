package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// MatMul is the matrix product t@u: [..., m, k] and [..., k, n] give [..., m, n], where the leading dimensions are broadcast. A vector
// on the left is a row, on the right a column, and the result has one dimension less.
func (t *Tensor) MatMul(u *Tensor) *Tensor {
	given("matmul", t, u)
	wide := wider(t.DType(), u.DType())
	switch {
	case t.Rank() == 0 || u.Rank() == 0:
		fail("matmul", "%s and %s: a single number is no matrix", t.view(), u.view())
	case !wide.IsFloat():
		fail("matmul", "%s and %s: products are of floats; convert one with To(device.F32)", t.view(), u.view())
	case t.Dim(-1) != u.Dim(max(-2, -u.Rank())):
		fail("matmul", "the inner dimensions differ: %s and %s", t.view(), u.view())
	}
	a, b := t.cast(wide), u.weights(wide)
	if t.Rank() == 1 {
		a = a.Unsqueeze(0)
	}
	if u.Rank() == 1 {
		b = b.Unsqueeze(1)
	}
	out := a.matmul(b)
	if u.Rank() == 1 {
		out = out.Squeeze(-1)
	}
	if t.Rank() == 1 {
		out = out.Squeeze(max(-2, -out.Rank()))
	}
	return out
}

// weights converts the right operand of a product. Devices multiply f32 by bf16 without a copy.
func (t *Tensor) weights(wide device.DType) *Tensor {
	if wide == device.F32 && t.DType() == device.BF16 {
		return t
	}
	return t.cast(wide)
}

// matmul is the product of matrices.
func (t *Tensor) matmul(u *Tensor) *Tensor {
	lead, err := device.BroadcastShapes(leading(t), leading(u))
	must("matmul", err)
	x, y := t.repeatedLead(lead), u.repeatedLead(lead)
	out := product(x, y)
	wantT, wantU, shapeT, shapeU, typeU := t.Tracked(), u.Tracked(), t.layout.Shape, u.layout.Shape, u.DType()
	var needX, needY *Tensor
	if wantU {
		needX = x.Detach()
	}
	if wantT {
		needY = y.Detach()
	}
	return made("matmul", out, []*Tensor{t, u}, func(dy *Tensor) []*Tensor {
		grads := make([]*Tensor, 2)
		if wantT {
			grads[0] = product(dy, needY.T()).sumTo(shapeT)
		}
		if wantU {
			grads[1] = productSum(needX, dy, shapeU).cast(typeU)
		}
		return grads
	}, needX, needY)
}

// repeatedLead is t with leading dimensions to which its own are repeated, for reading only.
func (t *Tensor) repeatedLead(lead []int) *Tensor {
	if slices.Equal(leading(t), lead) {
		return t
	}
	return t.repeated("matmul", slices.Concat(lead, t.layout.Shape[t.Rank()-2:]))
}

// leading is the shape without the last two dimensions.
func leading(t *Tensor) []int { return t.layout.Shape[:t.Rank()-2] }

// product is a product of equal leading dimensions, without a trace.
func product(x, y *Tensor) *Tensor {
	out := x.fresh("matmul", append(slices.Clone(leading(x)), x.Dim(-2), y.Dim(-1)))
	run("matmul", x.Device(), device.MatMul{Dst: out.view(), A: x.view(), B: y.view()})
	return out
}

// productSum is xᵀ@dy summed to a shape. Where that is one matrix for all of the leading dimensions, one large product does it.
func productSum(x, dy *Tensor, shape []int) *Tensor {
	if len(shape) == 2 && dy.Rank() > 2 {
		rows := device.Contiguous(dy.layout.Shape[:dy.Rank()-1]...).Size()
		return product(x.Reshape(rows, shape[0]).T(), dy.Reshape(rows, shape[1]))
	}
	return product(x.T(), dy).sumTo(shape)
}

// Dot is the sum of the products of two vectors' elements.
func (t *Tensor) Dot(u *Tensor) *Tensor {
	if t.Rank() != 1 || u.Rank() != 1 {
		fail("dot", "%s and %s are no vectors", t.view(), u.view())
	}
	return t.MatMul(u)
}

// Outer is the matrix of all products of two vectors' elements: [m] and [n] give [m, n].
func (t *Tensor) Outer(u *Tensor) *Tensor {
	if t.Rank() != 1 || u.Rank() != 1 {
		fail("outer", "%s and %s are no vectors", t.view(), u.view())
	}
	return t.Unsqueeze(1).Mul(u)
}

// Linear is x@wᵀ + bias: for x [..., in], weights w [out, in] and bias [out] (or nil) the result is [..., out].
func Linear(x, w, bias *Tensor) *Tensor {
	given("linear", x, w)
	if w.Rank() != 2 || x.Rank() < 1 || x.Dim(-1) != w.Dim(1) || bias != nil && !slices.Equal(bias.layout.Shape, w.layout.Shape[:1]) {
		fail("linear", "want x [..., in], w [out, in] and bias [out], got %s, %s and %s", x.view(), w.view(), shapeOf(bias))
	}
	flat, w, bias := linearOperands(x, w, bias)
	out := flat.fresh("linear", []int{flat.Dim(0), w.Dim(0)})
	run("linear", x.Device(), device.MatMul{Dst: out.view(), A: flat.view(), B: w.layoutT(), Bias: optional(bias)})
	wantX, wantW, wantBias := flat.Tracked(), w.Tracked(), bias != nil && bias.Tracked()
	var a, b *Tensor
	if wantW {
		a = flat.Detach()
	}
	if wantX {
		b = w.Detach()
	}
	dtype := w.DType()
	made("linear", out, present(flat, w, bias), func(dy *Tensor) []*Tensor {
		grads := make([]*Tensor, 3)
		if wantX {
			grads[0] = product(dy, b)
		}
		if wantW {
			grads[1] = product(dy.T(), a).cast(dtype)
		}
		if wantBias {
			grads[2] = dy.Sum(0)
		}
		return grads
	}, a, b)
	return out.shaped(append(slices.Clone(x.layout.Shape[:x.Rank()-1]), w.Dim(0)))
}

// linearOperands brings x into two dimensions, and all to one type.
func linearOperands(x, w, bias *Tensor) (flat, weights, b *Tensor) {
	wide := wider(x.DType(), w.DType())
	if bias != nil {
		wide, b = wider(wide, bias.DType()), bias
	}
	if !wide.IsFloat() {
		fail("linear", "%s and %s: products are of floats; convert one with To(device.F32)", x.view(), w.view())
	}
	if b != nil {
		b = b.cast(wide)
	}
	rows := device.Contiguous(x.layout.Shape[:x.Rank()-1]...).Size()
	return x.cast(wide).shaped([]int{rows, x.Dim(-1)}), w.weights(wide), b
}

func (t *Tensor) layoutT() device.View { return t.view().At(t.layout.Transpose(0, 1)) }

func shapeOf(t *Tensor) string {
	if t == nil {
		return "none"
	}
	return t.view().String()
}
