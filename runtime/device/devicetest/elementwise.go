package devicetest

import (
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
	// special are the numbers at which functions are easily wrong: the edges of the format, and where exponentials leave it.
	special = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 2.5, 1.5, nan, inf, -inf, 0x1p-149, -0x1p-149, 1e-40, -1e-40, 0x1p-126,
		1e-10, -1e-10, 1e-5, -1e-5, 0.3, -0.3, 1 + 0x1p-20, 1 - 0x1p-20, 3, -3, 9, -9, 10.5, -10.5, 20, -20, 80, -80, 88.7, 88.8, -87.4, -88, -100, -103.9, -104.1, 1000, -1000, 1e5,
		16777217, -16777217, 3e9, 1e30, -1e30, math.MaxFloat32, -math.MaxFloat32}
	// tame are the special numbers that gradients are asked about: no products of zero and infinity.
	tame = []float64{0, math.Copysign(0, -1), nan, 1e-40, 1e-10, -1e-5, 0.3, -0.3, 1, -1, 1.5, -2.5, 5, -5, 9, -9, 20, -20, 100, -100}
)

// function is what the suite knows about a function of one number or of two.
type function struct {
	x, y    draw
	bound   bound
	p, q    float64
	special []float64
}

// Go's own power, the oracle for float64, is off by 1 ulp.
var unaryFunctions = map[device.UnaryOp]function{
	device.Neg:        {bound: exact},
	device.Abs:        {bound: exact},
	device.Sign:       {bound: bound{}},
	device.Exp:        {bound: within(2, 0)},
	device.Log:        {bound: within(2, 0), x: between(1e-3, 5)},
	device.Sqrt:       {bound: rounded, x: between(0, 5)},
	device.Square:     {bound: rounded},
	device.Reciprocal: {bound: rounded},
	device.Sin:        {bound: within(1, 1), x: between(-30, 30), special: slices.DeleteFunc(slices.Clone(special), func(x float64) bool { return math.Abs(x) > 1e6 && !math.IsInf(x, 0) })},
	device.Cos:        {bound: within(1, 1), x: between(-30, 30), special: slices.DeleteFunc(slices.Clone(special), func(x float64) bool { return math.Abs(x) > 1e6 && !math.IsInf(x, 0) })},
	device.Tanh:       {bound: within(3, 0)},
	device.Sigmoid:    {bound: within(3, 0)},
	device.ReLU:       {bound: bound{}},
	device.GELU:       {bound: within(3, 1)},
	device.GELUTanh:   {bound: within(3, 1)},
	device.SiLU:       {bound: within(3, 0)},
	device.Floor:      {bound: bound{}},
	device.Ceil:       {bound: bound{}},
	device.Round:      {bound: bound{}},
	device.Affine:     {bound: within(2, 2), p: 1.5, q: -0.25},
	device.Power:      {bound: within(3, 0), p: 2.5, x: between(0, 4)},
	device.Clamp:      {bound: bound{}, p: -0.5, q: 0.75},
}

var binaryFunctions = map[device.BinaryOp]function{
	device.Add:          {bound: rounded},
	device.Sub:          {bound: rounded},
	device.Mul:          {bound: rounded},
	device.Div:          {bound: rounded},
	device.Pow:          {bound: within(3, 0), x: between(0.1, 4), y: between(-3, 3)},
	device.Maximum:      {bound: bound{}},
	device.Minimum:      {bound: bound{}},
	device.Eq:           {bound: exact, x: whole(0, 3), y: whole(0, 3)},
	device.Ne:           {bound: exact, x: whole(0, 3), y: whole(0, 3)},
	device.Lt:           {bound: exact, x: whole(0, 3), y: whole(0, 3)},
	device.Le:           {bound: exact, x: whole(0, 3), y: whole(0, 3)},
	device.Gt:           {bound: exact, x: whole(0, 3), y: whole(0, 3)},
	device.Ge:           {bound: exact, x: whole(0, 3), y: whole(0, 3)},
	device.ReLUGrad:     {bound: bound{}, special: tame},
	device.GELUGrad:     {bound: within(3, 3), special: tame},
	device.GELUTanhGrad: {bound: within(3, 4), special: tame},
	device.SiLUGrad:     {bound: within(3, 3), special: tame},
	device.TanhGrad:     {bound: within(3, 3), x: between(-1, 1), special: tame},
	device.SigmoidGrad:  {bound: within(3, 3), x: between(0, 1), special: tame},
}

// orNormal is a draw, or the normal distribution.
func (d draw) orNormal() draw {
	if d == nil {
		return normal
	}
	return d
}

func (f function) specials() []float64 {
	if f.special == nil {
		return special
	}
	return f.special
}

func unaryScenes(yield func(scene) bool) {
	for _, op := range device.UnaryOps() {
		f, known := unaryFunctions[op]
		if !known {
			panic("devicetest: no row for " + op.String())
		}
		make := func(t device.DType, shape []int, x draw) scene {
			return scene{name: op.String(), bound: f.bound, mayShare: [][2]int{{0, 1}},
				args: []arg{{role: out, t: t, shape: shape}, {t: t, shape: shape, draw: x}},
				op: func(v []device.View) device.Op {
					return device.Unary{Op: op, Dst: v[0], X: v[1], P: f.p, Q: f.q}
				}}
		}
		ints := device.Unary{Op: op, Dst: intView, X: intView}.Check() == nil
		if !eachType(ints, make, f.x.orNormal(), yield) || !eachSpecial(make, listed(1, f.specials()), len(f.specials()), yield) {
			return
		}
	}
}

func binaryScenes(yield func(scene) bool) {
	for _, op := range device.BinaryOps() {
		f, known := binaryFunctions[op]
		if !known {
			panic("devicetest: no row for " + op.String())
		}
		withY := func(y, ints draw) func(t device.DType, shape []int, x draw) scene {
			return func(t device.DType, shape []int, x draw) scene {
				if !t.IsFloat() {
					y = ints
				}
				return scene{name: op.String(), bound: f.bound, mayShare: [][2]int{{0, 1}, {0, 2}},
					args: []arg{{role: out, t: t, shape: shape}, {t: t, shape: shape, draw: x}, {t: t, shape: shape, draw: y}},
					op: func(v []device.View) device.Op {
						return device.Binary{Op: op, Dst: v[0], X: v[1], Y: v[2]}
					}}
			}
		}
		ints := device.Binary{Op: op, Dst: intView, X: intView, Y: intView}.Check() == nil
		s, n := f.specials(), len(f.specials())
		if !eachType(ints, withY(f.y.orNormal(), whole(-3, 4)), f.x.orNormal(), yield) ||
			!eachSpecial(withY(listed(n, s), nil), listed(1, s), n*n, yield) {
			return
		}
	}
}

// intView stands for an operand of integers, to ask Check whether an operation has them.
var intView = func() device.View {
	b, err := plainDevice.Alloc(device.I32, 1)
	if err != nil {
		panic(err)
	}
	return device.Of(b, 1)
}()

// eachType gives an elementwise operation in all types, shapes and layouts.
func eachType(ints bool, make func(t device.DType, shape []int, x draw) scene, x draw, yield func(scene) bool) bool {
	types := floats
	if ints {
		types = append(slices.Clone(floats), device.I32)
	}
	for _, t := range types {
		if t == device.I32 {
			x = whole(-100, 100)
		}
		for _, shape := range shapes {
			if !across(make(t, shape, x), yield) {
				return false
			}
		}
		if !yield(make(t, large, x)) {
			return false
		}
	}
	return true
}

// eachSpecial gives an elementwise operation on special numbers, by vectors and one by one.
func eachSpecial(make func(t device.DType, shape []int, x draw) scene, x draw, n int, yield func(scene) bool) bool {
	for _, t := range []device.DType{device.F32, device.BF16} {
		for _, l := range []lie{packed, spread} {
			if !yield(make(t, []int{n}, x).laid(func(int) lie { return l })) {
				return false
			}
		}
	}
	return true
}
