package tensor

import (
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// reduce carries out a reduction along dimensions, all of them when none is named, and keeps those with size 1.
func (t *Tensor) reduce(op device.ReduceOp, dims []int) *Tensor {
	name := op.String()
	dtype := t.DType()
	if op == device.ArgMax || op == device.ArgMin {
		dtype = device.I32
	}
	out := empty(name, t.Device(), dtype, t.reducedShape(name, dims))
	run(name, t.Device(), device.Reduce{Op: op, Dst: out.view(), X: t.view()})
	return out
}

func (t *Tensor) reducedShape(op string, dims []int) []int {
	shape := slices.Clone(t.layout.Shape)
	for d := range shape {
		if len(dims) == 0 {
			shape[d] = 1
		}
	}
	for _, d := range dims {
		shape[dim(op, d, t.Rank())] = 1
	}
	return shape
}

// drop leaves out the dimensions that a reduction has kept.
func (t *Tensor) drop(op string, dims []int) *Tensor {
	if len(dims) == 0 {
		return t.Reshape()
	}
	var shape []int
	for d, n := range t.layout.Shape {
		if !slices.ContainsFunc(dims, func(e int) bool { return dim(op, e, t.Rank()) == d }) {
			shape = append(shape, n)
		}
	}
	return t.Reshape(shape...)
}

// Sum adds up along dimensions, which the result no longer has; without any it adds up everything.
func (t *Tensor) Sum(dims ...int) *Tensor { return t.SumKeep(dims...).drop("sum", dims) }

// SumKeep is Sum with the dimensions kept at size 1.
func (t *Tensor) SumKeep(dims ...int) *Tensor {
	shape := t.layout.Shape
	return made("sum", t.reduce(device.Sum, dims), []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.Expand(shape...)} })
}

// Mean is the average along dimensions, or of everything.
func (t *Tensor) Mean(dims ...int) *Tensor { return t.MeanKeep(dims...).drop("mean", dims) }

// MeanKeep is Mean with the dimensions kept at size 1.
func (t *Tensor) MeanKeep(dims ...int) *Tensor {
	shape, n := t.layout.Shape, float64(t.Size())
	out := t.reduce(device.Mean, dims)
	n /= math.Max(1, float64(out.Size()))
	return made("mean", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.Scale(1 / n).Expand(shape...)} })
}

// Var is the variance along dimensions, or of everything, divided by n - correction: 1 for a sample's estimate, 0 for a population.
func (t *Tensor) Var(correction int, dims ...int) *Tensor {
	return t.VarKeep(correction, dims...).drop("var", dims)
}

// VarKeep is Var with the dimensions kept at size 1.
func (t *Tensor) VarKeep(correction int, dims ...int) *Tensor {
	mean := t.MeanKeep(dims...)
	n := t.Size() / max(1, mean.Size())
	if n-correction <= 0 {
		fail("var", "%d numbers with a correction of %d", n, correction)
	}
	return t.Sub(mean).Square().SumKeep(dims...).Scale(1 / float64(n-correction))
}

// Std is the square root of Var.
func (t *Tensor) Std(correction int, dims ...int) *Tensor { return t.Var(correction, dims...).Sqrt() }

// Norm is the length of the vector of all elements, or along dimensions.
func (t *Tensor) Norm(dims ...int) *Tensor {
	x := t.Detach()
	out := made("sum-squares", t.reduce(device.SumSquares, dims), []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{x.Mul(dy).Scale(2)} })
	return out.Sqrt().drop("norm", dims)
}

// Max is the largest element along dimensions, or of all; where several are, the gradient is shared.
func (t *Tensor) Max(dims ...int) *Tensor { return t.extreme(device.Max, dims).drop("max", dims) }

// MaxKeep is Max with the dimensions kept at size 1.
func (t *Tensor) MaxKeep(dims ...int) *Tensor { return t.extreme(device.Max, dims) }

// Min is the smallest element along dimensions, or of all; where several are, the gradient is shared.
func (t *Tensor) Min(dims ...int) *Tensor { return t.extreme(device.Min, dims).drop("min", dims) }

// MinKeep is Min with the dimensions kept at size 1.
func (t *Tensor) MinKeep(dims ...int) *Tensor { return t.extreme(device.Min, dims) }

func (t *Tensor) extreme(op device.ReduceOp, dims []int) *Tensor {
	x, out := t.Detach(), t.reduce(op, dims)
	best := out.Detach()
	return made(op.String(), out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		is := x.Eq(best)
		return []*Tensor{is.Mul(dy.Div(is.SumKeep(dims...)))}
	})
}

// Prod is the product along dimensions, or of all. Its gradient divides by the elements, so none may be 0.
func (t *Tensor) Prod(dims ...int) *Tensor {
	x, out := t.Detach(), t.reduce(device.Prod, dims)
	p := out.Detach()
	return made("prod", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.Mul(p).Div(x)} }).drop("prod", dims)
}

// ArgMax is where along a dimension the largest element is (i32), the first of equals.
func (t *Tensor) ArgMax(d int) *Tensor {
	return t.reduce(device.ArgMax, []int{d}).drop("argmax", []int{d})
}

// ArgMin is where along a dimension the smallest element is (i32), the first of equals.
func (t *Tensor) ArgMin(d int) *Tensor {
	return t.reduce(device.ArgMin, []int{d}).drop("argmin", []int{d})
}

// LogSumExp is log Σ e^t along a dimension, computed without overflow.
func (t *Tensor) LogSumExp(d int) *Tensor {
	most := t.Detach().MaxKeep(d)
	most = Where(most.Eq(most.ZerosLike().AssignFill(math.Inf(-1))), most.ZerosLike(), most)
	return t.Sub(most).Exp().SumKeep(d).Log().Add(most).drop("logsumexp", []int{d})
}
