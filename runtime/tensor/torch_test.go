package tensor

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// torchRow is an operation with what PyTorch made of it; see testdata/maketorch.py.
type torchRow struct {
	Op   string
	In   []torchArray
	Args torchArgs
	Out  []torchArray
	Grad [][]number
}

type torchArray struct {
	Shape    []int    `json:"s"`
	Values   []number `json:"v"`
	Integers bool     `json:"i"`
}

// torchArgs are the arguments besides tensors; what they mean is up to the operation.
type torchArgs struct {
	Dim       int
	Dims      []int
	K         int
	V         number
	Low, High number
	Spec      string
}

// number is one that may be written as "nan", "inf" or "-inf".
type number float64

func (n *number) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	*n = number(v)
	return err
}

func (a torchArray) tensor(float device.DType) *Tensor {
	values := make([]float64, len(a.Values))
	for i, v := range a.Values {
		values[i] = float64(v)
	}
	if a.Integers {
		float = device.I32
	}
	return New(values, len(values)).Reshape(a.Shape...).To(float)
}

// TestTorch does what PyTorch did, in f64 and in f32, and compares results and gradients.
func TestTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Rows []torchRow }
	if err := json.Unmarshal(data, &file); err != nil || len(file.Rows) == 0 {
		t.Fatal(err)
	}
	tolerance := map[device.DType]float64{device.F64: 5e-9, device.F32: 1e-5}
	for i, row := range file.Rows {
		for _, dtype := range []device.DType{device.F64, device.F32} {
			t.Run(fmt.Sprintf("%d %s%s %s", i, row.Op, row.shapes(), dtype), func(t *testing.T) {
				if err := Try(func() { row.check(t, dtype, tolerance[dtype]) }); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func (row torchRow) shapes() (s string) {
	for _, in := range row.In {
		s += device.Shape(in.Shape).String()
	}
	return s
}

func (row torchRow) check(t *testing.T, dtype device.DType, tolerance float64) {
	f := torchOps[row.Op]
	if f == nil {
		t.Fatalf("operation %q is unknown", row.Op)
	}
	in := make([]*Tensor, len(row.In))
	for i, a := range row.In {
		if in[i] = a.tensor(dtype); i < len(row.Grad) && !a.Integers {
			in[i].Track()
		}
	}
	out := f(in, row.Args)
	if len(out) != len(row.Out) {
		t.Fatalf("%d results, want %d", len(out), len(row.Out))
	}
	var loss *Tensor
	for i, want := range row.Out {
		compareTorch(t, fmt.Sprintf("result %d", i), out[i], want, tolerance)
		if row.Grad != nil && !want.Integers {
			part := out[i].Mul(cotangent(i, out[i])).Sum()
			if loss == nil {
				loss = part
			} else {
				loss = loss.Add(part)
			}
		}
	}
	if loss == nil || t.Failed() {
		return
	}
	loss.Backward()
	for i, want := range row.Grad {
		if !row.In[i].Integers {
			compareTorch(t, fmt.Sprintf("gradient of operand %d", i), in[i].Grad(), torchArray{Shape: row.In[i].Shape, Values: want}, tolerance)
		}
	}
}

// cotangent is the gradient of result i.
func cotangent(i int, out *Tensor) *Tensor {
	c := make([]float64, out.Size())
	for j := range c {
		c[j] = float64((j+i)*7%11-5) / 4
	}
	return New(c, len(c)).Reshape(out.Shape()...).To(out.DType())
}

func compareTorch(t *testing.T, what string, got *Tensor, want torchArray, tolerance float64) {
	t.Helper()
	if got == nil || !slices.Equal(got.Shape(), want.Shape) {
		t.Fatalf("%s is %v, want shape %v", what, got, want.Shape)
	}
	if ints := got.DType() == device.I32; ints != want.Integers {
		t.Errorf("%s is %s", what, got.view())
	}
	for i, g := range got.Float64s() {
		w := float64(want.Values[i])
		if close := !math.IsInf(w, 0) && math.Abs(g-w) <= tolerance*(1+math.Abs(w)); !close && g != w && !(math.IsNaN(g) && math.IsNaN(w)) {
			t.Errorf("%s, element %d: %.9g, want %.9g", what, i, g, w)
		}
	}
}
