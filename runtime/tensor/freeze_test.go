package tensor

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// TestFreeze: no door changes frozen memory, whatever view of it is at hand.
func TestFreeze(t *testing.T) {
	seen := map[string]func(x *Tensor) *Tensor{
		"itself":      func(x *Tensor) *Tensor { return x },
		"Detach":      (*Tensor).Detach,
		"T":           (*Tensor).T,
		"Reshape":     func(x *Tensor) *Tensor { return x.Reshape(-1, 2) },
		"Flatten":     (*Tensor).Flatten,
		"Slice":       func(x *Tensor) *Tensor { return x.Slice(0, 1, 2) },
		"SliceStep":   func(x *Tensor) *Tensor { return x.SliceStep(1, 0, 4, 2) },
		"Index":       func(x *Tensor) *Tensor { return x.Index(0, 1) },
		"Unsqueeze":   func(x *Tensor) *Tensor { return x.Unsqueeze(0) },
		"Permute":     func(x *Tensor) *Tensor { return x.Permute(1, 0) },
		"MoveDim":     func(x *Tensor) *Tensor { return x.MoveDim(0, 1) },
		"Expand":      func(x *Tensor) *Tensor { return x.Expand(2, 4) },
		"Diagonal":    func(x *Tensor) *Tensor { return x.Diagonal(0) },
		"Split":       func(x *Tensor) *Tensor { return x.Split(1, 1, 3)[1] },
		"Chunk":       func(x *Tensor) *Tensor { return x.Chunk(0, 2)[0] },
		"To":          func(x *Tensor) *Tensor { return x.To(device.F32) },
		"On":          func(x *Tensor) *Tensor { return x.On(x.Device()) },
		"Contiguous":  (*Tensor).Contiguous,
		"no Dropout":  func(x *Tensor) *Tensor { return Seed(1).Dropout(x, 0) },
		"Track":       (*Tensor).Track,
		"Untrack":     (*Tensor).Untrack,
		"a Parameter": func(x *Tensor) *Tensor { return x.Detach().Slice(1, 0, 2).Track() },
	}
	doors := map[string]func(x *Tensor){
		"Assign":      func(x *Tensor) { x.Assign(Scalar(9)) },
		"Assign self": func(x *Tensor) { x.Assign(x.Clone().Flip(-1)) },
		"AssignAdd":   func(x *Tensor) { x.AssignAdd(Scalar(9)) },
		"AssignSub":   func(x *Tensor) { x.AssignSub(x) },
		"AssignMul":   func(x *Tensor) { x.AssignMul(Scalar(9)) },
		"AssignFill":  func(x *Tensor) { x.AssignFill(9) },
		"AssignBytes": func(x *Tensor) { x.AssignBytes(make([]byte, 4*x.Size())) },
		"SetAt":       func(x *Tensor) { x.SetAt(9, make([]int, x.Rank())...) },
		"ZeroGrad": func(x *Tensor) {
			y := x.OnesLike()
			y.SetGrad(x)
			y.ZeroGrad()
		},
		"Backward": func(x *Tensor) {
			y := x.OnesLike().Track()
			y.SetGrad(x)
			y.Sum().Backward()
		},
	}
	for how, see := range seen {
		for name, door := range doors {
			x := ramp(2, 4)
			x.Freeze()
			before := x.Bytes()
			err := Try(func() { door(see(x)) })
			if err == nil || !strings.HasSuffix(err.Error(), "is frozen") {
				t.Errorf("%s of %s: error %v", name, how, err)
			}
			if !bytes.Equal(x.Bytes(), before) {
				t.Errorf("%s of %s changed the memory", name, how)
			}
			if !x.Frozen() || !see(x).Frozen() {
				t.Errorf("%s of %s: no longer frozen", name, how)
			}
		}
	}
}

// TestFreezeLent: slices that were memory before are none afterwards.
func TestFreezeLent(t *testing.T) {
	slice := []float32{1, 2, 3}
	x := Share(slice)
	y := x.Clone()
	lent, err := Numbers[float32](y)
	if err != nil {
		t.Fatal(err)
	}
	slice[0], lent[0] = 5, 5
	for name, frozen := range map[string]*Tensor{"Share": x, "Numbers": y} {
		view := frozen.Slice(0, 0, 2)
		frozen.Freeze()
		slice[0], lent[0] = 9, 9
		if got := frozen.String() + " " + view.String(); got != "f32[3] frozen [5 2 3] f32[2] frozen [5 2]" {
			t.Errorf("%s: %s", name, got)
		}
		slice[0], lent[0] = 5, 5
		if _, err := Numbers[float32](view); err == nil {
			t.Errorf("%s: frozen memory is given out", name)
		}
	}
}

// TestOperationsDoNotWrite: no operation and no gradient writes to its operands, and what they return has memory of its own unless it is a
// view. The operations are those compared with PyTorch.
func TestOperationsDoNotWrite(t *testing.T) {
	data, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Rows []torchRow }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, row := range file.Rows {
		var in []*Tensor
		var before [][]byte
		for i, a := range row.In {
			x := a.tensor(device.F64)
			x.Freeze()
			if i < len(row.Grad) && !a.Integers {
				x.Track()
			}
			in, before = append(in, x), append(before, x.Bytes())
		}
		out := torchOps[row.Op](in, row.Args)
		for _, o := range out {
			if o.Tracked() {
				o.BackwardFrom(o.OnesLike())
			}
		}
		for _, x := range in {
			if x.Grad() != nil {
				x.Grad().AssignFill(7)
			}
		}
		for _, o := range out {
			if !o.Frozen() {
				o.Detach().AssignFill(7)
			}
		}
		for i, x := range in {
			if !bytes.Equal(x.Bytes(), before[i]) {
				t.Errorf("%s%s changed operand %d", row.Op, row.shapes(), i)
			}
		}
	}
}

// TestCopies: slices that go in and come out are not the memory.
func TestCopies(t *testing.T) {
	data := []float32{1, 2}
	x := New(data)
	data[0] = 9
	x.Floats()[1] = 9
	x.Bytes()[0] = 9
	x.Shape()[0] = 9
	if got := x.String(); got != "f32[2] [1 2]" {
		t.Error(got)
	}
	shape := []int{1, 2}
	y := x.Reshape(shape...)
	z := x.Expand(shape...)
	w := Zeros(shape...)
	shape[0] = 9
	for _, v := range []*Tensor{y, z, w} {
		if v.Dim(0) != 1 {
			t.Errorf("%v changed its shape", v)
		}
	}
}
