package nn

import (
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/tensor"
)

// present leaves out what a layer does not have. Layers list what stands in their fields: these can be exchanged, for weights that are shared or begin otherwise.
func present(params ...Param) []Param {
	return slices.DeleteFunc(params, func(p Param) bool { return p.Tensor == nil })
}

// Linear is y = x·Wᵀ + b: x [..., in] becomes [..., out].
type Linear struct {
	Weight *tensor.Tensor // [out, in]
	Bias   *tensor.Tensor // [out]; may be nil
}

// NewLinear makes a linear layer. Weights and biases begin uniformly between ±1/√in, as in PyTorch.
func NewLinear(in, out int, wishes ...Option) (*Linear, error) {
	if in < 1 || out < 1 {
		return nil, fmt.Errorf("linear layer from %d to %d: both must be at least 1", in, out)
	}
	bound := uniform(1 / math.Sqrt(float64(in)))
	ps := allocate([]spec{{"weight", []int{out, in}, true, bound}, {"bias", []int{out}, false, bound}}, resolve(wishes))
	return &Linear{Weight: ps[0].Tensor, Bias: ps[1].Tensor}, nil
}

// Params implements [Module].
func (l *Linear) Params() []Param {
	return present(Param{"weight", l.Weight, true}, Param{"bias", l.Bias, false})
}

// Forward is the layer's result.
func (l *Linear) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Linear(x, l.Weight, l.Bias)
}

// Embedding is a table with a row for each of a number of things.
type Embedding struct {
	Weight *tensor.Tensor // [things, width]
}

// NewEmbedding makes an embedding, normally distributed to begin with.
func NewEmbedding(things, width int, wishes ...Option) (*Embedding, error) {
	if things < 1 || width < 1 {
		return nil, fmt.Errorf("embedding of %d in %d: both must be at least 1", things, width)
	}
	ps := allocate([]spec{{"weight", []int{things, width}, true, normal(1)}}, resolve(wishes))
	return &Embedding{Weight: ps[0].Tensor}, nil
}

// Params implements [Module].
func (e *Embedding) Params() []Param { return present(Param{"weight", e.Weight, true}) }

// Forward picks the rows of ids (i32) [...]; the result is [..., width].
func (e *Embedding) Forward(ids *tensor.Tensor) *tensor.Tensor { return e.Weight.Rows(ids) }

// LayerNorm normalises the last dimension (arXiv:1607.06450).
type LayerNorm struct {
	Weight, Bias *tensor.Tensor // [n]
	Eps          float64
}

// NewLayerNorm makes a layer norm over n numbers, with Eps 1e-5.
func NewLayerNorm(n int, wishes ...Option) (*LayerNorm, error) {
	if n < 1 {
		return nil, fmt.Errorf("layer norm over %d numbers: must be at least 1", n)
	}
	ps := allocate([]spec{{"weight", []int{n}, false, ones}, {"bias", []int{n}, false, zeros}}, resolve(wishes))
	return &LayerNorm{Weight: ps[0].Tensor, Bias: ps[1].Tensor, Eps: 1e-5}, nil
}

// Params implements [Module].
func (l *LayerNorm) Params() []Param {
	return present(Param{"weight", l.Weight, false}, Param{"bias", l.Bias, false})
}

// Forward is the layer's result.
func (l *LayerNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.LayerNorm(l.Weight, l.Bias, l.Eps)
}

// RMSNorm divides by the root of the mean square of the last dimension (arXiv:1910.07467).
type RMSNorm struct {
	Weight *tensor.Tensor // [n]
	Eps    float64
}

// NewRMSNorm makes an RMS norm over n numbers, with Eps 1e-5.
func NewRMSNorm(n int, wishes ...Option) (*RMSNorm, error) {
	if n < 1 {
		return nil, fmt.Errorf("RMS norm over %d numbers: must be at least 1", n)
	}
	ps := allocate([]spec{{"weight", []int{n}, false, ones}}, resolve(wishes))
	return &RMSNorm{Weight: ps[0].Tensor, Eps: 1e-5}, nil
}

// Params implements [Module].
func (l *RMSNorm) Params() []Param { return present(Param{"weight", l.Weight, false}) }

// Forward is the layer's result.
func (l *RMSNorm) Forward(x *tensor.Tensor) *tensor.Tensor { return x.RMSNorm(l.Weight, l.Eps) }
