package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// MatMul is the matrix product t@u: [..., m, k] and [..., k, n] give [..., m, n], where the leading dimensions are broadcast. A vector
// on the left is a row, on the right a column, and the result has one dimension less.
func (t *Tensor) MatMul(u *Tensor) *Tensor {
	if t.Rank() == 0 || u.Rank() == 0 {
		fail("matmul", "%s and %s: a single number is no matrix", t.view(), u.view())
	}
	if t.Rank() == 1 {
		return t.Unsqueeze(0).MatMul(u).Squeeze(-min(2, max(1, u.Rank())))
	}
	if u.Rank() == 1 {
		return t.MatMul(u.Unsqueeze(1)).Squeeze(-1)
	}
	wide := wider(t.DType(), u.DType())
	if !wide.IsFloat() {
		fail("matmul", "%s and %s: products are of floats", t.view(), u.view())
	}
	a, b := t.cast(wide), u.cast(wide)
	m, k, n := a.Dim(-2), a.Dim(-1), b.Dim(-1)
	if b.Dim(-2) != k {
		fail("matmul", "the inner dimensions differ: %s and %s", t.view(), u.view())
	}
	lead, err := device.BroadcastShapes(leading(a), leading(b))
	must("matmul", err)
	x, y := a.Detach().Expand(append(slices.Clone(lead), m, k)...), b.Detach().Expand(append(slices.Clone(lead), k, n)...)
	return made("matmul", product(x, y), []*Tensor{a, b}, func(dy *Tensor) []*Tensor {
		return []*Tensor{
			when(a, func() *Tensor { return product(dy, y.T()).sumTo(a.layout.Shape) }),
			when(b, func() *Tensor { return productSum(x.T(), dy, b) }),
		}
	})
}

// leading is the shape without the last two dimensions.
func leading(t *Tensor) []int { return t.layout.Shape[:t.Rank()-2] }

// product is a product of equal leading dimensions, without a trace.
func product(x, y *Tensor) *Tensor {
	out := x.fresh("matmul", append(slices.Clone(leading(x)), x.Dim(-2), y.Dim(-1)))
	run("matmul", x.Device(), device.MatMul{Dst: out.view(), A: x.view(), B: y.view()})
	return out
}

// productSum is product summed to the shape of b. Where b is one matrix for all of the leading dimensions, one large product does it.
func productSum(xt, dy, b *Tensor) *Tensor {
	if b.Rank() == 2 && dy.Rank() > 2 {
		k, n := b.layout.Shape[0], b.layout.Shape[1]
		return product(xt.T().Reshape(-1, k).T(), dy.Reshape(-1, n))
	}
	return product(xt, dy).sumTo(b.layout.Shape)
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
	return t.Unsqueeze(1).Mul(u.Unsqueeze(0))
}

// Linear is x@wᵀ + bias: for x [..., in], weights w [out, in] and bias [out] (or nil) the result is [..., out].
func Linear(x, w, bias *Tensor) *Tensor {
	if w.Rank() != 2 || x.Rank() < 1 || x.Dim(-1) != w.Dim(1) || bias != nil && !slices.Equal(bias.layout.Shape, w.layout.Shape[:1]) {
		fail("linear", "want x [..., in], w [out, in] and bias [out], got %s, %s and %s", x.view(), w.view(), shapeOf(bias))
	}
	flat := x.Reshape(-1, x.Dim(-1))
	shape := append(slices.Clone(x.layout.Shape[:x.Rank()-1]), w.Dim(0))
	if bias == nil {
		return flat.MatMul(w.T()).Reshape(shape...)
	}
	out := x.fresh("linear", []int{flat.Dim(0), w.Dim(0)})
	run("linear", x.Device(), device.MatMul{Dst: out.view(), A: flat.view(), B: w.layoutT(), Bias: bias.view()})
	a, b := flat.Detach(), w.Detach()
	return made("linear", out, []*Tensor{flat, w, bias}, func(dy *Tensor) []*Tensor {
		return []*Tensor{
			when(flat, func() *Tensor { return product(dy, b) }),
			when(w, func() *Tensor { return product(dy.T(), a) }),
			when(bias, func() *Tensor { return dy.Sum(0) }),
		}
	}).Reshape(shape...)
}

func (t *Tensor) layoutT() device.View { return t.view().At(t.layout.Transpose(0, 1)) }

func shapeOf(t *Tensor) string {
	if t == nil {
		return "none"
	}
	return t.view().String()
}

// Quantized is a matrix [rows, columns] in 8 bits: weights whose rows are cut into groups, each with a scale of its own (see [device.Quantize]).
type Quantized struct {
	Values *Tensor // i8 [rows, columns]
	Scales *Tensor // f32 [rows, groups]
}

// Quantize rounds a matrix to 8 bits with one scale for each group of this many columns; it divides their number.
func (t *Tensor) Quantize(group int) *Quantized {
	if t.Rank() != 2 || group < 1 || t.Dim(1)%group != 0 {
		fail("quantize", "groups of %d do not divide the columns of %s", group, t.view())
	}
	x := t.Detach().cast(device.F32)
	q := &Quantized{
		Values: empty("quantize", t.Device(), device.I8, t.layout.Shape),
		Scales: empty("quantize", t.Device(), device.F32, []int{t.Dim(0), t.Dim(1) / group}),
	}
	run("quantize", t.Device(), device.Quantize{Dst: q.Values.view(), Scales: q.Scales.view(), X: x.view()})
	return q
}

// Float is the matrix in f32, as the 8 bits stand for it.
func (q *Quantized) Float() *Tensor {
	rows, groups := q.Scales.Dim(0), q.Scales.Dim(1)
	values := q.Values.To(device.F32).Reshape(rows, groups, -1)
	return values.Mul(q.Scales.Unsqueeze(2)).Reshape(rows, -1)
}

// Linear is x@qᵀ + bias, for x [..., columns] in f32. It has no gradient: 8 bits are for inference.
func (q *Quantized) Linear(x, bias *Tensor) *Tensor {
	flat := x.Detach().Reshape(-1, x.Dim(-1))
	out := x.fresh("linear", []int{flat.Dim(0), q.Values.Dim(0)})
	op := device.MatMul{Dst: out.view(), A: flat.view(), B: q.Values.layoutT(), Scales: q.Scales.view()}
	if bias != nil {
		op.Bias = bias.view()
	}
	run("linear", x.Device(), op)
	return out.Reshape(append(slices.Clone(x.layout.Shape[:x.Rank()-1]), q.Values.Dim(0))...)
}
