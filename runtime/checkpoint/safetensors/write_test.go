package safetensors_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

func bytesTensor(name string, b ...byte) safetensors.Tensor {
	return safetensors.Tensor{Name: name, DType: safetensors.U8, Shape: []int{len(b)}, Data: safetensors.Bytes(b)}
}

var errDisk = errors.New("the disk is full")

// unwritable are tensors that no file can be made of.
var unwritable = []struct {
	name     string
	tensors  []safetensors.Tensor
	metadata map[string]string
	want     string
}{
	{name: "twice", tensors: []safetensors.Tensor{bytesTensor("a"), bytesTensor("a")}, want: `tensor "a" is there twice`},
	{name: "taken name", tensors: []safetensors.Tensor{bytesTensor("__metadata__")}, want: `tensor "__metadata__": this name is taken by the metadata`},
	{name: "name", tensors: []safetensors.Tensor{bytesTensor("\xff")}, want: `tensor "\xff": the name is not valid UTF-8`},
	{name: "metadata", metadata: map[string]string{"k": "\xff"}, want: `metadata "k": not valid UTF-8`},
	{name: "metadata key", metadata: map[string]string{"\xff": ""}, want: `metadata "\xff": not valid UTF-8`},
	{name: "type", tensors: []safetensors.Tensor{{Name: "a", DType: 99}}, want: `tensor "a": data type 99 does not exist`},
	{name: "dimension", tensors: []safetensors.Tensor{{Name: "a", Shape: []int{2, -1}}}, want: `tensor "a": BOOL of shape [2,-1]: dimension -1 is negative`},
	{name: "overflow", tensors: []safetensors.Tensor{{Name: "a", Shape: []int{math.MaxInt, 2}}}, want: "more bytes than can be counted"},
	{name: "large", tensors: large(9), want: " is too large"},
	{name: "packed", tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.F4, Shape: []int{3}}}, want: `tensor "a": F4 of shape [3]: not a whole number of bytes`},
	{name: "short data", tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.I16, Shape: []int{2}, Data: safetensors.Bytes([]byte("abc"))}},
		want: `tensor "a": its data is 3 bytes long, expected 4 for I16 of shape [2]`},
	{name: "no data", tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.I16, Shape: []int{2}}},
		want: `tensor "a": its data is 0 bytes long, expected 4 for I16 of shape [2]`},
	{name: "long data", tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.U8, Shape: []int{}, Data: safetensors.Bytes([]byte("abc"))}},
		want: `tensor "a": its data is longer than the 1 bytes of U8 of shape []`},
	{name: "failing data", tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.U8, Data: func(io.Writer) error { return errDisk }}},
		want: `tensor "a": the disk is full`},
	{name: "not convertible", tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.I32, Shape: []int{1}, Data: safetensors.Float32s(safetensors.I32, []float32{1})}},
		want: `tensor "a": float32 values cannot be written as I32, expected F64, F32, F16 or BF16`},
}

// large are tensors that only together are too large for a file.
func large(n int) (out []safetensors.Tensor) {
	for i := range n {
		out = append(out, safetensors.Tensor{Name: string(rune('a' + i)), Shape: []int{math.MaxInt / 8}})
	}
	return out
}

func TestWriteHeaderLimit(t *testing.T) {
	name := strings.Repeat("n", safetensors.MaxHeader)
	err := safetensors.Write(io.Discard, []safetensors.Tensor{bytesTensor(name)}, nil)
	expectError(t, "the header would be 100000056 bytes long, at most 100000000 are allowed", err)
}

func TestWriteErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.safetensors")
	for _, row := range unwritable {
		if err := safetensors.Write(io.Discard, row.tensors, row.metadata); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: Write: error %v, expected %s", row.name, err, row.want)
		}
		if err := safetensors.WriteFile(path, row.tensors, row.metadata); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: WriteFile: error %v, expected %s", row.name, err, row.want)
		}
		if err := safetensors.WriteModel(dir, row.tensors, row.metadata, 1); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: WriteModel: error %v, expected %s", row.name, err, row.want)
		}
	}
	if left := must(os.ReadDir(dir))(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// failing is a writer that takes only so much.
type failing struct{ room int }

func (f *failing) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errDisk
	}
	return len(b), nil
}

func TestWriteReportsTheDisk(t *testing.T) {
	tensors := []safetensors.Tensor{bytesTensor("a", make([]byte, 300_000)...)}
	for _, room := range []int{0, 100, 200_000} {
		if err := safetensors.Write(&failing{room}, tensors, nil); !errors.Is(err, errDisk) {
			t.Errorf("room for %d bytes: error %v, expected %v", room, err, errDisk)
		}
	}
}

// A file is replaced whole or not at all, also when its new content is read from the old.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "link.safetensors")
	if err := safetensors.WriteFile(path, []safetensors.Tensor{bytesTensor("a", 1, 2), bytesTensor("b", 3)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("m.safetensors", link); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, path)
	bad := []safetensors.Tensor{bytesTensor("a", 1), {Name: "b", DType: safetensors.U8, Shape: []int{2}}}
	if err := safetensors.WriteFile(path, bad, nil); err == nil || !strings.HasPrefix(err.Error(), `write "`+path+`": tensor "b"`) {
		t.Errorf("error %v", err)
	}
	if !bytes.Equal(readFile(t, path), before) {
		t.Error("the file has changed, though writing failed")
	}

	r := must(safetensors.Open(path))(t)
	defer r.Close()
	if err := safetensors.WriteFile(link, append(r.Tensors(), bytesTensor("c", 4)), map[string]string{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	again := must(safetensors.Open(path))(t)
	defer again.Close()
	if got := must(again.Bytes("a"))(t); !slices.Equal(again.Names(), []string{"a", "b", "c"}) || !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("names %q, a holds %v", again.Names(), got)
	}
	if info := must(os.Lstat(link))(t); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced instead of the file")
	}
	if info := must(os.Stat(path))(t); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, expected that of the file before", info.Mode())
	}
	if left := must(os.ReadDir(dir))(t); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
	if err := safetensors.WriteFile(dir, nil, nil); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder was replaced: %v", err)
	}
}
