package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// TestOrder compares with the standard library's stable sort, for rows of all lengths, with many equal elements and with those that are no ordinary numbers.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1e-300, -1e300}
	draws := map[string]func() float64{
		"any":   r.NormFloat64,
		"equal": func() float64 { return float64(r.IntN(5) - 2) },
		"odd":   func() float64 { return odd[r.IntN(len(odd))] },
	}
	for _, n := range []int{1, 2, 50, 255, 256, 1000, 3000} {
		for name, draw := range draws {
			for _, dtype := range []device.DType{device.F32, device.F64, device.I32} {
				values := make([]float64, 2*n)
				for i := range values {
					values[i] = draw()
				}
				x := New(values, 2, n).To(dtype)
				for _, descending := range []bool{false, true} {
					what := fmt.Sprintf("%d of %s %s, descending: %v", n, name, dtype, descending)
					got := x.ArgSort(1, descending)
					for row := range 2 {
						if want := stably(x.Index(0, row).Float64s(), descending); !slices.Equal(got.Index(0, row).Ints(), want) {
							t.Fatalf("%s: row %d is sorted wrong", what, row)
						}
					}
					for _, k := range []int{0, 1, n / 10, n / 2, n} {
						if _, first := x.TopK(k, 1); descending && !first.Equal(got.Slice(1, 0, k)) {
							t.Fatalf("%s: the first %d are others", what, k)
						}
					}
				}
			}
		}
	}
}

// stably is the order of values as the standard library's stable sort makes it.
func stably(values []float64, descending bool) []int32 {
	order := Range(len(values)).Ints()
	slices.SortStableFunc(order, func(i, j int32) int {
		a, b := values[i], values[j]
		less := a < b || math.IsNaN(b) && !math.IsNaN(a)
		greater := a > b || math.IsNaN(a) && !math.IsNaN(b)
		switch {
		case less != descending && (less || greater):
			return -1
		case less || greater:
			return 1
		}
		return 0
	})
	return order
}
