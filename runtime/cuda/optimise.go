//go:build cgo && linux

package cuda

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

type adamWArgs struct {
	param, grad, m, v           uint64
	n                           int64
	scale                       float64
	beta1, beta2, rest1, rest2  float64
	rate, correct2, eps, shrink float64
}

func (l *list) adamW(o device.AdamW) error {
	back, err := l.fitStep(&o.Param, &o.Grad, &o.M, &o.V)
	if err != nil {
		return err
	}
	step := float64(o.Step)
	args := adamWArgs{param: l.addr(o.Param), grad: l.addr(o.Grad), m: l.addr(o.M), v: l.addr(o.V), n: int64(o.Param.Size()), scale: orOne(o.GradScale),
		beta1: o.Beta1, beta2: o.Beta2, rest1: 1 - o.Beta1, rest2: 1 - o.Beta2,
		rate: o.LR / (1 - math.Pow(o.Beta1, step)), correct2: 1 / (1 - math.Pow(o.Beta2, step)), eps: o.Eps, shrink: 1 - o.LR*o.WeightDecay}
	name, each := "adamw"+suffix(o.Param.DType())+suffix(o.Grad.DType()), 1
	if o.Param.DType() == device.F32 && o.Grad.DType() == device.F32 && args.n%4 == 0 && (args.param|args.grad|args.m|args.v)%16 == 0 {
		name, each = "adamw_vector_f32_f32", 4
	}
	if err := launch(l, name, elements(o.Param.Size()/each), 256, 0, args); err != nil {
		return err
	}
	return back()
}

type sgdArgs struct {
	param, grad, m             uint64
	n                          int64
	lr, momentum, decay, scale float64
	nesterov                   int64
}

func (l *list) sgd(o device.SGD) error {
	back, err := l.fitStep(&o.Param, &o.Grad, &o.M)
	if err != nil {
		return err
	}
	args := sgdArgs{param: l.addr(o.Param), grad: l.addr(o.Grad), m: l.addr(o.M), n: int64(o.Param.Size()), lr: o.LR, momentum: o.Momentum, decay: o.WeightDecay, scale: orOne(o.GradScale)}
	if o.Nesterov {
		args.nesterov = 1
	}
	if err := launch(l, "sgd"+suffix(o.Param.DType())+suffix(o.Grad.DType()), elements(o.Param.Size()), 256, 0, args); err != nil {
		return err
	}
	return back()
}

// fitStep brings a step's operands into form: all in one piece, the gradient in F64 beside F64 and in F32 or BF16 beside the others.
func (l *list) fitStep(param, grad *device.View, state ...*device.View) (back func() error, err error) {
	t := grad.DType()
	if param.DType() == device.F64 {
		t = device.F64
	} else if t == device.F64 {
		t = device.F32
	}
	if _, err := l.fit(grad, t, contiguous, true); err != nil {
		return nil, err
	}
	var results []result
	for _, v := range append(state, param) {
		if v.Given() {
			results = append(results, result{v, v.DType(), contiguous})
		}
	}
	return l.fitResults(true, results...)
}

// elements is the grid of a kernel with 256 threads in a block that loops over n elements.
func elements(n int) grid { return grid{min((n+255)/256, 132*16), 1, 1} }

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}
