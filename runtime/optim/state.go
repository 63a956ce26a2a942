package optim

import (
	"fmt"
	"slices"

	"github.com/resident-go/resident/runtime/tensor"
)

// State is all that an optimizer knows besides the parameters: with it, training goes on as if it had never stopped.
type State struct {
	Method  string
	Steps   int
	LR      float64
	Tensors map[string]*tensor.Tensor // by the name of the parameter and of what is kept, as in "embed.weight/m"
}

// State returns a copy of the state.
func (o *Optimizer) State() State {
	s := State{Method: o.name, Steps: o.steps, LR: o.lr, Tensors: map[string]*tensor.Tensor{}}
	for i, name := range o.method.states() {
		for j, p := range o.params {
			s.Tensors[p.Name+"/"+name] = o.state[i][j].Clone()
		}
	}
	return s
}

// Restore sets the state. A state of another method, or of other parameters, is an error, and nothing is changed.
func (o *Optimizer) Restore(s State) error {
	if s.Method != o.name {
		return fmt.Errorf("restore the optimizer: the state is of %s, this is %s", s.Method, o.name)
	}
	if s.Steps < 0 {
		return fmt.Errorf("restore the optimizer: the state has made %d steps", s.Steps)
	}
	if err := within("LR", s.LR, s.LR >= 0, notNegative); err != nil {
		return fmt.Errorf("restore the optimizer: %w", err)
	}
	names := o.method.states()
	for _, name := range names {
		for _, p := range o.params {
			t := s.Tensors[p.Name+"/"+name]
			if t == nil {
				return fmt.Errorf("restore the optimizer: the state has no %s/%s", p.Name, name)
			}
			if !slices.Equal(t.Shape(), p.Shape()) {
				return fmt.Errorf("restore the optimizer: %s/%s is %s, the parameter %s", p.Name, name, t.View(), p.View())
			}
		}
	}
	if want := len(names) * len(o.params); len(s.Tensors) != want {
		return fmt.Errorf("restore the optimizer: the state has %d tensors, want %d", len(s.Tensors), want)
	}
	for i, name := range names {
		for j, p := range o.params {
			o.state[i][j].Assign(s.Tensors[p.Name+"/"+name])
		}
	}
	o.steps, o.lr = s.Steps, s.LR
	return nil
}
