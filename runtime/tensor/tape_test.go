package tensor

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// wantGrad compares a gradient exactly.
func wantGrad(t *testing.T, what string, x *Tensor, want ...float64) {
	t.Helper()
	if x.Grad() == nil {
		if want != nil {
			t.Errorf("%s has no gradient", what)
		}
		return
	}
	if got := x.Grad().Float64s(); !slices.Equal(got, want) {
		t.Errorf("the gradient of %s is %v, want %v", what, got, want)
	}
}

func TestLeaves(t *testing.T) {
	x, y, constant := Vector(1, 2).Track(), Vector(3, 4).Track(), Vector(5, 6)
	loss := func() *Tensor { return x.Mul(y).Add(constant).Sum() }
	loss().Backward()
	wantGrad(t, "x", x, 3, 4)
	wantGrad(t, "y", y, 1, 2)
	wantGrad(t, "a constant", constant)
	loss().Backward() // is added
	wantGrad(t, "x", x, 6, 8)
	x.ZeroGrad()
	wantGrad(t, "x", x, 0, 0)
	x.SetGrad(nil)
	y.Untrack()
	loss().Backward()
	wantGrad(t, "x", x, 3, 4)
	wantGrad(t, "y, untracked,", y, 2, 4)
	x.Untrack()
	if loss().Tracked() {
		t.Error("nothing is tracked, but the result is")
	}
}

func TestDetach(t *testing.T) {
	x := Vector(1, 2).Track()
	x.Mul(x.Detach()).Sum().Backward() // half of x², as far as the tape knows
	wantGrad(t, "x", x, 1, 2)
	for name, cut := range map[string]*Tensor{"Detach": x.Exp().Detach(), "Eq": x.Eq(x), "ArgMax": x.ArgMax(0), "integers": x.Exp().To(Range(1).DType())} {
		if cut.Tracked() {
			t.Errorf("%s is tracked", name)
		}
	}
}

// TestKeptGradient: a result that is tracked by wish keeps its gradient, and passes it on.
func TestKeptGradient(t *testing.T) {
	x := Vector(1, 2).Track()
	y := x.Scale(3).Track()
	loss := y.Square().Sum()
	loss.Backward()
	wantGrad(t, "y", y, 6, 12)
	wantGrad(t, "x", x, 18, 36)
	y.Untrack()
	loss.Backward()
	wantGrad(t, "y, no longer kept,", y, 6, 12)
	wantGrad(t, "x", x, 36, 72)
}

// TestGradientPlace: Backward adds to the memory that SetGrad names.
func TestGradientPlace(t *testing.T) {
	all := Zeros(5)
	x := Vector(1, 2).Track()
	x.SetGrad(all.Slice(0, 2, 4))
	x.Square().Sum().Backward()
	x.Sum().Backward()
	if got := all.Floats(); !slices.Equal(got, []float32{0, 0, 3, 5, 0}) {
		t.Errorf("the gradients are %v", got)
	}
}

// TestSeveralResults: results of one forward pass can be walked back one by one.
func TestSeveralResults(t *testing.T) {
	x := Vector(1, 2).Track()
	h := x.Square()
	a, b := h.Sum(), h.Scale(10).Sum()
	a.Backward()
	b.Backward()
	wantGrad(t, "x", x, 22, 44)
	h.BackwardFrom(Vector(1, 0))
	wantGrad(t, "x", x, 24, 44)
	x.BackwardFrom(Vector(1, 1))
	wantGrad(t, "x", x, 25, 45)
}

// TestAssignedSince: a gradient that would be computed from elements that are no longer there is an error; one that does not need them is none.
func TestAssignedSince(t *testing.T) {
	for _, row := range []struct {
		want string
		f    func(x, w *Tensor)
	}{
		{"gradient of mul", func(x, w *Tensor) { y := x.Mul(w).Sum(); w.AssignFill(7); y.Backward() }},
		{"gradient of exp", func(x, w *Tensor) { y := x.Exp(); y.Detach().SetAt(7, 0); y.Sum().Backward() }},
		{"gradient of square", func(x, w *Tensor) { y := x.Square(); x.Slice(0, 0, 1).AssignFill(7); y.Sum().Backward() }},
		{"gradient of matmul", func(x, w *Tensor) { y := x.MatMul(w); w.AssignBytes(w.Bytes()); y.Backward() }},
		{"gradient of rows", func(x, w *Tensor) {
			ids := Range(1)
			y := x.Unsqueeze(1).Rows(ids)
			ids.AssignFill(1)
			y.Sum().Backward()
		}},
		{"gradient of rotary", func(x, w *Tensor) {
			f := New([]float64{0.5})
			y := x.Reshape(1, 1, 1, 2).RotaryBy(1, f)
			f.AssignFill(1)
			y.Sum().Backward()
		}},
		{"gradient of mul", func(x, w *Tensor) { y := x.Mul(w).Sum(); w.Written(); y.Backward() }},
		{"gradient of own", func(x, w *Tensor) {
			grads := func(dy *Tensor) []*Tensor { return []*Tensor{dy.Mul(w)} }
			y := Op("own", x.Detach().Mul(w), []*Tensor{x}, grads, w).Sum()
			w.AssignFill(7)
			y.Backward()
		}},
		{"", func(x, w *Tensor) { y := x.Mul(w).Sum(); x.AssignFill(7); y.Backward() }}, // the gradient of x needs w alone
		{"", func(x, w *Tensor) { y := x.Add(w).Sum(); w.AssignFill(7); x.AssignFill(7); y.Backward() }},
		{"", func(x, w *Tensor) { y := x.Exp().Scale(2); y.Detach().AssignFill(7); y.Sum().Backward() }},
		{"", func(x, w *Tensor) { y := x.Mul(w.Clone()).Sum(); w.AssignFill(7); y.Backward() }},
		{"", func(x, w *Tensor) { y := x.Mul(w).Sum(); y.Backward(); w.AssignFill(7); x.Mul(w).Sum().Backward() }},
	} {
		err := Try(func() { row.f(Vector(1, 2).Track(), Vector(3, 4)) })
		switch {
		case row.want == "" && err != nil:
			t.Error(err)
		case row.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "tensor: "+row.want+": ") || !strings.Contains(err.Error(), "was assigned to")):
			t.Errorf("error %v, want %s", err, row.want)
		}
	}
}

// TestAssignToResult: writing to a result would leave its gradient as it was, so it is refused; leaves and views of leaves may be written to.
func TestAssignToResult(t *testing.T) {
	for _, row := range []struct {
		want string
		f    func(x, y *Tensor)
	}{
		{"assign-mul: f32[2] comes from scale", func(x, y *Tensor) { y.AssignMul(x) }},
		{"assign: f32[2] comes from scale", func(x, y *Tensor) { y.Assign(x) }},
		{"assign-fill: f32[2] comes from scale", func(x, y *Tensor) { y.AssignFill(1) }},
		{"assign-bytes: f32[2] comes from scale", func(x, y *Tensor) { y.AssignBytes(x.Bytes()) }},
		{"set-at: f32[2] comes from scale", func(x, y *Tensor) { y.SetAt(1, 0) }},
		{"assign-fill: f32[1] comes from scale", func(x, y *Tensor) { y.Unsqueeze(0).Slice(1, 0, 1).Index(0, 0).AssignFill(1) }},
		{"assign-fill: f32[3] comes from concat", func(x, y *Tensor) { Concat(0, x, Ones(1)).AssignFill(1) }},
		{"", func(x, y *Tensor) { y.Detach().AssignFill(1) }},
		{"", func(x, y *Tensor) { x.Assign(y) }},
		{"", func(x, y *Tensor) { x.Reshape(2, 1).T().Index(1, 1).AssignFill(1) }},
		{"", func(x, y *Tensor) { z := Zeros(2); z.Assign(y) }},
	} {
		x := Vector(1, 2).Track()
		err := Try(func() { row.f(x, x.Scale(3)) })
		switch {
		case row.want == "" && err != nil:
			t.Error(err)
		case row.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "tensor: "+row.want+" of tracked tensors, ")):
			t.Errorf("error %v, want %s", err, row.want)
		}
	}
}

// TestOverlap: what is assigned within one memory is as if it had been copied first.
func TestOverlap(t *testing.T) {
	const n = 100
	up, down := func(x *Tensor) *Tensor { return x.Slice(0, 1, n) }, func(x *Tensor) *Tensor { return x.Slice(0, 0, n-1) }
	square := func(x *Tensor) *Tensor { return x.Reshape(10, 10) }
	for name, row := range map[string]struct {
		f    func(x *Tensor)
		want func(i int) int // for the numbers 0, 1, ...
	}{
		"Assign down":    {func(x *Tensor) { down(x).Assign(up(x)) }, func(i int) int { return min(i+1, n-1) }},
		"Assign up":      {func(x *Tensor) { up(x).Assign(down(x)) }, func(i int) int { return max(i-1, 0) }},
		"Assign one":     {func(x *Tensor) { x.Assign(x.Slice(0, 2, 3)) }, func(int) int { return 2 }},
		"Assign T":       {func(x *Tensor) { square(x).Assign(square(x).T()) }, func(i int) int { return i%10*10 + i/10 }},
		"AssignAdd up":   {func(x *Tensor) { up(x).AssignAdd(down(x)) }, func(i int) int { return max(2*i-1, 0) }},
		"AssignAdd down": {func(x *Tensor) { down(x).AssignAdd(up(x)) }, func(i int) int { return i + (i+1)%n }},
		"AssignSub self": {func(x *Tensor) { x.AssignSub(x) }, func(int) int { return 0 }},
		"AssignMul one":  {func(x *Tensor) { x.AssignMul(x.Slice(0, 3, 4)) }, func(i int) int { return 3 * i }},
		"AssignAdd T":    {func(x *Tensor) { square(x).AssignAdd(square(x).T()) }, func(i int) int { return i + i%10*10 + i/10 }},
	} {
		for _, dev := range []device.Device{Default(), plain.New()} {
			x := Range(n).To(device.F32).On(dev)
			row.f(x)
			for i, got := range x.Ints() {
				if want := row.want(i); int(got) != want {
					t.Fatalf("%s on %s: element %d is %d, want %d", name, dev.Info().Name, i, got, want)
				}
			}
		}
	}
}

// TestSharedOverlap: the same, where two tensors share one slice without knowing of each other.
func TestSharedOverlap(t *testing.T) {
	for name, row := range map[string]struct {
		f    func(low, high *Tensor)
		want func(i int) int
	}{
		"Assign up":      {func(low, high *Tensor) { high.Assign(low) }, func(i int) int { return max(i-1, 0) }},
		"AssignAdd up":   {func(low, high *Tensor) { high.AssignAdd(low) }, func(i int) int { return max(2*i-1, 0) }},
		"AssignAdd down": {func(low, high *Tensor) { low.AssignAdd(high) }, func(i int) int { return i + (i+1)%100 }},
	} {
		all := make([]float32, 100)
		for i := range all {
			all[i] = float32(i)
		}
		row.f(Share(all[:99]), Share(all[1:]))
		for i, got := range all {
			if want := row.want(i); int(got) != want {
				t.Fatalf("%s: element %d is %v, want %d", name, i, got, want)
			}
		}
	}
}

// TestLongTape: neither depth nor many slices are a burden.
func TestLongTape(t *testing.T) {
	x := Vector(1).Track()
	y := x.Scale(1)
	for range 100_000 {
		y = y.AddScalar(1)
	}
	y.Sum().Backward()
	wantGrad(t, "x", x, 1)

	const n = 20_000
	all := Zeros(n).Track()
	parts := make([]*Tensor, n)
	for i := range n {
		parts[i] = all.Index(0, i)
	}
	Stack(0, parts...).Sum().Backward()
	if got := all.Grad().Sum().Item(); got != n {
		t.Errorf("the sum of the gradients is %v", got)
	}
}

// TestTapeMemory: the tape does not hold elements that no gradient needs.
func TestTapeMemory(t *testing.T) {
	dev, err := device.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	x := Zeros(1000).On(dev).Track()
	inner := x.Scale(2)
	held := weak.Make(inner.View().Data.(*plain.Buffer))
	out := inner.AddScalar(1).Sum()
	inner = nil
	runtime.GC()
	runtime.GC()
	if held.Value() != nil {
		t.Error("the operand of a sum is still there")
	}
	out.Backward()
	if got := x.Grad().Sum().Item(); got != 2000 {
		t.Errorf("the sum of the gradients is %v", got)
	}
}

// TestOutsideOperation: Op puts an operation with its gradient on the tape.
func TestOutsideOperation(t *testing.T) {
	cube := func(x, unused *Tensor) *Tensor {
		y := x.Detach()
		return Op("cube", y.Mul(y).Mul(y), []*Tensor{x, unused}, func(dy *Tensor) []*Tensor {
			return []*Tensor{dy.Mul(y.Square()).Scale(3), nil}
		})
	}
	x, unused := Vector(1, 2).Track(), Vector(1).Track()
	cube(x, unused).Sum().Backward()
	wantGrad(t, "x", x, 3, 12)
	wantGrad(t, "a leaf without", unused)
	err := Try(func() {
		Op("odd", x.Clone(), []*Tensor{x}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.MatMul(Zeros(3, 3))} }).Sum().Backward()
	})
	if want := "tensor: gradient of odd: matmul: the inner dimensions differ: f32[2] and f32[3 3]"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestDevices: a gradient comes back to the device of its leaf.
func TestDevices(t *testing.T) {
	x := Vector(1, 2).Track()
	y := x.On(plain.New()).Square()
	y.Sum().Backward()
	wantGrad(t, "x", x, 2, 4)
	if x.Grad().Device() != x.Device() || y.Device() == x.Device() {
		t.Error("the gradient is elsewhere")
	}
	z := Zeros(2)
	if got := z.Assign(y).Floats(); !slices.Equal(got, []float32{1, 4}) {
		t.Errorf("assigned %v", got)
	}
	if got := z.AssignAdd(y).Floats(); !slices.Equal(got, []float32{2, 8}) {
		t.Errorf("added %v", got)
	}
}

// TestConstantsFitEverywhere: a number without dimensions is computed with on the device of the other operands.
func TestConstantsFitEverywhere(t *testing.T) {
	dev := plain.New()
	x, s := Vector(1, 2).On(dev).Track(), Scalar(3).Track()
	scaled := s.Mul(x).Sub(Scalar(1))
	loss := Where(x.Gt(Scalar(1)), scaled, Scalar(0)).Sum()
	if loss.Item() != 5 {
		t.Errorf("the loss is %v", loss)
	}
	loss.Backward()
	wantGrad(t, "x", x, 0, 3)
	wantGrad(t, "s", s, 2)
	if x.Grad().Device() != device.Device(dev) || s.Grad().Device() != s.Device() {
		t.Error("a gradient is elsewhere")
	}
	for _, sum := range []*Tensor{loss.Add(Scalar(1)), Scalar(1).Add(loss)} {
		if sum.Device() != device.Device(dev) || sum.Item() != 6 {
			t.Errorf("%v on %s", sum, sum.Device().Info().Name)
		}
	}
}
