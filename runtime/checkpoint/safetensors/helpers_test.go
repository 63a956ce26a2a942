package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// file puts a length in front of a header and data behind it.
func file(header string, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func open(data []byte) (*safetensors.Reader, error) {
	return safetensors.NewReader(bytes.NewReader(data), int64(len(data)), "x.safetensors")
}

// write is Write into memory.
func write(t testing.TB, tensors []safetensors.Tensor, metadata map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// golden is what the reference implementation says about the files in testdata.
type golden struct {
	Order []string `json:"sharded_order"`
	Files map[string][]goldenTensor
}

type goldenTensor struct {
	Name, DType, Data string
	Shape             []int
}

func readGolden(t testing.TB) golden {
	t.Helper()
	var g golden
	if err := json.Unmarshal(readFile(t, "testdata/golden.json"), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g goldenTensor) bytes(t testing.TB) []byte {
	t.Helper()
	return must(hex.DecodeString(g.Data))(t)
}

// same compares an open file with what the reference implementation read.
func same(t *testing.T, r *safetensors.Reader, want []goldenTensor) {
	t.Helper()
	if len(r.Names()) != len(want) {
		t.Errorf("tensors %q, expected %d", r.Names(), len(want))
	}
	for _, w := range want {
		info, ok := r.Info(w.Name)
		if !ok {
			t.Errorf("tensor %q is missing", w.Name)
			continue
		}
		got := must(json.Marshal([]any{info.DType.String(), info.Shape}))(t)
		if expected := must(json.Marshal([]any{w.DType, w.Shape}))(t); !bytes.Equal(got, expected) {
			t.Errorf("tensor %q is %s, expected %s", w.Name, got, expected)
		}
		if data := must(r.Bytes(w.Name))(t); !bytes.Equal(data, w.bytes(t)) {
			t.Errorf("tensor %q holds %x, expected %s", w.Name, data, w.Data)
		}
	}
}

// goldenFiles are the single files of testdata.
func goldenFiles(t testing.TB) []string {
	t.Helper()
	names := must(filepath.Glob("testdata/*.safetensors"))(t)
	if len(names) < 4 {
		t.Fatalf("only %q in testdata", names)
	}
	return names
}

// expectError compares the whole text of an error.
func expectError(t testing.TB, want string, err error) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("error %v, expected %s", err, want)
	}
}
