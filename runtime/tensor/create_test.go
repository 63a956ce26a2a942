package tensor

import (
	"math"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// TestMakers: what tensors are made with, by how they print.
func TestMakers(t *testing.T) {
	for _, row := range []struct {
		t    *Tensor
		want string
	}{
		{New([]float32{1, 2}), "f32[2] [1 2]"},
		{New([]float64{1, 2}, 2, 1), "f64[2 1]\n[[1]\n [2]]"},
		{New([]int32{1, -2}), "i32[2] [ 1 -2]"},
		{New([]int8{1, -2}), "i8[2] [ 1 -2]"},
		{New([]int{1, -2}), "i32[2] [ 1 -2]"},
		{New([]int64{1, -2}), "i32[2] [ 1 -2]"},
		{New([]uint8{1, 255}), "i32[2] [  1 255]"},
		{Scalar(2), "f32[] 2"},
		{Ones(2), "f32[2] [1 1]"},
		{Full(7, 2), "f32[2] [7 7]"},
		{New([]float64{3}).OnesLike(), "f64[1] [1]"},
		{Range(3).ZerosLike(), "i32[3] [0 0 0]"},
		{Range(0), "i32[0] without elements"},
		{Linspace(-1, 1, 5), "f32[5] [-1.0 -0.5  0.0  0.5  1.0]"},
		{Arange(0, 1, 0.25), "f32[4] [0.00 0.25 0.50 0.75]"},
		{Arange(3, 0, -2), "f32[2] [3 1]"},
		{Arange(3, 0, 1), "f32[0] without elements"},
		{Eye(2), "f32[2 2]\n[[1 0]\n [0 1]]"},
		{Tril(2, 3, 0), "f32[2 3]\n[[1 0 0]\n [1 1 0]]"},
		{Tril(2, 2, -1), "f32[2 2]\n[[0 0]\n [1 0]]"},
		{Triu(2, 3, 1), "f32[2 3]\n[[0 1 1]\n [0 0 1]]"},
		{Tril(2, 2, math.MaxInt), "f32[2 2]\n[[1 1]\n [1 1]]"},
		{Triu(2, 2, math.MinInt), "f32[2 2]\n[[1 1]\n [1 1]]"},
		{Range(3).SliceStep(0, 0, 3, math.MaxInt), "i32[1] [0]"},
		{Range(6).SliceStep(0, 1, 6, 1<<62), "i32[1] [1]"},
		{Range(3).Roll(0, math.MinInt), "i32[3] [2 0 1]"},
		{OneHot(New([]int{2, 0, 5}), 3), "f32[3 3]\n[[0 0 1]\n [1 0 0]\n [0 0 0]]"},
		{New([]float32{1.9, -1.9, 3e9, float32(math.NaN())}).To(device.I32), "i32[4] [         1         -1 2147483647          0]"},
		{New([]float32{1.9, -300}).To(device.I8), "i8[2] [   1 -128]"},
	} {
		if got := row.t.String(); got != row.want {
			t.Errorf("%s, want %s", got, row.want)
		}
	}
}

// TestTypes: the types of results.
func TestTypes(t *testing.T) {
	of := map[device.DType]*Tensor{}
	for _, d := range device.DTypes {
		of[d] = New([]int{1, 2}).To(d)
	}
	sum := [][]device.DType{ // in the order of device.DTypes: f32, f64, bf16, i32, i8
		{device.F32, device.F64, device.F32, device.F32, device.F32},
		{device.F64, device.F64, device.F64, device.F64, device.F64},
		{device.F32, device.F64, device.BF16, device.BF16, device.BF16},
		{device.F32, device.F64, device.BF16, device.I32, device.I32},
		{device.F32, device.F64, device.BF16, device.I32, device.I32},
	}
	for i, a := range device.DTypes {
		for j, b := range device.DTypes {
			for name, got := range map[string]*Tensor{"+": of[a].Add(of[b]), "=": of[a].Eq(of[b]), "maximum": of[a].Maximum(of[b])} {
				if got.DType() != sum[i][j] {
					t.Errorf("%s %s %s is %s, want %s", a, name, b, got.DType(), sum[i][j])
				}
			}
		}
	}
	whole := map[string]func(x *Tensor) *Tensor{
		"neg": (*Tensor).Neg, "abs": (*Tensor).Abs, "square": (*Tensor).Square, "scale": func(x *Tensor) *Tensor { return x.Scale(2) },
		"clamp": func(x *Tensor) *Tensor { return x.Clamp(0, math.Inf(1)) }, "sum": func(x *Tensor) *Tensor { return x.Sum() },
		"max": func(x *Tensor) *Tensor { return x.Max() }, "prod": func(x *Tensor) *Tensor { return x.Prod() }, "cumsum": func(x *Tensor) *Tensor { return x.CumSum(0) },
	}
	broken := map[string]func(x *Tensor) *Tensor{
		"exp": (*Tensor).Exp, "sqrt": (*Tensor).Sqrt, "gelu": (*Tensor).GELU, "mean": func(x *Tensor) *Tensor { return x.Mean() }, "powscalar": func(x *Tensor) *Tensor { return x.PowScalar(2) },
		"var": func(x *Tensor) *Tensor { return x.Var(0) }, "norm": func(x *Tensor) *Tensor { return x.Norm() }, "softmax": func(x *Tensor) *Tensor { return x.Softmax(0) },
		"logsumexp": func(x *Tensor) *Tensor { return x.LogSumExp(0) }, "layernorm": func(x *Tensor) *Tensor { return x.LayerNorm(nil, nil, 1) }, "log1p": (*Tensor).Log1p,
	}
	for _, d := range device.DTypes {
		for name, f := range whole {
			want := d
			if d == device.I8 {
				want = device.I32
			}
			if got := f(of[d]).DType(); got != want {
				t.Errorf("%s of %s is %s, want %s", name, d, got, want)
			}
		}
		for name, f := range broken {
			want := d
			if !d.IsFloat() {
				want = device.F32
			}
			if got := f(of[d]).DType(); got != want {
				t.Errorf("%s of %s is %s, want %s", name, d, got, want)
			}
		}
	}
	if got := New([]int{1, 2}).Mean().Item(); got != 1.5 {
		t.Errorf("the mean of 1 and 2 is %v", got)
	}
	if got := New([]int8{100, 100}).Add(New([]int8{100})).Sum().Item(); got != 400 {
		t.Errorf("i8 computed with as i32: %v", got)
	}
}

// TestMixedGradients: gradients have the types of their tensors.
func TestMixedGradients(t *testing.T) {
	for _, a := range []device.DType{device.F32, device.F64, device.BF16} {
		for _, b := range []device.DType{device.F32, device.F64, device.BF16} {
			x, w, v := ramp(2, 4).To(a).Track(), ramp(4, 4).To(b).Track(), ramp(4).To(a).Track()
			y := Linear(x, w, v).Add(x.MatMul(w)).LayerNorm(v, w.Index(0, 0), 1e-5).Add(Concat(0, x, w).Slice(0, 0, 2))
			Attention(y.Reshape(1, 2, 1, 4), x.Reshape(1, 2, 1, 4), w.Reshape(1, 4, 1, 4).Slice(1, 0, 2), false).Sum().Backward()
			for _, leaf := range []*Tensor{x, w, v} {
				if g := leaf.Grad(); g == nil || g.DType() != leaf.DType() || !g.IsFinite().All() {
					t.Errorf("%s with %s: the gradient of %v is %v", a, b, leaf, g)
				}
			}
		}
	}
	// f32 with bf16 weights is as exact as with the same weights in f32.
	x, w := ramp(3, 8), ramp(5, 8).Exp().To(device.BF16)
	if got, want := Linear(x, w, nil), Linear(x, w.To(device.F32), nil); !got.AllClose(want, 1e-6, 1e-6) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestCompare(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, row := range []struct {
		x, y         []float64
		equal, close bool // close within 1e-3 relative
	}{
		{[]float64{1, 2}, []float64{1, 2}, true, true},
		{[]float64{1, 2}, []float64{1, 2.001}, false, true},
		{[]float64{1, 2}, []float64{1, 2.01}, false, false},
		{[]float64{inf, -inf}, []float64{inf, -inf}, true, true},
		{[]float64{1, 1}, []float64{inf, 1}, false, false},
		{[]float64{inf, 1}, []float64{-inf, 1}, false, false},
		{[]float64{nan}, []float64{nan}, false, false},
		{[]float64{}, []float64{}, true, true},
		{[]float64{1, 1}, []float64{1}, false, true}, // broadcast
	} {
		x, y := New(row.x), New(row.y)
		if got := x.Equal(y); got != row.equal {
			t.Errorf("%v equal to %v: %v", x, y, got)
		}
		if got := x.AllClose(y, 1e-3, 0); got != row.close {
			t.Errorf("%v close to %v: %v", x, y, got)
		}
	}
	for _, row := range []struct {
		x        []float64
		any, all bool
	}{{[]float64{}, false, true}, {[]float64{0, 0}, false, false}, {[]float64{0, -1}, true, false}, {[]float64{nan, 2}, true, true}} {
		if x := New(row.x); x.Any() != row.any || x.All() != row.all {
			t.Errorf("%v: any %v, all %v", x, x.Any(), x.All())
		}
	}
}

// TestQuantized: 8 bits keep what they can, and products with them are those with what they stand for.
func TestQuantized(t *testing.T) {
	w, x, bias := Seed(1).Normal(6, 32), Seed(2).Normal(2, 3, 32), Seed(3).Normal(6)
	for _, group := range []int{32, 8} {
		q := w.Quantize(group)
		step := q.Scales.Max().Item()
		if !q.Float().AllClose(w, 0, 0.5*step+1e-6) {
			t.Errorf("groups of %d: more is lost than half a step of %v", group, step)
		}
		want := Linear(x, q.Float(), bias)
		// A device may round x to 8 bits, too: half of its step for each of 32 products.
		most := 0.5 / 127 * x.Abs().Max().Item() * q.Float().Abs().Sum(1).Max().Item()
		if got := q.Linear(x, bias); !got.AllClose(want, 0, most) {
			t.Errorf("groups of %d: %v, want %v", group, got, want)
		}
	}
}

// TestQuantizedEdges: groups of zeros, of equal numbers and of the smallest numbers there are, and no rows at all.
func TestQuantizedEdges(t *testing.T) {
	for _, row := range []struct{ x, want *Tensor }{
		{Vector(0, 0, -5, -5, 127, -1).Reshape(3, 2), Vector(0, 0, -5, -5, 127, -1).Reshape(3, 2)},
		{Vector(1e-45, -1e-45).Reshape(1, 2), Zeros(1, 2)}, // less than a scale can be
		{Zeros(0, 4), Zeros(0, 4)},
	} {
		if got := row.x.Quantize(2).Float(); !got.Equal(row.want) {
			t.Errorf("%v became %v", row.x, got)
		}
	}
}

// TestIntegersStop: what goes beyond an i32 stops at its ends, and division by 0 gives 0.
func TestIntegersStop(t *testing.T) {
	const low, high = math.MinInt32, math.MaxInt32
	ends := New([]int32{low, high})
	for name, row := range map[string]struct {
		got  *Tensor
		want []int32
	}{
		"add":    {ends.Add(ends), []int32{low, high}},
		"mul":    {ends.Mul(ends), []int32{high, high}},
		"sub":    {ends.Sub(New([]int{1, -1})), []int32{low, high}},
		"neg":    {ends.Neg(), []int32{high, -high}},
		"abs":    {ends.Abs(), []int32{high, high}},
		"div -1": {ends.Div(New([]int{-1})), []int32{high, -high}},
		"div 0":  {ends.Div(New([]int{0})), []int32{0, 0}},
		"sum":    {ends.Slice(0, 1, 2).Expand(3).Sum().Reshape(1), []int32{high}},
		"floats": {New([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 2.9, -2.9}).To(device.I32), []int32{0, high, low, 2, -2}},
	} {
		if got := row.got.Ints(); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}

// TestBytes: bytes out and in again are the same tensor, through any view.
func TestBytes(t *testing.T) {
	for _, d := range device.DTypes {
		x := ramp(3, 4).To(d)
		y := x.ZerosLike()
		y.T().AssignBytes(x.T().Bytes())
		if !y.Equal(x) || y.DType() != d {
			t.Errorf("%v, want %v", y, x)
		}
		if got := len(x.Slice(0, 1, 1).Bytes()); got != 0 {
			t.Errorf("nothing is %d bytes", got)
		}
		x.Slice(0, 3, 3).AssignBytes(nil)
	}
}

func TestSetDefault(t *testing.T) {
	other := plain.New()
	SetDefault(other)
	defer SetDefault(nil)
	if got := Seed(1).Normal(2).Add(Ones(2)).Device(); got != other {
		t.Errorf("new tensors are on %s", got.Info().Name)
	}
	SetDefault(nil)
	if Ones(1).Device() == other {
		t.Error("the default is not back")
	}
}
