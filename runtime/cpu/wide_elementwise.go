package cpu

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// The cheap functions have loops of their own; for the others a call of a function per number is nothing.

func wideUnary(o device.Unary) func(v [][]float64, index int) {
	switch o.Op {
	case device.Neg:
		return func(v [][]float64, _ int) {
			for i, x := range v[1] {
				v[0][i] = -x
			}
		}
	case device.Square:
		return func(v [][]float64, _ int) {
			for i, x := range v[1] {
				v[0][i] = x * x
			}
		}
	case device.Affine:
		return func(v [][]float64, _ int) {
			for i, x := range v[1] {
				v[0][i] = o.P*x + o.Q
			}
		}
	}
	f := plain.Function(o.Op, o.P, o.Q)
	return func(v [][]float64, _ int) {
		for i, x := range v[1] {
			v[0][i] = f(x)
		}
	}
}

func wideBinary(o device.Binary) func(v [][]float64, index int) {
	switch o.Op {
	case device.Add:
		return func(v [][]float64, _ int) {
			y := v[2]
			for i, x := range v[1] {
				v[0][i] = x + y[i]
			}
		}
	case device.Sub:
		return func(v [][]float64, _ int) {
			y := v[2]
			for i, x := range v[1] {
				v[0][i] = x - y[i]
			}
		}
	case device.Mul:
		return func(v [][]float64, _ int) {
			y := v[2]
			for i, x := range v[1] {
				v[0][i] = x * y[i]
			}
		}
	}
	f := plain.Function2(o.Op)
	whole := o.Op == device.Div && o.Dst.DType() == device.I32
	return func(v [][]float64, _ int) {
		y := v[2]
		for i, x := range v[1] {
			if whole && y[i] == 0 {
				v[0][i] = 0
			} else {
				v[0][i] = f(x, y[i])
			}
		}
	}
}

func wideWhere(v [][]float64, _ int) {
	for i, cond := range v[1] {
		if cond != 0 {
			v[0][i] = v[2][i]
		} else {
			v[0][i] = v[3][i]
		}
	}
}

func wideCopy(v [][]float64, _ int) { copy(v[0], v[1]) }

func fillWith(to []float64, x float64) {
	for i := range to {
		to[i] = x
	}
}

// wideAdamW takes the call's numbers: lr is divided by 1-Beta1^Step, bias2 is 1/√(1-Beta2^Step), decay is what is kept of a parameter.
func wideAdamW(c *call) func(v [][]float64, index int) {
	return func(v [][]float64, _ int) {
		p, m, s := v[0], v[2], v[3]
		for i, grad := range v[1] {
			grad *= c.scale
			m[i] = c.beta1*m[i] + (1-c.beta1)*grad
			s[i] = c.beta2*s[i] + (1-c.beta2)*grad*grad
			p[i] = p[i]*c.decay - c.lr*m[i]/(math.Sqrt(s[i])*c.bias2+c.eps)
		}
	}
}

func wideSGD(c *call) func(v [][]float64, index int) {
	return func(v [][]float64, _ int) {
		p := v[0]
		for i, grad := range v[1] {
			grad = c.scale*grad + c.decay*p[i]
			if len(v) > 2 {
				velocity := c.beta1*v[2][i] + grad
				v[2][i] = velocity
				if c.nesterov != 0 {
					grad += c.beta1 * velocity
				} else {
					grad = velocity
				}
			}
			p[i] -= c.lr * grad
		}
	}
}
