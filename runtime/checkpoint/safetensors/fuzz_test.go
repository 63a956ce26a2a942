package safetensors_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Whatever the bytes: no panic, no more memory than the file's size allows, one-line errors of the one type; and what is
// accepted is covered by its tensors and survives being written again.
func FuzzRead(f *testing.F) {
	for _, name := range goldenFiles(f) {
		f.Add(readFile(f, name))
	}
	for _, row := range hostile {
		if len(row.data) < 1000 {
			f.Add(row.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r *safetensors.Reader
		var err error
		if got := allocated(func() { r, err = open(data) }); got > allowance(len(data)) {
			t.Errorf("%d bytes allocated for a file of %d", got, len(data))
		}
		if err != nil {
			var format *safetensors.FormatError
			if !errors.As(err, &format) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error %q of type %T", err, err)
			}
			return
		}
		checkCovered(t, r, len(data))
		checkRoundTrip(t, r.Tensors(), r.Metadata())
	})
}

// Whatever is written is read again.
func FuzzWrite(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		f.Add([]byte(randomSource(r, 10*n)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		checkRoundTrip(t, s.tensors(), s.metadata())
	})
}

// checkCovered adds up what the tensors hold.
func checkCovered(t *testing.T, r *safetensors.Reader, size int) {
	sum, end := int64(0), int64(0)
	for _, name := range r.Names() {
		info, _ := r.Info(name)
		if info.Begin != end {
			t.Errorf("tensor %q begins at %d, expected %d", name, info.Begin, end)
		}
		if b := must(r.Bytes(name))(t); int64(len(b)) != info.Size() || len(b)*8 != info.Elements()*info.DType.Bits() {
			t.Errorf("tensor %q: %d bytes for %+v", name, len(b), info)
		}
		end = info.End
		sum += info.Size()
	}
	if sum > int64(size) {
		t.Errorf("%d bytes of data in a file of %d", sum, size)
	}
}

// checkRoundTrip writes, reads and writes again: the same tensors and the same bytes.
func checkRoundTrip(t *testing.T, tensors []safetensors.Tensor, metadata map[string]string) {
	once := write(t, tensors, metadata)
	r := must(open(once))(t)
	if len(r.Names()) != len(tensors) || !reflect.DeepEqual(r.Metadata(), metadata) {
		t.Errorf("%d tensors and metadata %q, expected %d and %q", len(r.Names()), r.Metadata(), len(tensors), metadata)
	}
	for _, want := range tensors {
		var data bytes.Buffer
		if err := want.WriteData(&data); err != nil {
			t.Fatal(err)
		}
		info, ok := r.Info(want.Name)
		if !ok || info.DType != want.DType || !slices.Equal(info.Shape, want.Shape) {
			t.Errorf("tensor %q is %+v, expected %v %v", want.Name, info, want.DType, want.Shape)
		} else if got := must(r.Bytes(want.Name))(t); !bytes.Equal(got, data.Bytes()) {
			t.Errorf("tensor %q holds %x, expected %x", want.Name, got, data.Bytes())
		}
	}
	if !bytes.Equal(write(t, r.Tensors(), r.Metadata()), once) {
		t.Error("written again, the bytes are not the same")
	}
}

// An index never panics, names only files of its own folder, and its errors are one line.
func FuzzIndex(f *testing.F) {
	f.Add(readFile(f, "testdata/sharded/"+safetensors.IndexName))
	f.Add([]byte(`{"weight_map":{"a":"../a","b":"x/b"},"metadata":[{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		files, err := safetensors.ParseIndex(text)
		for _, name := range files {
			if filepath.Dir(filepath.Join("folder", name)) != "folder" {
				t.Errorf("the file %q is accepted", name)
			}
		}
		if err != nil && strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("the error has several lines: %q", err)
		}
	})
}
