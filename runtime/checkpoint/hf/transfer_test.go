package hf_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Sizes around the block in which matrices are transposed.
func TestTranspose(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {3, 31}, {3, 32}, {3, 33}, {65, 7}, {40, 100}} {
		out, in := size[0], size[1]
		e := hf.Entry{Ours: "w", Shape: []int{out, in}, Theirs: []hf.Part{{Name: "theirs", Shape: []int{in, out}}}, Transpose: true}
		want := make([]float32, out*in)
		theirs := make([]float32, out*in)
		for o := range out {
			for i := range in {
				want[o*in+i] = float32(1000*o + i)
				theirs[i*out+o] = want[o*in+i]
			}
		}
		values := func(string) ([]float32, error) { return want, nil }
		r := memory(t, hf.Map{e}.Tensors(safetensors.F32, values))
		stored := make([]float32, out*in)
		if err := r.Float32s("theirs", stored); err != nil || !slices.Equal(stored, theirs) {
			t.Errorf("%v is stored as %v, expected %v (%v)", size, stored, theirs, err)
		}
		got := make([]float32, out*in)
		if err := e.Read(r, got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v is read as %v, expected %v (%v)", size, got, want, err)
		}
	}
}

// The rows of several matrices follow each other, and come apart again.
func TestRows(t *testing.T) {
	e := hf.Entry{Ours: "qkv", Shape: []int{4, 2}, Theirs: []hf.Part{{"q", []int{2, 2}}, {"k", []int{1, 2}}, {"v", []int{1, 2}}}}
	ours := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	r := memory(t, hf.Map{e}.Tensors(safetensors.F16, func(string) ([]float32, error) { return ours, nil }))
	for name, want := range map[string][]float32{"q": {1, 2, 3, 4}, "k": {5, 6}, "v": {7, 8}} {
		got := make([]float32, len(want))
		if err := r.Float32s(name, got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %v, expected %v (%v)", name, got, want, err)
		}
	}
	got := make([]float32, 8)
	if err := e.Read(r, got); err != nil || !slices.Equal(got, ours) {
		t.Errorf("read %v, expected %v (%v)", got, ours, err)
	}
}

func TestTransferErrors(t *testing.T) {
	e := hf.Entry{Ours: "w", Shape: []int{2, 3}, Theirs: []hf.Part{{Name: "theirs", Shape: []int{3, 2}}}, Transpose: true}
	plain := e
	plain.Transpose = false
	missing := errors.New("w is on the GPU")
	short := func(string) ([]float32, error) { return make([]float32, 5), nil }
	empty := memory(t, nil)
	for _, row := range []struct {
		err  error
		want string
	}{
		{e.Read(empty, make([]float32, 5)), "read w: shape [2 3] has 6 elements, but there is room for 5"},
		{e.Read(empty, make([]float32, 6)), `read "m.safetensors": no tensor "theirs"`},
		{plain.Read(empty, make([]float32, 6)), `read "m.safetensors": no tensor "theirs"`},
		{e.Read(memory(t, []safetensors.Tensor{zeros("theirs", safetensors.I32, 3, 2)}), make([]float32, 6)), "only F64, F32, F16 and BF16 are converted"},
		{hf.Map{e}.Tensors(safetensors.F32, short)[0].WriteData(io.Discard), `tensor "theirs": w has 5 values, expected 6 for shape [2 3]`},
		{hf.Map{e}.Tensors(safetensors.F32, func(string) ([]float32, error) { return nil, missing })[0].WriteData(io.Discard), `tensor "theirs": w is on the GPU`},
		{hf.Write(t.TempDir(), hf.Config{}, safetensors.I8, short, nil, 0), "weights of type I8, expected F64, F32, F16 or BF16"},
		{hf.Write(t.TempDir(), hf.Config{}, safetensors.F32, short, nil, 0), `config.json: model form "": expected ` + known},
	} {
		if row.err == nil || !strings.Contains(row.err.Error(), row.want) {
			t.Errorf("error %v, expected %s", row.err, row.want)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	const out, in = 3072, 768
	for _, transpose := range []bool{false, true} {
		theirs := []int{out, in}
		if transpose {
			slices.Reverse(theirs)
		}
		e := hf.Entry{Ours: "w", Shape: []int{out, in}, Theirs: []hf.Part{{Name: "w", Shape: theirs}}, Transpose: transpose}
		r := memory(b, hf.Map{e}.Tensors(safetensors.F32, func(string) ([]float32, error) { return make([]float32, out*in), nil }))
		b.Run(fmt.Sprintf("transposed=%v", transpose), func(b *testing.B) {
			v := make([]float32, out*in)
			b.SetBytes(4 * out * in)
			for b.Loop() {
				if err := e.Read(r, v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
