package optim

import (
	"errors"
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
)

// Method is a way to move parameters: [AdamW] or [SGD].
type Method interface {
	// New sets the method to work. It returns an error about settings that make no sense, and about parameters that are frozen.
	New(params []nn.Param) (*Optimizer, error)

	rate() float64
	states() []string // names of what is kept for each parameter
	op(s step) device.Op
}

// step is one step over some memory.
type step struct {
	param, grad   device.View
	state         []device.View
	lr, gradScale float64
	decay         bool
	number        int
}

// AdamW is Adam with decoupled weight decay (arXiv:1711.05101; see [device.AdamW]). Zero Beta1, Beta2 and Eps stand for 0.9, 0.999 and
// 1e-8. Only parameters marked for it decay.
type AdamW struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
}

// New implements [Method].
func (a AdamW) New(params []nn.Param) (*Optimizer, error) {
	a = a.complete()
	err := errors.Join(
		within("LR", a.LR, a.LR >= 0, notNegative), within("Beta1", a.Beta1, a.Beta1 >= 0 && a.Beta1 < 1, belowOne), within("Beta2", a.Beta2, a.Beta2 >= 0 && a.Beta2 < 1, belowOne),
		within("Eps", a.Eps, a.Eps >= 0, notNegative), within("WeightDecay", a.WeightDecay, a.WeightDecay >= 0, notNegative))
	if err != nil {
		return nil, fmt.Errorf("adamw: %w", err)
	}
	return newOptimizer("adamw", a, params)
}

func (a AdamW) complete() AdamW {
	if a.Beta1 == 0 {
		a.Beta1 = 0.9
	}
	if a.Beta2 == 0 {
		a.Beta2 = 0.999
	}
	if a.Eps == 0 {
		a.Eps = 1e-8
	}
	return a
}

func (a AdamW) rate() float64 { return a.LR }

func (a AdamW) states() []string { return []string{"m", "v"} }

func (a AdamW) op(s step) device.Op {
	o := device.AdamW{Param: s.param, Grad: s.grad, M: s.state[0], V: s.state[1], LR: s.lr, Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Eps,
		GradScale: s.gradScale, Step: s.number}
	if s.decay {
		o.WeightDecay = a.WeightDecay
	}
	return o
}

// SGD is stochastic gradient descent, as PyTorch has it (see [device.SGD]). Only parameters marked for it decay.
type SGD struct {
	LR, Momentum, WeightDecay float64
	Nesterov                  bool
}

// New implements [Method].
func (g SGD) New(params []nn.Param) (*Optimizer, error) {
	err := errors.Join(within("LR", g.LR, g.LR >= 0, notNegative), within("Momentum", g.Momentum, g.Momentum >= 0, notNegative),
		within("WeightDecay", g.WeightDecay, g.WeightDecay >= 0, notNegative))
	if err == nil && g.Nesterov && g.Momentum == 0 {
		//lint:ignore ST1005 it begins with a field's name
		err = errors.New("Nesterov needs a Momentum")
	}
	if err != nil {
		return nil, fmt.Errorf("sgd: %w", err)
	}
	return newOptimizer("sgd", g, params)
}

func (g SGD) rate() float64 { return g.LR }

func (g SGD) states() []string {
	if g.Momentum == 0 {
		return nil
	}
	return []string{"m"}
}

func (g SGD) op(s step) device.Op {
	o := device.SGD{Param: s.param, Grad: s.grad, LR: s.lr, Momentum: g.Momentum, Nesterov: g.Nesterov, GradScale: s.gradScale}
	if len(s.state) > 0 {
		o.M = s.state[0]
	}
	if s.decay {
		o.WeightDecay = g.WeightDecay
	}
	return o
}

// What settings are wanted to be.
const (
	notNegative = "0 or more"
	belowOne    = "0 or more, and less than 1"
)

// within is an error about a setting, unless it is as it should be, and finite.
func within(name string, v float64, ok bool, want string) error {
	if ok && !math.IsInf(v, 0) {
		return nil
	}
	return fmt.Errorf("%s is %g, want %s", name, v, want)
}
