package safetensors_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

func names(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	for _, e := range must(os.ReadDir(dir))(t) {
		out = append(out, e.Name())
	}
	return out
}

// How tensors of these sizes are cut into files.
func TestShards(t *testing.T) {
	for _, row := range []struct {
		sizes []int
		limit int64
		want  [][]string
	}{
		{nil, 10, [][]string{nil}},
		{[]int{3, 4}, 0, [][]string{{"0", "1"}}},
		{[]int{3, 4}, 7, [][]string{{"0", "1"}}},
		{[]int{3, 5}, 7, [][]string{{"0"}, {"1"}}},
		{[]int{1, 20, 1, 1}, 7, [][]string{{"0"}, {"1"}, {"2", "3"}}},
		{[]int{20, 1}, 7, [][]string{{"0"}, {"1"}}},
		{[]int{0, 7, 0, 7, 0}, 7, [][]string{{"0", "1", "2"}, {"3", "4"}}},
	} {
		dir := filepath.Join(t.TempDir(), "deep", "model")
		var tensors []safetensors.Tensor
		for i, n := range row.sizes {
			tensors = append(tensors, bytesTensor(string(rune('0'+i)), make([]byte, n)...))
		}
		if err := safetensors.WriteModel(dir, tensors, nil, row.limit); err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, name := range names(t, dir) {
			if strings.HasSuffix(name, ".safetensors") {
				r := must(safetensors.Open(filepath.Join(dir, name)))(t)
				got = append(got, r.Names())
				r.Close()
			}
		}
		if !reflect.DeepEqual(got, row.want) {
			t.Errorf("sizes %v, limit %d: %q, expected %q", row.sizes, row.limit, got, row.want)
		}
		r := must(safetensors.Open(dir))(t)
		if len(r.Names()) != len(row.sizes) {
			t.Errorf("sizes %v: read back %q", row.sizes, r.Names())
		}
		r.Close()
	}
}

// A model takes the place of the one before it, whose files would be read in its stead, and leaves other files alone.
func TestWriteModelReplaces(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"config.json", "model-00009-of-00009.safetensors", "other.safetensors"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	others := names(t, dir)
	tensors := []safetensors.Tensor{bytesTensor("a", 1), bytesTensor("b", 2), bytesTensor("c", 3)}
	for _, row := range []struct {
		limit int64
		want  []string
	}{
		{0, []string{"model.safetensors"}},
		{1, []string{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"}},
		{2, []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"}},
		{3, []string{"model.safetensors"}},
	} {
		if err := safetensors.WriteModel(dir, tensors, nil, row.limit); err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(names(t, dir), func(s string) bool { return slices.Contains(others, s) })
		if !slices.Equal(got, row.want) {
			t.Errorf("limit %d: files %q, expected %q", row.limit, got, row.want)
		}
		r := must(safetensors.Open(dir))(t)
		if b := must(r.Bytes("c"))(t); !bytes.Equal(b, []byte{3}) {
			t.Errorf("limit %d: c is %v", row.limit, b)
		}
		// The next model is made of this one, while its files go.
		tensors = r.Tensors()
		defer r.Close()
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
}

// Indexes and files that do not fit.
func TestHostileIndex(t *testing.T) {
	a := string(write(t, []safetensors.Tensor{bytesTensor("a", 1)}, nil))
	ab := string(write(t, []safetensors.Tensor{bytesTensor("a", 1), bytesTensor("b", 2)}, nil))
	for _, row := range []struct{ name, index, one, two, want string }{
		{"not JSON", `{"weight_map":`, a, "", "the JSON text ends in the middle"},
		{"not an object", `[]`, a, "", "the index is an array, expected an object"},
		{"not UTF-8", "\xff", a, "", "the index is not valid UTF-8"},
		{"two", `{"weight_map":{}}{}`, a, "", "something follows the JSON object"},
		{"no map", `{"metadata":{"total_size":1}}`, a, "", "weight_map is missing"},
		{"map of numbers", `{"weight_map":{"a":1}}`, a, "", `the file of "a" is the number "1", expected text`},
		{"tensor twice", `{"weight_map":{"a":"one","a":"one"}}`, a, "", `weight_map has the key "a" twice`},
		{"up", `{"weight_map":{"a":"../one"}}`, a, "", `tensor "a": is in the file "../one", expected the name of a file in the same folder`},
		{"root", `{"weight_map":{"a":"/one"}}`, a, "", "expected the name of a file in the same folder"},
		{"folder", `{"weight_map":{"a":"x/one"}}`, a, "", "expected the name of a file in the same folder"},
		{"windows", `{"weight_map":{"a":"x\\one"}}`, a, "", "expected the name of a file in the same folder"},
		{"dots", `{"weight_map":{"a":".."}}`, a, "", "expected the name of a file in the same folder"},
		{"no name", `{"weight_map":{"a":""}}`, a, "", "expected the name of a file in the same folder"},
		{"missing file", `{"weight_map":{"a":"one","b":"three"}}`, a, "", "three: no such file"},
		{"broken file", `{"weight_map":{"a":"one","b":"two"}}`, a, "broken", `two": 6 bytes long, expected at least 8`},
		{"missing tensor", `{"weight_map":{"a":"one","b":"one"}}`, a, "", `tensor "b": the index expects it in "one", which does not hold it`},
		{"unnamed tensor", `{"weight_map":{"a":"one"}}`, ab, "", `one": tensor "b": the index does not name it`},
		{"wrong file", `{"weight_map":{"a":"one","b":"two"}}`, ab, a, `one": tensor "b": the index expects it in "two"`},
		{"in both files", `{"weight_map":{"a":"one","b":"two"}}`, a, ab, `two": tensor "a": the index expects it in "one"`},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"one": row.one, "two": row.two, safetensors.IndexName: row.index} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_, err := safetensors.Open(dir)
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: error %v, expected %s", row.name, err, row.want)
		}
		var format *safetensors.FormatError
		if row.name != "missing file" && !errors.As(err, &format) {
			t.Errorf("%s: %T is no FormatError", row.name, err)
		}
	}
}

func TestShardMetadata(t *testing.T) {
	dir := t.TempDir()
	for name, m := range map[string]map[string]string{"a": {"format": "pt", "part": "1"}, "b": {"format": "pt", "part": "2", "only": "b"}, "c": nil} {
		if err := safetensors.WriteFile(filepath.Join(dir, name), []safetensors.Tensor{bytesTensor(name, 1)}, m); err != nil {
			t.Fatal(err)
		}
	}
	index := filepath.Join(dir, "x.index.json")
	if err := os.WriteFile(index, []byte(`{"weight_map":{"a":"a","b":"b","c":"c"}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	r := must(safetensors.Open(index))(t)
	defer r.Close()
	if got, want := r.Metadata(), map[string]string{"format": "pt", "only": "b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("metadata %v, expected %v", got, want)
	}
}
