package plain

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

func unary(o device.Unary) {
	f := Function(o.Op, o.P, o.Q)
	dst, x := open(o.Dst), open(o.X)
	walk([]device.View{o.Dst, o.X}, func(at []int) { dst.set(at[0], f(x.get(at[1]))) })
}

func binary(o device.Binary) {
	f := Function2(o.Op)
	if o.Dst.DType() == device.I32 && o.Op == device.Div {
		f = divideWhole
	}
	dst, x, y := open(o.Dst), open(o.X), open(o.Y)
	walk([]device.View{o.Dst, o.X, o.Y}, func(at []int) { dst.set(at[0], f(x.get(at[1]), y.get(at[2]))) })
}

func divideWhole(x, y float64) float64 {
	if y == 0 {
		return 0
	}
	return x / y
}

func where(o device.Where) {
	dst, cond, x, y := open(o.Dst), open(o.If), open(o.X), open(o.Y)
	walk([]device.View{o.Dst, o.If, o.X, o.Y}, func(at []int) {
		if cond.get(at[1]) != 0 {
			dst.set(at[0], x.get(at[2]))
		} else {
			dst.set(at[0], y.get(at[3]))
		}
	})
}

func convert(o device.Copy) {
	dst, x := open(o.Dst), open(o.X)
	walk([]device.View{o.Dst, o.X}, func(at []int) { dst.set(at[0], x.get(at[1])) })
}

func fill(o device.Fill) {
	dst := open(o.Dst)
	walk([]device.View{o.Dst}, func(at []int) { dst.set(at[0], o.Value) })
}

// Function is a unary operation with its parameters, in float64.
func Function(op device.UnaryOp, p, q float64) func(x float64) float64 {
	switch op {
	case device.Neg:
		return func(x float64) float64 { return -x }
	case device.Abs:
		return math.Abs
	case device.Sign:
		return sign
	case device.Exp:
		return math.Exp
	case device.Log:
		return math.Log
	case device.Sqrt:
		return math.Sqrt
	case device.Square:
		return func(x float64) float64 { return x * x }
	case device.Reciprocal:
		return func(x float64) float64 { return 1 / x }
	case device.Sin:
		return math.Sin
	case device.Cos:
		return math.Cos
	case device.Tanh:
		return math.Tanh
	case device.Sigmoid:
		return sigmoid
	case device.ReLU:
		return func(x float64) float64 { return max(x, 0) }
	case device.GELU:
		return func(x float64) float64 { return x * normalCDF(x) }
	case device.GELUTanh:
		return func(x float64) float64 { return 0.5 * x * (1 + math.Tanh(geluInner(x))) }
	case device.SiLU:
		return func(x float64) float64 { return x * sigmoid(x) }
	case device.Floor:
		return math.Floor
	case device.Ceil:
		return math.Ceil
	case device.Round:
		return math.RoundToEven
	case device.Affine:
		return func(x float64) float64 { return p*x + q }
	case device.Power:
		return func(x float64) float64 { return math.Pow(x, p) }
	case device.Clamp:
		return func(x float64) float64 { return min(max(x, p), q) }
	}
	panic("plain: unary operation " + op.String())
}

// Function2 is a binary operation, in float64.
func Function2(op device.BinaryOp) func(x, y float64) float64 {
	switch op {
	case device.Add:
		return func(x, y float64) float64 { return x + y }
	case device.Sub:
		return func(x, y float64) float64 { return x - y }
	case device.Mul:
		return func(x, y float64) float64 { return x * y }
	case device.Div:
		return func(x, y float64) float64 { return x / y }
	case device.Pow:
		return math.Pow
	case device.Maximum:
		return func(x, y float64) float64 { return max(x, y) }
	case device.Minimum:
		return func(x, y float64) float64 { return min(x, y) }
	case device.Eq:
		return func(x, y float64) float64 { return truth(x == y) }
	case device.Ne:
		return func(x, y float64) float64 { return truth(x != y) }
	case device.Lt:
		return func(x, y float64) float64 { return truth(x < y) }
	case device.Le:
		return func(x, y float64) float64 { return truth(x <= y) }
	case device.Gt:
		return func(x, y float64) float64 { return truth(x > y) }
	case device.Ge:
		return func(x, y float64) float64 { return truth(x >= y) }
	case device.ReLUGrad:
		return reluGrad
	case device.GELUGrad:
		return func(x, dy float64) float64 { return dy * (normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)) }
	case device.GELUTanhGrad:
		return geluTanhGrad
	case device.SiLUGrad:
		return func(x, dy float64) float64 { s := sigmoid(x); return dy * (s + x*s*(1-s)) }
	case device.TanhGrad:
		return func(y, dy float64) float64 { return dy * (1 - y*y) }
	case device.SigmoidGrad:
		return func(y, dy float64) float64 { return dy * y * (1 - y) }
	}
	panic("plain: binary operation " + op.String())
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func reluGrad(x, dy float64) float64 {
	if x > 0 {
		return dy
	}
	return 0
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0 and NaN
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

var geluScale = math.Sqrt(2 / math.Pi)

func geluInner(x float64) float64 { return geluScale * (x + 0.044715*x*x*x) }

func geluTanhGrad(x, dy float64) float64 {
	t := math.Tanh(geluInner(x))
	return dy * (0.5*(1+t) + 0.5*x*(1-t*t)*geluScale*(1+3*0.044715*x*x))
}
