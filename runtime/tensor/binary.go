package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// binary converts and broadcasts the operands, and carries out an operation.
func (t *Tensor) binary(op device.BinaryOp, u *Tensor, dx, dy partial) *Tensor {
	name := op.String()
	a, b := meet(name, t, u)
	x, y := broadcast(name, a, b)
	out := x.apply(op, y)
	if !a.Tracked() && !b.Tracked() {
		return made(name, out, []*Tensor{a, b}, nil)
	}
	p, q := partialOf(a, dx), partialOf(b, dy)
	v := (p.needs | q.needs).of(x, y, out)
	shapes := [2][]int{a.layout.Shape, b.layout.Shape}
	return made(name, out, []*Tensor{a, b}, func(dy *Tensor) []*Tensor {
		grads := make([]*Tensor, 2)
		for i, d := range [2]partial{p, q} {
			if d.f != nil {
				grads[i] = d.f(v, dy).sumTo(shapes[i])
			}
		}
		return grads
	}, v.x, v.y, v.out)
}

// partialOf is d for an operand that is tracked, else one that needs nothing.
func partialOf(t *Tensor, d partial) partial {
	if t.Tracked() {
		return d
	}
	return partial{}
}

// broadcast repeats the operands to a common shape, untracked.
func broadcast(op string, a, b *Tensor) (x, y *Tensor) {
	if slices.Equal(a.layout.Shape, b.layout.Shape) {
		return a, b
	}
	shape, err := device.BroadcastShapes(a.layout.Shape, b.layout.Shape)
	must(op, err)
	return a.repeated(op, shape), b.repeated(op, shape)
}

// repeated is Expand without a trace; it is for reading only.
func (t *Tensor) repeated(op string, shape []int) *Tensor {
	if slices.Equal(t.layout.Shape, shape) {
		return t
	}
	l, err := t.layout.Broadcast(shape...)
	must(op, err)
	return t.at(l)
}

// apply is a binary operation on tensors of one shape and type that leaves no trace.
func (t *Tensor) apply(op device.BinaryOp, u *Tensor) *Tensor {
	out := t.fresh(op.String(), t.layout.Shape)
	run(op.String(), t.Device(), device.Binary{Op: op, Dst: out.view(), X: t.view(), Y: u.view()})
	return out
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

func same(_ values, dy *Tensor) *Tensor { return dy }

// Add is t + u.
func (t *Tensor) Add(u *Tensor) *Tensor {
	return t.binary(device.Add, u, partial{nothing, same}, partial{nothing, same})
}

// Sub is t - u.
func (t *Tensor) Sub(u *Tensor) *Tensor {
	return t.binary(device.Sub, u, partial{nothing, same}, partial{nothing, func(_ values, dy *Tensor) *Tensor { return dy.Neg() }})
}

// Mul is t · u, element by element.
func (t *Tensor) Mul(u *Tensor) *Tensor {
	return t.binary(device.Mul, u,
		partial{theY, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.y) }},
		partial{theX, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.x) }})
}

// Div is t / u. Of integers it is a whole number, as in Go, and 0 if u is.
func (t *Tensor) Div(u *Tensor) *Tensor {
	return t.binary(device.Div, u,
		partial{theY, func(v values, dy *Tensor) *Tensor { return dy.Div(v.y) }},
		partial{theY | theOut, func(v values, dy *Tensor) *Tensor { return dy.Mul(v.out).Div(v.y).Neg() }})
}

// Pow is t^u. The gradient of u is NaN where t is negative.
func (t *Tensor) Pow(u *Tensor) *Tensor {
	return t.binary(device.Pow, u,
		partial{theX | theY, func(v values, dy *Tensor) *Tensor {
			less := v.x.Pow(v.y.AddScalar(-1))
			return dy.apply(device.Mul, v.y).apply(device.Mul, less).where(v.y.Ne(v.y.zero()))
		}},
		partial{theX | theY | theOut, func(v values, dy *Tensor) *Tensor {
			zero := v.x.zero() // 0^y is 0 around any positive y
			return dy.apply(device.Mul, v.out).apply(device.Mul, v.x.Log()).where(v.x.Ne(zero).Maximum(v.y.Lt(zero)))
		}})
}

// Maximum is the larger element of each pair, NaN if one is; where they are equal, each gets half of the gradient.
func (t *Tensor) Maximum(u *Tensor) *Tensor {
	return t.binary(device.Maximum, u, unless(device.Lt), unless(device.Gt))
}

// Minimum is the smaller element of each pair, NaN if one is; where they are equal, each gets half of the gradient.
func (t *Tensor) Minimum(u *Tensor) *Tensor {
	return t.binary(device.Minimum, u, unless(device.Gt), unless(device.Lt))
}

// unless is the gradient of the operand that is not taken if x is this (less, greater) compared with y.
func unless(worse device.BinaryOp) partial {
	return partial{theX | theY, func(v values, dy *Tensor) *Tensor {
		return Where(v.x.apply(worse, v.y), dy.zero(), Where(v.x.Eq(v.y), dy.Scale(0.5), dy))
	}}
}
