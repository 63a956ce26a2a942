package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

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
	rows, cols, groups := q.Values.Dim(0), q.Values.Dim(1), q.Scales.Dim(1)
	values := q.Values.To(device.F32).Reshape(rows, groups, cols/max(groups, 1))
	return values.Mul(q.Scales.Unsqueeze(2)).Reshape(rows, cols)
}

// Linear is x@qᵀ + bias, for x [..., columns] in f32. It has no gradient: 8 bits are for inference.
func (q *Quantized) Linear(x, bias *Tensor) *Tensor {
	given("linear", x)
	rows, cols := q.Values.Dim(0), q.Values.Dim(1)
	if x.Rank() < 1 || x.Dim(-1) != cols || bias != nil && !slices.Equal(bias.layout.Shape, q.Values.layout.Shape[:1]) {
		fail("linear", "want x [..., %d] and bias [%d] for q [%d, %d], got %s and %s", cols, rows, rows, cols, x.view(), shapeOf(bias))
	}
	flat := x.Detach().Reshape(x.otherSize(x.Rank()-1), cols)
	out := x.fresh("linear", []int{flat.Dim(0), rows})
	op := device.MatMul{Dst: out.view(), A: flat.view(), B: q.Values.layoutT(), Scales: q.Scales.view(), Bias: optional(bias)}
	run("linear", x.Device(), op)
	return out.Reshape(append(slices.Clone(x.layout.Shape[:x.Rank()-1]), rows)...)
}
