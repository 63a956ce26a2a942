package tensor

import "github.com/resident-go/resident/runtime/device"

// Tanh is the hyperbolic tangent.
func (t *Tensor) Tanh() *Tensor { return t.unary(device.Tanh, 0, 0, ofResult(device.TanhGrad)) }

// Sigmoid is 1/(1+e^-t).
func (t *Tensor) Sigmoid() *Tensor {
	return t.unary(device.Sigmoid, 0, 0, ofResult(device.SigmoidGrad))
}

// ReLU is max(t, 0); the gradient at 0 is 0.
func (t *Tensor) ReLU() *Tensor { return t.unary(device.ReLU, 0, 0, ofOperand(device.ReLUGrad)) }

// GELU is t·Φ(t) with the normal distribution's Φ (arXiv:1606.08415), as PyTorch computes it by default.
func (t *Tensor) GELU() *Tensor { return t.unary(device.GELU, 0, 0, ofOperand(device.GELUGrad)) }

// GELUTanh is GPT-2's approximation of [Tensor.GELU].
func (t *Tensor) GELUTanh() *Tensor {
	return t.unary(device.GELUTanh, 0, 0, ofOperand(device.GELUTanhGrad))
}

// SiLU is t·sigmoid(t), the activation of Llama's models.
func (t *Tensor) SiLU() *Tensor { return t.unary(device.SiLU, 0, 0, ofOperand(device.SiLUGrad)) }

// LeakyReLU is t where that is positive, else slope·t.
func (t *Tensor) LeakyReLU(slope float64) *Tensor {
	x := t.floating()
	return Where(x.Gt(x.zero()), x, x.Scale(slope))
}

// Softplus is log(1 + e^t), computed without overflow.
func (t *Tensor) Softplus() *Tensor {
	in := t.floating()
	x := in.Detach()
	out := x.ReLU().Add(x.Abs().Neg().Exp().Log1p())
	return made("softplus", out, []*Tensor{in}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.Mul(x.Sigmoid())} }, x)
}

// LogSigmoid is log(sigmoid(t)), computed without overflow.
func (t *Tensor) LogSigmoid() *Tensor { return t.Neg().Softplus().Neg() }

// Log1p is log(1 + t), exact for small t, too. (Goldberg, "What every computer scientist should know about floating-point arithmetic",
// theorem 4: what 1 + t loses, the quotient makes good.)
func (t *Tensor) Log1p() *Tensor {
	in := t.floating()
	x := in.Detach()
	w := x.AddScalar(1)
	kept, log := w.AddScalar(-1), w.compute("log1p", device.Log, 0, 0)
	quotient := log.apply(device.Mul, x).apply(device.Div, kept)
	out := Where(kept.Eq(x), log, Where(kept.Eq(x.zero()), x, quotient))
	return made("log1p", out, []*Tensor{in}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.Div(w)} }, w)
}

func ofOperand(op device.BinaryOp) partial {
	return partial{theX, func(v values, dy *Tensor) *Tensor { return v.x.apply(op, dy) }}
}

func ofResult(op device.BinaryOp) partial {
	return partial{theOut, func(v values, dy *Tensor) *Tensor { return v.out.apply(op, dy) }}
}
