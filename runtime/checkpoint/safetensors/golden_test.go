package safetensors_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Files of the reference implementation: what stands in them, and the same bytes when they are written again.
func TestGolden(t *testing.T) {
	g := readGolden(t)
	for _, name := range goldenFiles(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r := must(safetensors.Open(name))(t)
			defer r.Close()
			same(t, r, g.Files[filepath.Base(name)])
			if !bytes.Equal(write(t, r.Tensors(), r.Metadata()), readFile(t, name)) {
				t.Error("written again, the bytes are not the same")
			}
		})
	}
}

func TestGoldenMetadata(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"dtypes": {"format": "pt"},
		"names":  {"say \"why\"\n": "é\u2029\t"},
		"empty":  nil,
	} {
		r := must(safetensors.Open("testdata/" + name + ".safetensors"))(t)
		defer r.Close()
		if got := r.Metadata(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: metadata %q, expected %q", name, got, want)
		}
	}
}

// A model in several files: read as one, and written as the same files with the same index.
func TestGoldenShards(t *testing.T) {
	g := readGolden(t)
	r := must(safetensors.Open("testdata/sharded"))(t)
	defer r.Close()
	var want []goldenTensor
	files := must(filepath.Glob("testdata/sharded/*"))(t)
	for _, f := range files {
		want = append(want, g.Files["sharded/"+filepath.Base(f)]...)
	}
	same(t, r, want)

	var tensors []safetensors.Tensor
	for _, name := range g.Order {
		tensors = append(tensors, must(r.Tensor(name))(t))
	}
	dir := t.TempDir()
	if err := safetensors.WriteModel(dir, tensors, r.Metadata(), 300); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !bytes.Equal(readFile(t, filepath.Join(dir, filepath.Base(f))), readFile(t, f)) {
			t.Errorf("%s is written differently", filepath.Base(f))
		}
	}
	if entries := must(os.ReadDir(dir))(t); len(entries) != len(files) {
		t.Errorf("%d files, expected %d", len(entries), len(files))
	}
}

// PyTorch rounds as we do, in each direction.
func TestGoldenRounding(t *testing.T) {
	r := must(safetensors.Open("testdata/rounding.safetensors"))(t)
	defer r.Close()
	x := float32s(t, r, "x")
	for name, d := range map[string]safetensors.DType{"x.f16": safetensors.F16, "x.bf16": safetensors.BF16, "x.f64": safetensors.F64} {
		want := must(r.Bytes(name))(t)
		got := make([]byte, len(want))
		if err := safetensors.Encode(got, d, x); err != nil {
			t.Fatal(err)
		}
		size := d.Bits() / 8
		for i, v := range x {
			if g, w := got[i*size:][:size], want[i*size:][:size]; !bytes.Equal(g, w) {
				t.Errorf("%v (bits %08x) as %v is %x, PyTorch says %x", v, math.Float32bits(v), d, g, w)
			}
		}
	}
	wide, narrow := float32s(t, r, "wide"), float32s(t, r, "wide.f32")
	for i, v := range wide {
		if math.Float32bits(v) != math.Float32bits(narrow[i]) {
			t.Errorf("element %d of wide is %v as float32, PyTorch says %v", i, v, narrow[i])
		}
	}
}

func float32s(t testing.TB, r *safetensors.Reader, name string) []float32 {
	t.Helper()
	info, ok := r.Info(name)
	if !ok {
		t.Fatalf("no tensor %q", name)
	}
	v := make([]float32, info.Elements())
	if err := r.Float32s(name, v); err != nil {
		t.Fatal(err)
	}
	return v
}
