package cpu

import (
	"math"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// TestQuantizeEdges: groups of zeros, of numbers whose scale is none or hardly one, and of what is no number are rounded to the bits of package plain. (Layouts and sizes
// are the conformance suite's.)
func TestQuantizeEdges(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := []float32{
		0, 0, 0, 0, 1, -2, 3, 127, 1e-45, -1e-45, 0, 0, 1.8e-43, -1.8e-43, 9e-44, 0, 0x1p-126, -0x1p-120, 0, 1e-38,
		3e38, -3.4e38, 1, 0, inf, 1, -1, 0, inf, -inf, 2, 0, nan, 1, 2, 3, nan, nan, nan, nan, 0.5, 1.5, 2.5, -127,
	}
	const k = 4
	n := len(x) / k
	result := func(dev device.Device) []byte {
		t.Helper()
		var views []device.View
		for _, v := range []struct {
			t     device.DType
			shape []int
		}{{device.I8, []int{n, k}}, {device.F32, []int{n, 1}}, {device.F32, []int{n, k}}} {
			b, err := dev.Alloc(v.t, v.shape[0]*v.shape[1])
			if err != nil {
				t.Fatal(err)
			}
			views = append(views, device.Of(b, v.shape...))
		}
		copy(plain.Slice[float32](views[2].Data.(*plain.Buffer)), x)
		if err := dev.Run(device.Quantize{Dst: views[0], Scales: views[1], X: views[2]}); err != nil {
			t.Fatal(err)
		}
		return append(slices.Clone(views[0].Data.(*plain.Buffer).Bytes()), views[1].Data.(*plain.Buffer).Bytes()...)
	}
	got, want := result(New()), result(plain.New())
	for i := range n {
		if a, b := got[i*k:][:k], want[i*k:][:k]; !slices.Equal(a, b) {
			t.Errorf("%v became %v, want %v", x[i*k:][:k], a, b)
		}
		if a, b := got[n*k+4*i:][:4], want[n*k+4*i:][:4]; !slices.Equal(a, b) {
			t.Errorf("the scale of %v is %v, want %v", x[i*k:][:k], a, b)
		}
	}
}
