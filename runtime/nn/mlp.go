package nn

import (
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/tensor"
)

// MLP is linear layers with an activation between them: the multilayer perceptron.
type MLP struct {
	Activation func(*tensor.Tensor) *tensor.Tensor // between layers; ReLU unless changed
	Dropout    float64                             // after each activation, while training

	layers   []*Linear
	params   []Param
	gen      *tensor.Generator
	training bool
}

// NewMLP makes a multilayer perceptron from the sizes of its layers, input and output included: at least two. Weights and biases begin
// uniformly between ±1/√in.
func NewMLP(sizes []int, wishes ...Option) (*MLP, error) {
	if len(sizes) < 2 {
		return nil, fmt.Errorf("MLP with sizes %v: needs at least input and output", sizes)
	}
	var specs []spec
	for i, out := range sizes[1:] {
		in := sizes[i]
		if in < 1 || out < 1 {
			return nil, fmt.Errorf("MLP with sizes %v: each must be at least 1", sizes)
		}
		bound := uniform(1 / math.Sqrt(float64(in)))
		specs = append(specs, spec{fmt.Sprintf("layers.%d.weight", i), []int{out, in}, true, bound}, spec{fmt.Sprintf("layers.%d.bias", i), []int{out}, false, bound})
	}
	o := resolve(wishes)
	m := &MLP{Activation: (*tensor.Tensor).ReLU, params: allocate(specs, o), gen: o.gen, training: true}
	for i := 0; i < len(m.params); i += 2 {
		m.layers = append(m.layers, &Linear{Weight: m.params[i].Tensor, Bias: m.params[i+1].Tensor})
	}
	return m, nil
}

// Params implements [Module].
func (m *MLP) Params() []Param { return slices.Clone(m.params) }

// Train turns dropout on or off; a new model has it on.
func (m *MLP) Train(on bool) { m.training = on }

// Training reports whether it is on.
func (m *MLP) Training() bool { return m.training }

// Generator makes the random numbers of dropout.
func (m *MLP) Generator() *tensor.Generator { return m.gen }

// Forward turns x [..., in] into [..., out].
func (m *MLP) Forward(x *tensor.Tensor) *tensor.Tensor {
	for i, l := range m.layers {
		x = l.Forward(x)
		if i == len(m.layers)-1 {
			break
		}
		x = m.Activation(x)
		if m.training {
			x = m.gen.Dropout(x, m.Dropout)
		}
	}
	return x
}

// Logits are the scores of classes: the same as Forward.
func (m *MLP) Logits(x *tensor.Tensor) *tensor.Tensor { return m.Forward(x) }

// Loss is the mean cross-entropy of the classes (i32) [rows] for x [rows, in], or the mean squared error of the values (a float) [rows] or [rows, out].
func (m *MLP) Loss(x, y *tensor.Tensor) *tensor.Tensor {
	out := m.Forward(x)
	switch {
	case !y.DType().IsFloat():
		return out.CrossEntropy(y)
	case y.Rank() == out.Rank()-1 && out.Dim(-1) == 1:
		return out.Squeeze(-1).MSE(y)
	case y.Rank() != out.Rank():
		panic(&tensor.Error{Op: "mlp loss", Err: fmt.Errorf("the values are %s, the results %s", y.View(), out.View())})
	}
	return out.MSE(y)
}
