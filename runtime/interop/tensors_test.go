package interop

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	gorgonia "gorgonia.org/tensor"

	"github.com/resident-go/resident/runtime/device"
)

// TestMatrices checks that tensors and gonum's matrices are the same memory, and a copy where they cannot be.
func TestMatrices(t *testing.T) {
	m := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	x := OfMatrix(m)
	m.Set(1, 2, 60)
	if x.At(1, 2) != 60 {
		t.Errorf("the tensor has memory of its own: %v", x)
	}
	back, err := ToMatrix(x)
	if err != nil {
		t.Fatal(err)
	}
	x.SetAt(-1, 0, 0)
	if back.At(0, 0) != -1 || m.At(0, 0) != -1 {
		t.Errorf("the matrix has memory of its own: %v", mat.Formatted(back))
	}
	tr, err := ToMatrix(x.T())
	if err != nil || !mat.Equal(tr, m.T()) {
		t.Errorf("transposed: %v, %v", tr, err)
	}
	single, err := ToMatrix(x.To(device.F32))
	if err != nil || !mat.Equal(single, m) {
		t.Errorf("from f32: %v, %v", single, err)
	}
	if _, err := ToMatrix(x.Flatten()); err == nil || err.Error() != "to matrix: f64[6] has not two dimensions" {
		t.Error(err)
	}
	if y := OfMatrix(m.T()); y.At(2, 1) != 60 || y.Dim(0) != 3 {
		t.Errorf("%v", y)
	}
}

func TestGorgonia(t *testing.T) {
	for _, d := range []*gorgonia.Dense{
		gorgonia.New(gorgonia.WithShape(2, 3), gorgonia.WithBacking([]float32{1, 2, 3, 4, 5, 6})),
		gorgonia.New(gorgonia.WithShape(2, 3), gorgonia.WithBacking([]float64{1, 2, 3, 4, 5, 6})),
		gorgonia.New(gorgonia.WithShape(2, 3), gorgonia.WithBacking([]int32{1, 2, 3, 4, 5, 6})),
		gorgonia.New(gorgonia.WithShape(2, 3), gorgonia.WithBacking([]int8{1, 2, 3, 4, 5, 6})),
	} {
		x, err := OfDense(d)
		if err != nil {
			t.Fatal(err)
		}
		x.SetAt(7, 1, 2)
		back, err := ToDense(x)
		if err != nil {
			t.Fatal(err)
		}
		x.SetAt(8, 0, 0)
		if !d.Eq(back) || x.At(1, 2) != 7 {
			t.Errorf("%v became %v, then %v", d, x, back)
		}
		if copied, err := ToDense(x.T()); err != nil || copied.Shape()[0] != 3 {
			t.Errorf("transposed: %v, %v", copied, err)
		}
	}
	if _, err := OfDense(gorgonia.New(gorgonia.Of(gorgonia.Complex64), gorgonia.WithShape(2))); err == nil {
		t.Error("complex numbers were taken")
	}
}
