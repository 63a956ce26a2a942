package tensor

import (
	"math"
	"strings"
	"testing"
)

// TestCheckNaN: the first operation that makes a NaN is named, and its gradient as such.
func TestCheckNaN(t *testing.T) {
	inf := math.Inf(1)
	leaf := func(v ...float64) *Tensor { return New(v).Track() }
	for _, row := range []struct {
		want string // how the error begins; empty where there is none
		f    func()
	}{
		{"tensor: log: the result f32[2] has a NaN, the operands have none", func() { Vector(1, -1).Log().Exp().Sum() }},
		{"tensor: sqrt: ", func() { Scalar(-1).Sqrt() }},
		{"tensor: div: ", func() { Vector(1, 0).Add(Vector(0, 0)).Div(Vector(0, 0)) }},
		{"tensor: sub: ", func() { Scalar(inf).Sub(Scalar(inf)) }},
		{"tensor: mul: ", func() { Scalar(0).Mul(Scalar(inf)) }},
		{"tensor: pow: ", func() { Scalar(-1).Pow(Scalar(0.5)) }},
		{"tensor: pow-scalar: ", func() { Scalar(-1).PowScalar(0.5) }},
		{"tensor: scale: ", func() { Scalar(inf).Scale(0) }},
		{"tensor: mean: ", func() { Zeros(0).Mean() }},
		{"tensor: sum: ", func() { New([]float64{inf, -inf}).Sum() }},
		{"tensor: cumsum: ", func() { New([]float64{inf, -inf}).CumSum(0) }},
		{"tensor: matmul: ", func() { New([]float64{inf, 1}).MatMul(New([]float64{0, 1})) }},
		{"tensor: linear: ", func() { Linear(New([]float64{inf, 1}), Zeros(1, 2), nil) }},
		{"tensor: softmax: ", func() { New([]float64{-inf, -inf}).Softmax(0) }},
		{"tensor: layer-norm: ", func() { New([]float64{inf, 1}).LayerNorm(nil, nil, 1e-5) }},
		{"tensor: log1p: ", func() { Scalar(-2).Log1p() }},
		{"tensor: assign-sub: ", func() { Scalar(inf).AssignSub(Scalar(inf)) }},
		{"tensor: gradient of sqrt: ", func() { leaf(0, 1).Sqrt().Scale(0).Sum().Backward() }},
		{"tensor: gradient of log: ", func() { leaf(0, 1).Log().BackwardFrom(New([]float64{0, 1})) }},
		{"tensor: gradient of exp: ", func() { leaf(1000, 1).Exp().Scale(0.5).BackwardFrom(New([]float64{0, 1})) }},
		{"tensor: gradient of softmax: ", func() { leaf(1, 2).Softmax(0).BackwardFrom(New([]float64{inf, 1})) }},
		{"tensor: gradient of matmul: ", func() {
			leaf(0, 1).Reshape(1, 2).MatMul(New([]float64{0, 1}, 2, 1)).BackwardFrom(New([]float64{inf}, 1, 1))
		}},
		// NaN that comes in is not an operation's fault, and no operation makes one on the way to a result without.
		{"", func() { New([]float64{math.NaN(), 1}).Exp().Mean() }},
		{"", func() { leaf(0, 0, 2).Pow(leaf(0, 1, 0)).Sum().Backward() }},
		{"", func() { leaf(0, 0).PowScalar(0).Sum().Backward() }},
		{"", func() { leaf(-2, 0, 2).Clamp(0, 2).Sqrt().Sum().Backward() }},
		{"", func() { leaf(0, 0).Norm().Backward() }},
		{"", func() { leaf(3, 3).Std().Backward() }},
		{"", func() { leaf(0, 0, 5).Prod().Backward() }},
		{"", func() { leaf(0, 1e-9, -0.5, 1e300).Log1p().Sum().Backward() }},
		{"", func() { leaf(-1e5, 0, 1e5).Softplus().Sum().Backward() }},
		{"", func() { leaf(-1e5, 0, 1e5).GELU().Sum().Backward() }},
		{"", func() { leaf(-1e5, 0, 1e5).GELUTanh().Sum().Backward() }},
		{"", func() { leaf(-1e5, 0, 1e5).SiLU().Sum().Backward() }},
		{"", func() { leaf(-1e5, 0, 1e5).Sigmoid().Sum().Backward() }},
		{"", func() { New([]float64{-inf, 1, 1000}).Track().LogSumExp(0).Backward() }},
		{"", func() { New([]float64{-inf, -inf}).LogSumExp(0) }},
		{"", func() { leaf(2, 2, 2).Max().Backward() }},
		{"", func() { leaf(1, 2, 3).MaskedFill(Range(3), -inf).Softmax(0).Square().Sum().Backward() }},
		{"", func() { leaf(1, 2, 3).MaskedFill(Range(3), -inf).Reshape(1, 3).CrossEntropy(New([]int{0})).Backward() }},
		{"", func() { New([]float64{inf, -inf, 1}).IsFinite() }},
		{"", func() { Where(Range(2), New([]float64{inf, 1}).Reciprocal(), Scalar(0)) }},
	} {
		before := CheckNaN(true)
		err := Try(row.f)
		if CheckNaN(before); before {
			t.Error("the search was on")
		}
		switch {
		case row.want == "" && err != nil:
			t.Error(err)
		case row.want != "" && (err == nil || !strings.HasPrefix(err.Error(), row.want)):
			t.Errorf("error %v, want %s", err, row.want)
		}
	}
	if err := Try(func() { Scalar(-1).Sqrt() }); err != nil {
		t.Error(err)
	}
}
