package interop

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

func shared[T any](a, b []T) bool { return unsafe.SliceData(a) == unsafe.SliceData(b) }

func TestMatrix(t *testing.T) {
	data := []float64{1, 2, 3, 4, 5, 6}
	m, err := Matrix(2, 3, data)
	if err != nil {
		t.Fatal(err)
	}
	m.Set(1, 0, 40)
	if data[3] != 40 {
		t.Error("the matrix has other memory than the slice")
	}
	for _, row := range []struct {
		name   string
		m      mat.Matrix
		want   string
		shared bool
	}{
		{"dense", m, "[1 2 3 40 5 6] 2 3", true},
		{"transposed", m.T(), "[1 40 2 5 3 6] 3 2", false},
		{"part", m.Slice(0, 2, 1, 3), "[2 3 5 6] 2 2", false},
		{"row of a matrix", m.Slice(1, 2, 0, 2), "[40 5] 1 2", false},
		{"vector", mat.NewVecDense(3, data[:3]), "[1 2 3] 3 1", true},
		{"column of a matrix", m.ColView(1), "[2 5] 2 1", false},
		{"symmetric", mat.NewSymDense(2, []float64{1, 2, 0, 3}), "[1 2 2 3] 2 2", false},
	} {
		got, rows, cols := FromMatrix(row.m)
		if s := fmt.Sprint(got, rows, cols); s != row.want {
			t.Errorf("%s: %s, want %s", row.name, s, row.want)
		}
		if shared(got, data) != row.shared {
			t.Errorf("%s: shared memory is %v, want %v", row.name, !row.shared, row.shared)
		}
	}
	if _, err := Matrix(2, 3, data[:5]); err == nil {
		t.Error("a matrix with too few elements is accepted")
	}
	if _, err := Matrix(1<<32, 1<<32, nil); err == nil {
		t.Error("a matrix whose number of elements overflows is accepted without any")
	}
}

func TestDense(t *testing.T) {
	data := []float32{1, 2, 3, 4, 5, 6}
	d, err := Dense(data, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	d.Set(3, float32(40))
	if data[3] != 40 {
		t.Error("the tensor has other memory than the slice")
	}
	view := func(s ...tensor.Slice) *tensor.Dense {
		v, err := d.Slice(s...)
		if err != nil {
			t.Fatal(err)
		}
		return v.(*tensor.Dense)
	}
	turned := d.Clone().(*tensor.Dense)
	if err := turned.T(); err != nil {
		t.Fatal(err)
	}
	columns := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float32{1, 2, 3, 40, 5, 6}))
	for _, row := range []struct {
		name   string
		d      *tensor.Dense
		want   string
		shared bool
	}{
		{"whole", d, "[1 2 3 40 5 6] [2 3]", true},
		{"transposed", turned, "[1 40 2 5 3 6] [3 2]", false},
		{"columns", view(nil, tensor.S(1, 3)), "[2 3 5 6] [2 2]", false},
		{"one column", view(nil, tensor.S(1)), "[2 5] [2]", false},
		{"column-major", columns, "[1 2 3 40 5 6] [2 3]", false},
	} {
		got, shape, err := FromDense[float32](row.d)
		if s := fmt.Sprint(got, shape); err != nil || s != row.want {
			t.Errorf("%s: %s, %v, want %s", row.name, s, err, row.want)
		}
		if shared(got, data) != row.shared {
			t.Errorf("%s: shared memory is %v, want %v", row.name, !row.shared, row.shared)
		}
	}
	scalar, err := Dense([]float64{7})
	if err != nil {
		t.Fatal(err)
	}
	if got, shape, err := FromDense[float64](scalar); err != nil || fmt.Sprint(got, shape) != "[7] []" {
		t.Errorf("scalar: %v %v %v", got, shape, err)
	}
	if _, _, err := FromDense[float64](d); err == nil {
		t.Error("float32 are accepted as float64")
	}
	for _, shape := range [][]int{{2, 2}, {0}, {-2, -3}, {}, {3, 0x5555555555555556, 3}} {
		if _, err := Dense(data, shape...); err == nil {
			t.Errorf("shape %v is accepted for 6 elements", shape)
		}
	}
}

// What others build on BLAS computes the same as before, and on our kernels.
func TestUseBLAS(t *testing.T) {
	UseBLAS()
	defer blas32.Use(gonum.Implementation{})
	defer blas64.Use(gonum.Implementation{})
	defer tensor.Use(gonum.Implementation{})
	if _, ok := tensor.WhichBLAS().(BLAS); !ok {
		t.Errorf("gorgonia uses %T", tensor.WhichBLAS())
	}
	if _, ok := blas64.Implementation().(BLAS); !ok {
		t.Errorf("gonum uses %T", blas64.Implementation())
	}
	if _, ok := blas32.Implementation().(BLAS); !ok {
		t.Errorf("gonum uses %T for float32", blas32.Implementation())
	}
	r := rand.New(rand.NewPCG(1, 1))
	const n = 150
	a, x := mat.NewDense(n, n, nil), mat.NewDense(n, 20, nil)
	a.Apply(func(i, j int, _ float64) float64 { return r.NormFloat64() }, a)
	x.Apply(func(i, j int, _ float64) float64 { return r.NormFloat64() }, x)
	var b, solved, product, spd mat.Dense
	b.Mul(a, x)
	if err := solved.Solve(a, &b); err != nil || !mat.EqualApprox(&solved, x, 1e-8) {
		t.Errorf("solve: not the solution (%v)", err)
	}
	spd.Mul(a, a.T())
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(n, slices.Clone(spd.RawMatrix().Data))) {
		t.Fatal("cholesky: failed")
	}
	var back mat.SymDense
	chol.ToSym(&back)
	if !mat.EqualApprox(&back, &spd, 1e-9) {
		t.Error("cholesky: the factors do not multiply to the matrix")
	}
	var qr mat.QR
	qr.Factorize(a)
	var q, upper mat.Dense
	qr.QTo(&q)
	qr.RTo(&upper)
	product.Mul(&q, &upper)
	if !mat.EqualApprox(&product, a, 1e-10) {
		t.Error("qr: the factors do not multiply to the matrix")
	}
	da, _ := Dense([]float32{1, 2, 3, 4}, 2, 2)
	got, err := da.MatMul(da)
	if err != nil || fmt.Sprint(got.Data()) != "[7 10 15 22]" {
		t.Errorf("gorgonia: %v %v", got, err)
	}
}
