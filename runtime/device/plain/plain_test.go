package plain_test

import (
	"math"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/devicetest"
	"github.com/resident-go/resident/runtime/device/plain"
)

// The oracle meets its own contract: in all layouts and types as in packed float64.
func TestDevice(t *testing.T) { devicetest.Run(t, plain.New()) }

var dev = plain.New()

// of is an array with these numbers.
func of(t *testing.T, dtype device.DType, shape []int, numbers ...float64) device.View {
	t.Helper()
	b, err := plain.NewBuffer(dev, dtype, len(numbers))
	if err != nil {
		t.Fatal(err)
	}
	v := device.Of(b, shape...)
	for i, x := range numbers {
		switch dtype {
		case device.F64:
			plain.Slice[float64](b)[i] = x
		case device.F32:
			plain.Slice[float32](b)[i] = float32(x)
		case device.I32:
			plain.Slice[int32](b)[i] = int32(x)
		}
	}
	return v
}

func f64(v device.View) []float64 { return plain.Slice[float64](v.Data.(*plain.Buffer)) }

func run(t *testing.T, ops ...device.Op) {
	t.Helper()
	if err := dev.Run(ops...); err != nil {
		t.Fatal(err)
	}
}

// What operations mean, worked out by hand.
func TestByHand(t *testing.T) {
	vector := func(x ...float64) device.View { return of(t, device.F64, []int{len(x)}, x...) }
	matrix := func(columns int, x ...float64) device.View {
		return of(t, device.F64, []int{len(x) / columns, columns}, x...)
	}
	ids := func(x ...float64) device.View { return of(t, device.I32, []int{len(x)}, x...) }
	for _, row := range []struct {
		name   string
		result device.View
		op     func(to device.View) device.Op
		want   []float64
	}{
		{"affine", vector(0, 0), func(to device.View) device.Op {
			return device.Unary{Op: device.Affine, Dst: to, X: vector(1, -2), P: 3, Q: 1}
		}, []float64{4, -5}},
		{"gelu", vector(0, 0, 0), func(to device.View) device.Op {
			return device.Unary{Op: device.GELU, Dst: to, X: vector(0, 40, -40)}
		}, []float64{0, 40, 0}},
		{"round to even", vector(0, 0, 0), func(to device.View) device.Op {
			return device.Unary{Op: device.Round, Dst: to, X: vector(0.5, 1.5, -2.5)}
		}, []float64{0, 2, -2}},
		{"where", vector(0, 0), func(to device.View) device.Op {
			return device.Where{Dst: to, If: ids(0, -7), X: vector(1, 2), Y: vector(3, 4)}
		}, []float64{3, 2}},
		{"sum of columns", matrix(2, 0, 0), func(to device.View) device.Op {
			return device.Reduce{Op: device.Sum, Dst: to, X: matrix(2, 1, 2, 3, 4)}
		}, []float64{4, 6}},
		{"mean of nothing", vector(0), func(to device.View) device.Op {
			return device.Reduce{Op: device.Mean, Dst: to, X: vector()}
		}, []float64{math.NaN()}},
		{"product with everything", matrix(1, 100, 200), func(to device.View) device.Op {
			return device.MatMul{Dst: to, A: matrix(2, 1, 2, 3, -4), B: matrix(1, 5, 6), Bias: vector(1), Residual: matrix(1, 1000, 2000), Act: device.ActReLU, Alpha: 2, Accumulate: true}
		}, []float64{100 + 1000 + 2*17 + 1, 200 + 2000}},
		{"gather", matrix(2, 0, 0, 0, 0), func(to device.View) device.Op {
			return device.Gather{Dst: to, Table: matrix(2, 1, 2, 3, 4), IDs: ids(1, 1)}
		}, []float64{3, 4, 3, 4}},
		{"scatter-add", matrix(2, 1, 1, 1, 1), func(to device.View) device.Op {
			return device.ScatterAdd{Table: to, X: matrix(2, 1, 2, 3, 4), IDs: ids(1, 1)}
		}, []float64{1, 1, 5, 7}},
		{"pick", vector(9, 9), func(to device.View) device.Op {
			return device.Pick{Dst: to, X: matrix(2, 1, 2, 3, 4), IDs: ids(-1, 0)}
		}, []float64{0, 3}},
		{"softmax", vector(0, 0), func(to device.View) device.Op {
			return device.Softmax{Dst: to, X: vector(1000, 1000+math.Log(3))}
		}, []float64{0.25, 0.75}},
		{"layer norm", vector(0, 0), func(to device.View) device.Op {
			return device.Norm{Dst: to, X: vector(1, 5), Weight: vector(1, 2), Bias: vector(0, 1)}
		}, []float64{-1, 3}},
		{"RMS norm", vector(0, 0), func(to device.View) device.Op {
			return device.Norm{Dst: to, X: vector(1, 7), RMS: true}
		}, []float64{0.2, 1.4}},
		{"cross-entropy", vector(0, 9), func(to device.View) device.Op {
			return device.CrossEntropy{Losses: to, Logits: matrix(2, 0, math.Log(3), 1, 2), Targets: ids(1, -1)}
		}, []float64{math.Log(4.0 / 3), 0}},
		{"attention to one of two keys", of(t, device.F64, []int{1, 1, 1, 2}, 0, 0), func(to device.View) device.Op {
			key := of(t, device.F64, []int{1, 2, 1, 2}, 1000, 0, 0, 1000)
			return device.Attention{Out: to, Q: of(t, device.F64, []int{1, 1, 1, 2}, 0, 1), K: key, V: of(t, device.F64, []int{1, 2, 1, 2}, 1, 2, 3, 4), Scale: 1, Causal: true}
		}, []float64{3, 4}},
		{"attention through a window of one", of(t, device.F64, []int{1, 2, 1, 1}, 0, 0), func(to device.View) device.Op {
			x := of(t, device.F64, []int{1, 2, 1, 1}, 5, -7)
			return device.Attention{Out: to, Q: x, K: x, V: x, Scale: 1, Causal: true, Window: 1}
		}, []float64{5, -7}},
		{"attention with a cap", of(t, device.F64, []int{1, 1, 1, 1}, 0), func(to device.View) device.Op { // scores are ±log(3)/2: the cap times ±1
			key := of(t, device.F64, []int{1, 2, 1, 1}, 1e9, -1e9)
			return device.Attention{Out: to, Q: of(t, device.F64, []int{1, 1, 1, 1}, 1), K: key, V: of(t, device.F64, []int{1, 2, 1, 1}, 4, 8), Scale: 1, Cap: math.Log(3) / 2}
		}, []float64{5}},
		{"rotary by one radian", of(t, device.F64, []int{1, 1, 1, 2}, 0, 0), func(to device.View) device.Op {
			return device.Rotary{Dst: to, X: of(t, device.F64, []int{1, 1, 1, 2}, 1, 0), From: 1, Base: 10000}
		}, []float64{0.5403023058681398, 0.8414709848078965}},
		{"first step of AdamW", vector(2), func(to device.View) device.Op {
			return device.AdamW{Param: to, Grad: vector(-5), M: vector(0), V: vector(0), LR: 0.5, Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.25, Step: 1}
		}, []float64{2*(1-0.125) + 0.5}},
		{"SGD after Nesterov", vector(2), func(to device.View) device.Op {
			return device.SGD{Param: to, Grad: vector(1), M: vector(4), LR: 0.5, Momentum: 0.5, Nesterov: true}
		}, []float64{2 - 0.5*(1+0.5*3)}},
	} {
		run(t, row.op(row.result))
		got := f64(row.result)
		if !slices.EqualFunc(got, row.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 || a != a && b != b }) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// bfloat16 is the upper half of a float32, rounded to the nearest, ties to even.
func TestBF16(t *testing.T) {
	for _, row := range []struct {
		f    float32
		want uint16
	}{
		{1, 0x3f80}, {-2, 0xc000}, {1 + 0x1p-8, 0x3f80}, {1 + 0x1.8p-7, 0x3f82}, {1 + 0x1.0002p-8, 0x3f81}, {math.MaxFloat32, 0x7f80},
		{float32(math.Inf(-1)), 0xff80}, {math.Float32frombits(0x7f800001), 0x7fc0}, {0x1p-133, 1}, {0x1p-134, 0},
	} {
		if got := plain.ToBF16(row.f); got != row.want {
			t.Errorf("ToBF16(%x) is %#04x, want %#04x", row.f, got, row.want)
		}
	}
	for h := range uint16(0x7f80) {
		if got := plain.ToBF16(plain.FromBF16(h)); got != h {
			t.Fatalf("%#04x becomes %#04x on the way to float32 and back", h, got)
		}
	}
}
