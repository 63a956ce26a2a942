//go:build cgo && linux

package cuda

import (
	"fmt"
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// TestNormed runs a norm and the product behind it in one list, where they become one kernel if they can, and in two, and compares.
func TestNormed(t *testing.T) {
	d := open(t)
	for _, row := range []struct {
		k, n    int
		weights device.DType
		rms     bool
		apart   bool // they have to stay apart
	}{
		{4, 1, device.F32, false, false}, {768, 96, device.BF16, false, false}, {64, 200, device.F32, true, false}, {1020, 33, device.BF16, true, false}, {4096, 9, device.F32, false, false},
		{384, 40, device.I8, false, false}, {4100, 9, device.F32, false, true}, {30, 9, device.F32, false, true},
	} {
		t.Run(fmt.Sprintf("%d %d %s", row.k, row.n, row.weights), func(t *testing.T) {
			norm, product := normedPair(t, d, row.k, row.n, row.weights, row.rms)
			begin := d.Counts().Kernels
			run(t, d, norm, product)
			if together := d.Counts().Kernels == begin+1; together == row.apart {
				t.Errorf("%d kernels", d.Counts().Kernels-begin)
			}
			normed, result := read(t, norm.Dst), read(t, product.Dst)
			run(t, d, device.Fill{Dst: norm.Dst, Value: math.NaN()}, device.Fill{Dst: product.Dst, Value: math.NaN()})
			run(t, d, norm)
			run(t, d, product)
			closeTo(t, "the row", normed, read(t, norm.Dst))
			closeTo(t, "the product", result, read(t, product.Dst))
		})
	}
	t.Run("in place", func(t *testing.T) {
		norm, product := normedPair(t, d, 64, 64, device.F32, false)
		inPlace, over := norm, product
		inPlace.Dst, over.Dst = norm.X, norm.X
		product.A = norm.X
		for _, pair := range [][2]device.Op{{inPlace, product}, {norm, over}} {
			begin := d.Counts().Kernels
			run(t, d, pair[0], pair[1])
			if n := d.Counts().Kernels - begin; n != 2 {
				t.Errorf("%d kernels, want two: blocks would write what others read", n)
			}
		}
	})
}

func run(t *testing.T, d *Device, ops ...device.Op) {
	t.Helper()
	if err := d.Run(ops...); err != nil {
		t.Fatal(err)
	}
}

func normedPair(t *testing.T, d *Device, k, n int, weights device.DType, rms bool) (device.Norm, device.MatMul) {
	t.Helper()
	view := func(dt device.DType, shape ...int) device.View {
		b, err := d.Alloc(dt, device.Contiguous(shape...).Size())
		if err != nil {
			t.Fatal(err)
		}
		return device.Of(b, shape...)
	}
	drawn := func(seed uint64, shape ...int) device.View {
		v := view(device.F32, shape...)
		run(t, d, device.Random{Dst: v, Normal: true, Q: 1, Seed: seed})
		return v
	}
	norm := device.Norm{Dst: view(device.F32, 1, k), X: drawn(1, 1, k), Weight: drawn(2, k), Bias: drawn(3, k), Eps: 1e-5, RMS: rms}
	if rms {
		norm.Bias = device.View{}
	}
	b, full := view(weights, n, k), drawn(4, n, k)
	product := device.MatMul{Dst: view(device.F32, 1, n), A: norm.Dst, B: b.At(b.Transpose(0, 1)), Bias: drawn(5, n), Act: device.ActGELUTanh}
	if weights == device.I8 {
		product.Scales = view(device.F32, n, k/32)
		run(t, d, device.Quantize{Dst: b, Scales: product.Scales, X: full})
	} else {
		run(t, d, device.Copy{Dst: b, X: full})
	}
	return norm, product
}

func closeTo(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= 1e-4*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("%s: number %d is %v, by itself %v", what, i, got[i], want[i])
		}
	}
}
