package safetensors_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Tensors larger than one chunk, in each type that is converted.
func TestFloat32sLarge(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	values := make([]float32, 40_001)
	for i := range values {
		values[i] = safetensors.Float16frombits(uint16(r.IntN(0x7c00)) &^ 7) // at most 8 significant bits: exact in each
	}
	for _, d := range []safetensors.DType{safetensors.F64, safetensors.F32, safetensors.F16, safetensors.BF16} {
		want := values
		if d == safetensors.BF16 {
			want = make([]float32, len(values))
			for i, v := range values {
				want[i] = safetensors.BFloat16frombits(safetensors.BFloat16bits(v))
			}
		}
		data := write(t, []safetensors.Tensor{
			{Name: "before", DType: safetensors.U8, Shape: []int{3}, Data: safetensors.Bytes([]byte("abc"))},
			{Name: "v", DType: d, Shape: []int{1, len(values)}, Data: safetensors.Float32s(d, values)},
			{Name: "z", DType: d, Shape: []int{2}, Data: safetensors.Float32s(d, []float32{1, 2})},
		}, nil)
		file := must(open(data))(t)
		if got := float32s(t, file, "v"); !slices.Equal(got, want) {
			t.Errorf("%v: the values came back changed", d)
		}
		if got := float32s(t, file, "z"); !slices.Equal(got, []float32{1, 2}) {
			t.Errorf("%v: what follows is %v", d, got)
		}
	}
}

func TestReaderErrors(t *testing.T) {
	r := must(open(file(`{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"n":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}`,
		make([]byte, 16)...)))(t)
	_, bytesErr := r.Bytes("b")
	_, sectionErr := r.Section("b")
	_, tensorErr := r.Tensor("b")
	for _, row := range []struct {
		err  error
		want string
	}{
		{bytesErr, `read "x.safetensors": no tensor "b"`},
		{sectionErr, `read "x.safetensors": no tensor "b"`},
		{tensorErr, `read "x.safetensors": no tensor "b"`},
		{r.ReadInto("b", nil), `read "x.safetensors": no tensor "b"`},
		{r.Float32s("b", nil), `read "x.safetensors": no tensor "b"`},
		{r.ReadInto("a", make([]byte, 7)), `read "x.safetensors": tensor "a" is 8 bytes long, but there is room for 7`},
		{r.Float32s("a", make([]float32, 3)), `read "x.safetensors": tensor "a" has 2 elements (shape [1,2]), but there is room for 3`},
		{r.Float32s("n", make([]float32, 1)), `read "x.safetensors": tensor "n" holds I64, expected F64, F32, F16 or BF16`},
	} {
		expectError(t, row.want, row.err)
	}
	if info, ok := r.Info("b"); ok {
		t.Errorf("there is no tensor b, but Info says %+v", info)
	}
}

// shrinking is a file that gets shorter while it is open.
type shrinking struct{ *bytes.Reader }

func TestFileShrinks(t *testing.T) {
	data := file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, make([]byte, 8)...)
	s := &shrinking{bytes.NewReader(data)}
	r := must(safetensors.NewReader(s, int64(len(data)), "x"))(t)
	tensor := must(r.Tensor("a"))(t)
	s.Reader = bytes.NewReader(data[:len(data)-1])
	_, err := r.Bytes("a")
	for _, err := range []error{err, r.Float32s("a", make([]float32, 2)), tensor.Data(io.Discard)} {
		if expectError(t, `read "x": tensor "a": unexpected EOF`, err); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v is not io.ErrUnexpectedEOF", err)
		}
	}
	_, err = safetensors.NewReader(s, int64(len(data))+9, "x")
	if err == nil {
		t.Error("a file shorter than its size was accepted")
	}
}

// What a Reader hands out is the caller's to change.
func TestReaderIsNotShared(t *testing.T) {
	r := must(open(file(`{"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 1, 2)))(t)
	info, _ := r.Info("a")
	info.Shape[0] = 9
	r.Names()[0] = "x"
	r.Metadata()["k"] = "x"
	must(r.Tensor("a"))(t).Shape[0] = 9
	if again, ok := r.Info(r.Names()[0]); !ok || again.Shape[0] != 2 || r.Metadata()["k"] != "v" {
		t.Errorf("changed through what was handed out: %+v %v", again, r.Metadata())
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	both := filepath.Join(dir, "both")
	neither := filepath.Join(dir, "neither")
	for path, text := range map[string]string{
		both + "/" + safetensors.FileName:   "",
		both + "/" + safetensors.IndexName:  "",
		neither + "/other.safetensors":      "",
		filepath.Join(dir, "s.safetensors"): "short",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "gone"):          "no such file",
		both:                                "it holds model.safetensors and model.safetensors.index.json, open one of them",
		neither:                             "it holds neither model.safetensors nor model.safetensors.index.json",
		filepath.Join(dir, "s.safetensors"): `s.safetensors": 5 bytes long, expected at least 8`,
		os.DevNull:                          "not a regular file",
	} {
		if _, err := safetensors.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): error %v, expected %s", path, err, want)
		}
	}
}
