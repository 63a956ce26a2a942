package tensor

import (
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

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
	a, b := meet(op.String(), t, u)
	x, y := broadcast(op.String(), a, b)
	return x.apply(op, y)
}

// IsNaN is 1 where t is not a number.
func (t *Tensor) IsNaN() *Tensor { return t.compare(device.Ne, t) }

// IsInf is 1 where t is infinite.
func (t *Tensor) IsInf() *Tensor {
	x := t.Detach().floating().Abs()
	return x.compare(device.Eq, x.single(math.Inf(1)))
}

// IsFinite is 1 where t is a number that is not infinite.
func (t *Tensor) IsFinite() *Tensor {
	x := t.Detach().floating().Abs()
	return x.compare(device.Lt, x.single(math.Inf(1)))
}

// CountNonZero is how many elements are not zero; NaN is not.
func (t *Tensor) CountNonZero() int {
	return int(t.compare(device.Ne, t.zero()).cast(device.I32).reduce(device.Sum, nil).Item())
}

// Any reports whether an element is not zero.
func (t *Tensor) Any() bool { return t.CountNonZero() > 0 }

// All reports whether no element is zero.
func (t *Tensor) All() bool { return t.CountNonZero() == t.Size() }

// Equal reports whether t and u have the same shape and equal elements. NaN equals nothing.
func (t *Tensor) Equal(u *Tensor) bool {
	given("equal", t, u)
	return slices.Equal(t.layout.Shape, u.layout.Shape) && t.Eq(u).All()
}

// AllClose reports whether all elements (broadcast) are equal, or differ by no more than atol + rtol·|u|. NaN is close to nothing.
func (t *Tensor) AllClose(u *Tensor, rtol, atol float64) bool {
	given("all-close", t, u)
	a, b := broadcast("all-close", t, u)
	x, y := a.Float64s(), b.Float64s()
	for i, v := range x {
		d := math.Abs(v - y[i])
		if v != y[i] && (math.IsInf(d, 0) || !(d <= atol+rtol*math.Abs(y[i]))) {
			return false
		}
	}
	return true
}

// Where is x where cond is not zero, else y; all three are broadcast.
func Where(cond, x, y *Tensor) *Tensor {
	given("where", cond, x, y)
	if cond.Device() != x.Device() || x.Device() != y.Device() {
		all := together("where", cond, x, y)
		cond, x, y = all[0], all[1], all[2]
	}
	wide := wider(x.DType(), y.DType())
	a, b := x.cast(wide), y.cast(wide)
	shape, err := device.BroadcastShapes(a.layout.Shape, b.layout.Shape)
	must("where", err)
	shape, err = device.BroadcastShapes(shape, cond.layout.Shape)
	must("where", err)
	c, out := cond.Detach().repeated("where", shape), a.fresh("where", shape)
	run("where", a.Device(), device.Where{Dst: out.view(), If: c.view(), X: a.repeated("where", shape).view(), Y: b.repeated("where", shape).view()})
	wantA, wantB, shapeA, shapeB := a.Tracked(), b.Tracked(), a.layout.Shape, b.layout.Shape
	return made("where", out, []*Tensor{a, b}, func(dy *Tensor) []*Tensor {
		zero, grads := dy.zero(), make([]*Tensor, 2)
		if wantA {
			grads[0] = Where(c, dy, zero).sumTo(shapeA)
		}
		if wantB {
			grads[1] = Where(c, zero, dy).sumTo(shapeB)
		}
		return grads
	}, c)
}

// where is t where cond is not zero, else 0.
func (t *Tensor) where(cond *Tensor) *Tensor { return Where(cond, t, t.zero()) }

// zero is a single 0 of t's type on t's device.
func (t *Tensor) zero() *Tensor { return t.fresh("zeros", nil) }

// single is a single v of t's type on t's device.
func (t *Tensor) single(v float64) *Tensor { return t.zero().AssignFill(v) }
