package tensor

import (
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// reduce carries out a reduction along dimensions, all of them when none is named, and keeps those with size 1. It leaves no trace.
func (t *Tensor) reduce(op device.ReduceOp, dims []int) *Tensor {
	name := op.String()
	given(name, t)
	t = t.computed()
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
	seen := make([]bool, t.Rank())
	for _, d := range dims {
		at := dim(op, d, t.Rank())
		if seen[at] {
			fail(op, "%v names dimension %d of %s twice", dims, at, t.view())
		}
		shape[at], seen[at] = 1, true
	}
	return shape
}

// along is how many elements each result of a reduction is made from.
func (t *Tensor) along(op string, dims []int) int {
	n := 1
	for d, size := range t.reducedShape(op, dims) {
		if size != t.layout.Shape[d] {
			n *= t.layout.Shape[d]
		}
	}
	return n
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
	out := t.reduce(device.Sum, dims)
	shape := t.layout.Shape
	return made("sum", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.repeated("sum", shape)} })
}

// Mean is the average along dimensions, or of everything. That of integers is an f32; that of nothing is NaN.
func (t *Tensor) Mean(dims ...int) *Tensor { return t.MeanKeep(dims...).drop("mean", dims) }

// MeanKeep is Mean with the dimensions kept at size 1.
func (t *Tensor) MeanKeep(dims ...int) *Tensor {
	x := t.floating()
	out := x.reduce(device.Mean, dims)
	shape, n := x.layout.Shape, x.along("mean", dims)
	return made("mean", out, []*Tensor{x}, func(dy *Tensor) []*Tensor {
		return []*Tensor{dy.Scale(1/float64(n)).repeated("mean", shape)}
	})
}

// Var is the variance of a sample along dimensions, or of everything: the squared distances from the mean, divided by one less than there are. See [Tensor.PopVar].
func (t *Tensor) Var(dims ...int) *Tensor { return t.VarKeep(dims...).drop("var", dims) }

// VarKeep is Var with the dimensions kept at size 1.
func (t *Tensor) VarKeep(dims ...int) *Tensor { return t.variance("var", 1, dims) }

// PopVar is the variance of a whole population, divided by how many there are: the correction=0 of PyTorch, with which layers normalise.
func (t *Tensor) PopVar(dims ...int) *Tensor { return t.PopVarKeep(dims...).drop("popvar", dims) }

// PopVarKeep is PopVar with the dimensions kept at size 1.
func (t *Tensor) PopVarKeep(dims ...int) *Tensor { return t.variance("popvar", 0, dims) }

func (t *Tensor) variance(op string, correction int, dims []int) *Tensor {
	given(op, t)
	n := t.along(op, dims)
	if n <= correction {
		fail(op, "each result is of %d numbers of %s, it takes at least %d", n, t.view(), correction+1)
	}
	x := t.floating()
	return x.Sub(x.MeanKeep(dims...)).Square().SumKeep(dims...).Scale(1 / float64(n-correction))
}

// Std is the square root of Var. Its gradient is 0 where all elements are equal.
func (t *Tensor) Std(dims ...int) *Tensor { return t.StdKeep(dims...).drop("std", dims) }

// StdKeep is Std with the dimensions kept at size 1.
func (t *Tensor) StdKeep(dims ...int) *Tensor { return t.variance("std", 1, dims).root() }

// PopStd is the square root of PopVar. Its gradient is 0 where all elements are equal.
func (t *Tensor) PopStd(dims ...int) *Tensor { return t.PopStdKeep(dims...).drop("popstd", dims) }

// PopStdKeep is PopStd with the dimensions kept at size 1.
func (t *Tensor) PopStdKeep(dims ...int) *Tensor { return t.variance("popstd", 0, dims).root() }

// Norm is the length of the vector of all elements, or along dimensions. Its gradient at 0 is 0.
func (t *Tensor) Norm(dims ...int) *Tensor { return t.NormKeep(dims...).drop("norm", dims) }

// NormKeep is Norm with the dimensions kept at size 1.
func (t *Tensor) NormKeep(dims ...int) *Tensor {
	in := t.floating()
	x, out := in.Detach(), in.reduce(device.SumSquares, dims)
	return made("norm", out, []*Tensor{in}, func(dy *Tensor) []*Tensor { return []*Tensor{x.Mul(dy).Scale(2)} }, x).root()
}

// Max is the largest element along dimensions, or of all, NaN if one is; where several are, the gradient is shared.
func (t *Tensor) Max(dims ...int) *Tensor { return t.extreme(device.Max, dims).drop("max", dims) }

// MaxKeep is Max with the dimensions kept at size 1.
func (t *Tensor) MaxKeep(dims ...int) *Tensor { return t.extreme(device.Max, dims) }

// Min is the smallest element along dimensions, or of all, NaN if one is; where several are, the gradient is shared.
func (t *Tensor) Min(dims ...int) *Tensor { return t.extreme(device.Min, dims).drop("min", dims) }

// MinKeep is Min with the dimensions kept at size 1.
func (t *Tensor) MinKeep(dims ...int) *Tensor { return t.extreme(device.Min, dims) }

func (t *Tensor) extreme(op device.ReduceOp, dims []int) *Tensor {
	x, out := t.Detach(), t.reduce(op, dims)
	best := out.Detach()
	return made(op.String(), out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		is := x.Eq(best).Add(x.Ne(x)) // where one is NaN, the best is
		return []*Tensor{dy.Div(is.SumKeep(dims...)).where(is)}
	}, x, best)
}

// Prod is the product along dimensions, or of all.
func (t *Tensor) Prod(dims ...int) *Tensor { return t.ProdKeep(dims...).drop("prod", dims) }

// ProdKeep is Prod with the dimensions kept at size 1.
func (t *Tensor) ProdKeep(dims ...int) *Tensor {
	x, out := t.Detach(), t.reduce(device.Prod, dims)
	p := out.Detach()
	return made("prod", out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		// An element's gradient is the product of the others. Where one of them is 0 it is 0; a single 0 has that of all but itself.
		is := x.Eq(x.zero())
		zeros, others := is.SumKeep(dims...), Where(is, x.OnesLike(), x)
		alone := others.reduce(device.Prod, dims).where(zeros.Eq(x.single(1)))
		return []*Tensor{dy.Mul(Where(is, alone, p.Div(others)))}
	}, x, p)
}

// ArgMax is where along a dimension the largest element is (i32), the first of equals, and a NaN before all numbers.
func (t *Tensor) ArgMax(d int) *Tensor {
	return t.reduce(device.ArgMax, []int{d}).drop("argmax", []int{d})
}

// ArgMin is where along a dimension the smallest element is (i32), the first of equals, and a NaN before all numbers.
func (t *Tensor) ArgMin(d int) *Tensor {
	return t.reduce(device.ArgMin, []int{d}).drop("argmin", []int{d})
}

// LogSumExp is log Σ e^t along a dimension, computed without overflow; that of nothing is -Inf.
func (t *Tensor) LogSumExp(d int) *Tensor {
	in := t.floating()
	x := in.Detach()
	most := x.fresh("logsumexp", x.reducedShape("logsumexp", []int{d}))
	if x.Dim(d) > 0 {
		most = x.MaxKeep(d)
	}
	most = Where(most.Abs().Eq(most.single(math.Inf(1))), most.zero(), most)
	out := x.Sub(most).Exp().SumKeep(d).Log().Add(most)
	y := out.Detach()
	return made("logsumexp", out, []*Tensor{in}, func(dy *Tensor) []*Tensor {
		return []*Tensor{dy.Mul(x.Sub(y).Exp())}
	}, x, y).drop("logsumexp", []int{d})
}
