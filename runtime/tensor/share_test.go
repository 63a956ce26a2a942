package tensor_test

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/tensor"
)

// TestShare checks that a tensor and a slice are the same memory, both ways.
func TestShare(t *testing.T) {
	s := []float64{1, 2, 3, 4, 5, 6}
	x := tensor.Share(s, 2, 3)
	s[4] = 50
	x.SetAt(-1, 0, 0)
	if x.At(1, 1) != 50 || s[0] != -1 {
		t.Errorf("%v, %v", x, s)
	}
	row, err := tensor.Numbers[float64](x.Index(0, 1))
	if err != nil {
		t.Fatal(err)
	}
	row[0] = 7
	if s[3] != 7 || len(row) != 3 || cap(row) != 3 {
		t.Errorf("%v, %v", row, s)
	}
	if y := x.T().MatMul(x); y.At(0, 0) != 50 {
		t.Errorf("%v", y)
	}
	for _, c := range []struct {
		name string
		x    *tensor.Tensor
		want string
	}{
		{"another type", tensor.Share([]float32{1, 1}), "numbers: f32[2] is not f64 in row-major order"},
		{"transposed", x.T(), "numbers: f64[3 2] is not f64 in row-major order"},
		{"a parameter", x.Clone().Track(), "numbers: f64[2 3] is a parameter or frozen"},
		{"a view of one", x.Clone().Track().Detach(), "numbers: f64[2 3] is a parameter or frozen"},
		{"what was one", x.Clone().Track().Untrack(), "numbers: f64[2 3] is a parameter or frozen"},
	} {
		if _, err := tensor.Numbers[float64](c.x); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := tensor.Try(func() { tensor.Share(s, 5) }); err == nil || !strings.Contains(err.Error(), "shape [5] needs 5 numbers, there are 6") {
		t.Error(err)
	}
}
