package tensor

import "github.com/resident-go/resident/runtime/device"

// unary carries out an operation; grad returns the gradient of x for that of the result y.
func (t *Tensor) unary(op device.UnaryOp, p, q float64, grad func(x, y, dy *Tensor) *Tensor) *Tensor {
	name := op.String()
	out := t.fresh(name, t.layout.Shape)
	run(name, t.Device(), device.Unary{Op: op, Dst: out.view(), X: t.view(), P: p, Q: q})
	x, y := t.Detach(), out.Detach()
	return made(name, out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{grad(x, y, dy)} })
}

// Neg is -t.
func (t *Tensor) Neg() *Tensor {
	return t.unary(device.Neg, 0, 0, func(_, _, dy *Tensor) *Tensor { return dy.Neg() })
}

// Abs is |t|; the gradient at 0 is 0.
func (t *Tensor) Abs() *Tensor {
	return t.unary(device.Abs, 0, 0, func(x, _, dy *Tensor) *Tensor { return dy.Mul(x.Sign()) })
}

// Sign is -1, 0 or 1; its gradient is 0.
func (t *Tensor) Sign() *Tensor { return t.unary(device.Sign, 0, 0, noGrad) }

// Exp is e^t.
func (t *Tensor) Exp() *Tensor {
	return t.unary(device.Exp, 0, 0, func(_, y, dy *Tensor) *Tensor { return dy.Mul(y) })
}

// Log is the natural logarithm.
func (t *Tensor) Log() *Tensor {
	return t.unary(device.Log, 0, 0, func(x, _, dy *Tensor) *Tensor { return dy.Div(x) })
}

// Sqrt is the square root.
func (t *Tensor) Sqrt() *Tensor {
	return t.unary(device.Sqrt, 0, 0, func(_, y, dy *Tensor) *Tensor { return dy.Div(y).Scale(0.5) })
}

// Square is t².
func (t *Tensor) Square() *Tensor {
	return t.unary(device.Square, 0, 0, func(x, _, dy *Tensor) *Tensor { return dy.Mul(x).Scale(2) })
}

// Reciprocal is 1/t.
func (t *Tensor) Reciprocal() *Tensor {
	return t.unary(device.Reciprocal, 0, 0, func(_, y, dy *Tensor) *Tensor { return dy.Mul(y.Square()).Neg() })
}

// Sin is the sine of radians.
func (t *Tensor) Sin() *Tensor {
	return t.unary(device.Sin, 0, 0, func(x, _, dy *Tensor) *Tensor { return dy.Mul(x.Cos()) })
}

// Cos is the cosine of radians.
func (t *Tensor) Cos() *Tensor {
	return t.unary(device.Cos, 0, 0, func(x, _, dy *Tensor) *Tensor { return dy.Mul(x.Sin()).Neg() })
}

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

// Floor rounds down; its gradient is 0.
func (t *Tensor) Floor() *Tensor { return t.unary(device.Floor, 0, 0, noGrad) }

// Ceil rounds up; its gradient is 0.
func (t *Tensor) Ceil() *Tensor { return t.unary(device.Ceil, 0, 0, noGrad) }

// Round rounds to the nearest integer, ties to even; its gradient is 0.
func (t *Tensor) Round() *Tensor { return t.unary(device.Round, 0, 0, noGrad) }

// Scale is t·v.
func (t *Tensor) Scale(v float64) *Tensor {
	return t.unary(device.Affine, v, 0, func(_, _, dy *Tensor) *Tensor { return dy.Scale(v) })
}

// AddScalar is t + v.
func (t *Tensor) AddScalar(v float64) *Tensor {
	return t.unary(device.Affine, 1, v, func(_, _, dy *Tensor) *Tensor { return dy })
}

// PowScalar is t^v.
func (t *Tensor) PowScalar(v float64) *Tensor {
	return t.unary(device.Power, v, 0, func(x, _, dy *Tensor) *Tensor { return dy.Mul(x.PowScalar(v - 1)).Scale(v) })
}

// Clamp keeps values between low and high; the gradient outside is 0.
func (t *Tensor) Clamp(low, high float64) *Tensor {
	return t.unary(device.Clamp, low, high, func(x, y, dy *Tensor) *Tensor { return dy.Mul(x.Eq(y)) })
}

func noGrad(_, _, dy *Tensor) *Tensor { return dy.ZerosLike() }

func ofOperand(op device.BinaryOp) func(x, y, dy *Tensor) *Tensor {
	return func(x, _, dy *Tensor) *Tensor { return x.apply(op, dy) }
}

func ofResult(op device.BinaryOp) func(x, y, dy *Tensor) *Tensor {
	return func(_, y, dy *Tensor) *Tensor { return y.apply(op, dy) }
}

// apply is a binary operation on tensors of one shape and type that leaves no trace.
func (t *Tensor) apply(op device.BinaryOp, u *Tensor) *Tensor {
	out := t.fresh(op.String(), t.layout.Shape)
	run(op.String(), t.Device(), device.Binary{Op: op, Dst: out.view(), X: t.view(), Y: u.view()})
	return out
}

// binary broadcasts and converts the operands, and carries out an operation; grad returns the operands' gradients in the result's shape.
func (t *Tensor) binary(op device.BinaryOp, u *Tensor, grad func(x, y, out, dy *Tensor) (dx, dy2 func() *Tensor)) *Tensor {
	name := op.String()
	wide := wider(t.DType(), u.DType())
	a, b := t.cast(wide), u.cast(wide)
	shape, err := device.BroadcastShapes(t.layout.Shape, u.layout.Shape)
	must(name, err)
	x, y := a.Detach().Expand(shape...), b.Detach().Expand(shape...)
	out := x.apply(op, y)
	return made(name, out, []*Tensor{a, b}, func(dy *Tensor) []*Tensor {
		dx, dy2 := grad(x, y, out.Detach(), dy)
		return []*Tensor{
			when(a, func() *Tensor { return dx().sumTo(a.layout.Shape) }),
			when(b, func() *Tensor { return dy2().sumTo(b.layout.Shape) }),
		}
	})
}

// sumTo undoes a broadcast: it sums what was repeated.
func (t *Tensor) sumTo(shape []int) *Tensor {
	more := t.Rank() - len(shape)
	var over []int
	for d, n := range t.layout.Shape {
		if d < more || shape[d-more] == 1 && n != 1 {
			over = append(over, d)
		}
	}
	if len(over) == 0 {
		return t
	}
	return t.SumKeep(over...).Reshape(shape...)
}

type lazy = func() *Tensor

// Add is t + u.
func (t *Tensor) Add(u *Tensor) *Tensor {
	return t.binary(device.Add, u, func(_, _, _, dy *Tensor) (lazy, lazy) {
		return func() *Tensor { return dy }, func() *Tensor { return dy }
	})
}

// Sub is t - u.
func (t *Tensor) Sub(u *Tensor) *Tensor {
	return t.binary(device.Sub, u, func(_, _, _, dy *Tensor) (lazy, lazy) {
		return func() *Tensor { return dy }, dy.Neg
	})
}

// Mul is t · u, element by element.
func (t *Tensor) Mul(u *Tensor) *Tensor {
	return t.binary(device.Mul, u, func(x, y, _, dy *Tensor) (lazy, lazy) {
		return func() *Tensor { return dy.Mul(y) }, func() *Tensor { return dy.Mul(x) }
	})
}

// Div is t / u.
func (t *Tensor) Div(u *Tensor) *Tensor {
	return t.binary(device.Div, u, func(_, y, q, dy *Tensor) (lazy, lazy) {
		return func() *Tensor { return dy.Div(y) }, func() *Tensor { return dy.Mul(q).Div(y).Neg() }
	})
}

// Pow is t^u. The gradient of u is only right for positive t.
func (t *Tensor) Pow(u *Tensor) *Tensor {
	return t.binary(device.Pow, u, func(x, y, p, dy *Tensor) (lazy, lazy) {
		return func() *Tensor { return dy.Mul(y).Mul(x.Pow(y.AddScalar(-1))) }, func() *Tensor { return dy.Mul(p).Mul(x.Log()) }
	})
}

// Maximum is the larger element of each pair; where they are equal, the gradient is shared.
func (t *Tensor) Maximum(u *Tensor) *Tensor { return t.binary(device.Maximum, u, chosen) }

// Minimum is the smaller element of each pair; where they are equal, the gradient is shared.
func (t *Tensor) Minimum(u *Tensor) *Tensor { return t.binary(device.Minimum, u, chosen) }

func chosen(x, y, out, dy *Tensor) (lazy, lazy) {
	share := func(a *Tensor) lazy {
		return func() *Tensor { return dy.Mul(a.Eq(out)).Div(x.Eq(out).Add(y.Eq(out))) }
	}
	return share(x), share(y)
}

// Eq is 1 where t = u, else 0. Comparisons have no gradient.
func (t *Tensor) Eq(u *Tensor) *Tensor { return t.compare(device.Eq, u) }

// Ne is 1 where t ≠ u, else 0.
func (t *Tensor) Ne(u *Tensor) *Tensor { return t.compare(device.Ne, u) }

// Lt is 1 where t < u, else 0.
func (t *Tensor) Lt(u *Tensor) *Tensor { return t.compare(device.Lt, u) }

// Le is 1 where t ≤ u, else 0.
func (t *Tensor) Le(u *Tensor) *Tensor { return t.compare(device.Le, u) }

// Gt is 1 where t > u, else 0.
func (t *Tensor) Gt(u *Tensor) *Tensor { return t.compare(device.Gt, u) }

// Ge is 1 where t ≥ u, else 0.
func (t *Tensor) Ge(u *Tensor) *Tensor { return t.compare(device.Ge, u) }

func (t *Tensor) compare(op device.BinaryOp, u *Tensor) *Tensor {
	return t.Detach().binary(op, u.Detach(), nil)
}

// Where is x where cond is not zero, else y; all three are broadcast.
func Where(cond, x, y *Tensor) *Tensor {
	wide := wider(x.DType(), y.DType())
	a, b := x.cast(wide), y.cast(wide)
	shape, err := device.BroadcastShapes(a.layout.Shape, b.layout.Shape)
	must("where", err)
	shape, err = device.BroadcastShapes(shape, cond.layout.Shape)
	must("where", err)
	c := cond.Detach().Expand(shape...)
	out := a.fresh("where", shape)
	run("where", a.Device(), device.Where{Dst: out.view(), If: c.view(), X: a.Detach().Expand(shape...).view(), Y: b.Detach().Expand(shape...).view()})
	return made("where", out, []*Tensor{a, b}, func(dy *Tensor) []*Tensor {
		zero := dy.ZerosLike()
		return []*Tensor{
			when(a, func() *Tensor { return Where(c, dy, zero).sumTo(a.layout.Shape) }),
			when(b, func() *Tensor { return Where(c, zero, dy).sumTo(b.layout.Shape) }),
		}
	})
}
