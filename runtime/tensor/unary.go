package tensor

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// values are what an operation had and made, for its gradient: operands x and y as they were broadcast, and the result. Those that the gradient
// does not need are nil. They are not tracked.
type values struct{ x, y, out *Tensor }

// needs says which values.
type needs uint8

const (
	nothing needs = 0
	theX    needs = 1 << iota
	theY
	theOut
)

// of takes what is needed.
func (n needs) of(x, y, out *Tensor) (v values) {
	if n&theX != 0 {
		v.x = x.Detach()
	}
	if n&theY != 0 {
		v.y = y.Detach()
	}
	if n&theOut != 0 {
		v.out = out.Detach()
	}
	return v
}

// partial is the gradient of an operand: what it needs, and how it is computed from the gradient dy of the result.
type partial struct {
	needs needs
	f     func(v values, dy *Tensor) *Tensor
}

// unary carries out an operation.
func (t *Tensor) unary(op device.UnaryOp, p, q float64, dx partial) *Tensor {
	return t.unaryAs(op.String(), op, p, q, dx)
}

// unaryAs carries it out under another name than the device's.
func (t *Tensor) unaryAs(name string, op device.UnaryOp, p, q float64, dx partial) *Tensor {
	given(name, t)
	x := t.operand(name, op, p, q)
	out := x.compute(name, op, p, q)
	if !x.Tracked() {
		return made(name, out, []*Tensor{x}, nil)
	}
	v := dx.needs.of(x, nil, out)
	return made(name, out, []*Tensor{x}, func(dy *Tensor) []*Tensor { return []*Tensor{dx.f(v, dy)} }, v.x, v.out)
}

// compute is a unary operation that leaves no trace.
func (t *Tensor) compute(name string, op device.UnaryOp, p, q float64) *Tensor {
	out := t.fresh(name, t.layout.Shape)
	run(name, t.Device(), device.Unary{Op: op, Dst: out.view(), X: t.view(), P: p, Q: q})
	return out
}

// operand converts integers for an operation: to f32, or to i32 if that has whole results.
func (t *Tensor) operand(name string, op device.UnaryOp, p, q float64) *Tensor {
	if t.DType().IsFloat() {
		return t
	}
	switch op {
	case device.Affine, device.Clamp:
		t.holds(name, p, q)
		fallthrough
	case device.Neg, device.Abs, device.Sign, device.Square:
		return t.cast(device.I32)
	}
	return t.cast(device.F32)
}

// holds refuses numbers with fractions for integers.
func (t *Tensor) holds(op string, all ...float64) {
	for _, v := range all {
		if !t.DType().IsFloat() && v != math.Trunc(v) {
			fail(op, "%s has no fractions, as %v has; convert it with To(device.F32) first", t.view(), v)
		}
	}
}

// Neg is -t.
func (t *Tensor) Neg() *Tensor {
	return t.unary(device.Neg, 0, 0, partial{nothing, func(_ values, dy *Tensor) *Tensor { return dy.Neg() }})
}

// Abs is |t|; the gradient at 0 is 0.
func (t *Tensor) Abs() *Tensor {
	return t.unary(device.Abs, 0, 0, partial{theX, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.x.Sign()) }})
}

// Sign is -1, 0 or 1; its gradient is 0.
func (t *Tensor) Sign() *Tensor { return t.unary(device.Sign, 0, 0, flat) }

// Exp is e^t.
func (t *Tensor) Exp() *Tensor {
	return t.unary(device.Exp, 0, 0, partial{theOut, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.out) }})
}

// Log is the natural logarithm.
func (t *Tensor) Log() *Tensor {
	return t.unary(device.Log, 0, 0, partial{theX, func(v values, dy *Tensor) *Tensor { return dy.Div(v.x) }})
}

// Sqrt is the square root. Its gradient at 0 is infinite.
func (t *Tensor) Sqrt() *Tensor {
	return t.unary(device.Sqrt, 0, 0, partial{theOut, func(v values, dy *Tensor) *Tensor { return dy.Div(v.out).Scale(0.5) }})
}

// root is Sqrt with the gradient 0 at 0, for lengths and deviations.
func (t *Tensor) root() *Tensor {
	return t.unary(device.Sqrt, 0, 0, partial{theOut, func(v values, dy *Tensor) *Tensor {
		return dy.apply(device.Div, v.out).Scale(0.5).where(v.out.Ne(v.out.zero()))
	}})
}

// Square is t².
func (t *Tensor) Square() *Tensor {
	return t.unary(device.Square, 0, 0, partial{theX, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.x).Scale(2) }})
}

// Reciprocal is 1/t.
func (t *Tensor) Reciprocal() *Tensor {
	return t.unary(device.Reciprocal, 0, 0, partial{theOut, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.out.Square()).Neg() }})
}

// Sin is the sine of radians.
func (t *Tensor) Sin() *Tensor {
	return t.unary(device.Sin, 0, 0, partial{theX, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.x.Cos()) }})
}

// Cos is the cosine of radians.
func (t *Tensor) Cos() *Tensor {
	return t.unary(device.Cos, 0, 0, partial{theX, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.x.Sin()).Neg() }})
}

// Floor rounds down; its gradient is 0.
func (t *Tensor) Floor() *Tensor { return t.unary(device.Floor, 0, 0, flat) }

// Ceil rounds up; its gradient is 0.
func (t *Tensor) Ceil() *Tensor { return t.unary(device.Ceil, 0, 0, flat) }

// Round rounds to the nearest integer, ties to even; its gradient is 0.
func (t *Tensor) Round() *Tensor { return t.unary(device.Round, 0, 0, flat) }

// Scale is t·v. Integers take a whole v only.
func (t *Tensor) Scale(v float64) *Tensor {
	return t.unaryAs("scale", device.Affine, v, 0, partial{nothing, func(_ values, dy *Tensor) *Tensor { return dy.Scale(v) }})
}

// AddScalar is t + v. Integers take a whole v only.
func (t *Tensor) AddScalar(v float64) *Tensor {
	return t.unaryAs("add-scalar", device.Affine, 1, v, partial{nothing, func(_ values, dy *Tensor) *Tensor { return dy }})
}

// PowScalar is t^v.
func (t *Tensor) PowScalar(v float64) *Tensor {
	if v == 0 {
		return t.unaryAs("pow-scalar", device.Power, v, 0, flat)
	}
	return t.unaryAs("pow-scalar", device.Power, v, 0, partial{theX, func(a values, dy *Tensor) *Tensor { return dy.Mul(a.x.PowScalar(v - 1)).Scale(v) }})
}

// Clamp keeps values between low and high; the gradient is 0 from these limits on. Integers take whole limits only.
func (t *Tensor) Clamp(low, high float64) *Tensor {
	if !(low <= high) {
		fail("clamp", "low is %v and high is %v", low, high)
	}
	return t.unary(device.Clamp, low, high, partial{theX, func(v values, dy *Tensor) *Tensor {
		return dy.where(v.x.Gt(v.x.single(low))).where(v.x.Lt(v.x.single(high)))
	}})
}

// flat is the gradient of steps.
var flat = partial{nothing, func(_ values, dy *Tensor) *Tensor { return dy.ZerosLike() }}
