package checkpoint_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

var (
	up   = tensor("up", safetensors.U8, []int{2, 2}, 1, 2, 3, 4)
	down = tensor("down", safetensors.I16, []int{1}, 5, 6)
)

func TestRecordJSON(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	r, err := checkpoint.NewRecord([]safetensors.Tensor{up, down}, time.Date(2026, 3, 1, 13, 0, 0, 999, berlin), "after step 7")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	d, u := r.Tensors[0].Digest.String(), r.Tensors[1].Digest.String()
	want := `{"root":"` + r.Root.String() + `","made":"2026-03-01T12:00:00Z","description":"after step 7","tensors":[` +
		`{"name":"down","dtype":"I16","shape":[1],"digest":"` + d + `"},{"name":"up","dtype":"U8","shape":[2,2],"digest":"` + u + `"}]}`
	if string(text) != want {
		t.Errorf("JSON is\n%s, expected\n%s", text, want)
	}
	again, err := checkpoint.ParseRecord(text)
	if err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("read back: %+v, %v", again, err)
	}
	if got, want := r.String(), "root "+r.Root.Short()+": 2 tensors, 5 numbers, 2026-03-01T12:00:00Z, after step 7"; got != want {
		t.Errorf("text %q, expected %q", got, want)
	}
}

func TestRecordErrors(t *testing.T) {
	if _, err := checkpoint.NewRecord([]safetensors.Tensor{up, up}, noon, ""); err == nil || err.Error() != `record: tensor "up" is there twice` {
		t.Errorf("a tensor twice: %v", err)
	}
	short := up
	short.Data = safetensors.Bytes(nil)
	if _, err := checkpoint.NewRecord([]safetensors.Tensor{short}, noon, ""); err == nil ||
		err.Error() != `digest: tensor "up": its data is 0 bytes long, expected 4 for U8 of shape [2,2]` {
		t.Errorf("short data: %v", err)
	}
	whole, err := json.Marshal(record(t, up, down))
	if err != nil {
		t.Fatal(err)
	}
	root := record(t, up, down).Root
	for _, row := range []struct{ name, text, want string }{
		{"not JSON", "{", "record: unexpected end of JSON input"},
		{"a digest", strings.Replace(string(whole), root.String(), "12", 1), `record: digest "12": expected 64 hexadecimal digits`},
		{"another root", strings.Replace(string(whole), root.String(), record(t, up).Root.String(), 1),
			"record: its root is " + record(t, up).Root.Short() + ", but its tensors make " + root.Short()},
		{"a tensor less", strings.Replace(string(whole), `"tensors":[{`, `"tensors":[],"x":[{`, 1), "but its tensors make " + record(t).Root.Short()},
		{"twice", strings.Replace(string(whole), `"down"`, `"up"`, 1), `record: tensor "up" is there twice`},
	} {
		if _, err := checkpoint.ParseRecord([]byte(row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, expected %s", row.name, err, row.want)
		}
	}
}

func TestDiff(t *testing.T) {
	model := []safetensors.Tensor{up, down}
	for _, row := range []struct {
		name string
		to   []safetensors.Tensor
		want string
	}{
		{"same", []safetensors.Tensor{down, up}, "the same"},
		{"value", []safetensors.Tensor{down, tensor("up", safetensors.U8, []int{2, 2}, 1, 2, 3, 5)}, `changed: "up" (values)`},
		{"type", []safetensors.Tensor{tensor("down", safetensors.F16, []int{1}, 5, 6), up}, `changed: "down" (I16 became F16)`},
		{"shape", []safetensors.Tensor{down, tensor("up", safetensors.U8, []int{4}, 1, 2, 3, 4)}, `changed: "up" (shape [2 2] became [4])`},
		{"added", []safetensors.Tensor{up, down, tensor("a\nb", safetensors.U8, nil, 1)}, `added: "a\nb"`},
		{"removed", []safetensors.Tensor{up}, `removed: "down"`},
		{"all", []safetensors.Tensor{tensor("x", safetensors.U8, nil, 1), tensor("up", safetensors.U8, []int{2, 2}, 0, 0, 0, 0)},
			`changed: "up" (values); added: "x"; removed: "down"`},
		{"nothing left", nil, `removed: "down", "up"`},
	} {
		d := checkpoint.Diff(record(t, model...), record(t, row.to...))
		if d.String() != row.want || d.Same() != (row.want == "the same") {
			t.Errorf("%s: %q (same: %v), expected %q", row.name, d, d.Same(), row.want)
		}
	}
	var many []safetensors.Tensor
	for _, name := range strings.Split("gfedcba", "") {
		many = append(many, tensor(name, safetensors.U8, nil, 1))
	}
	if d := checkpoint.Diff(record(t), record(t, many...)); d.String() != `added: "a", "b", "c", "d", "e" and 2 more` {
		t.Errorf("many: %q", d)
	}
}

// A record travels inside the file that it speaks about, and finds every later change.
func TestVerifyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	given := map[string]string{"format": "pt"}
	metadata, err := record(t, up, down).AddTo(given)
	if err != nil || len(given) != 1 || metadata["format"] != "pt" {
		t.Fatalf("metadata %v, given %v, %v", metadata, given, err)
	}
	if err := safetensors.WriteFile(path, []safetensors.Tensor{up, down}, metadata); err != nil {
		t.Fatal(err)
	}
	if got, err := verify(t, path); err != nil || !reflect.DeepEqual(got, record(t, up, down)) {
		t.Errorf("verified: %v, %v", got, err)
	}

	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * 6 { // the data stands at the end: two bytes of down, four of up
		spoiled := bytes.Clone(whole)
		spoiled[len(whole)-6+bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, spoiled, 0o666); err != nil {
			t.Fatal(err)
		}
		want := "down"
		if bit >= 16 {
			want = "up"
		}
		_, err := verify(t, path)
		var changed *checkpoint.ChangedError
		if !errors.As(err, &changed) || len(changed.Difference.Changed) != 1 || changed.Difference.Changed[0].Name != want {
			t.Errorf("bit %d: %v, expected that %s has changed", bit, err, want)
		}
	}
}

// In a model of several files each has the record of all.
func TestVerifyShards(t *testing.T) {
	dir := t.TempDir()
	metadata, err := record(t, up, down).AddTo(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := safetensors.WriteModel(dir, []safetensors.Tensor{up, down}, metadata, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(t, dir); err != nil {
		t.Error(err)
	}
	other := tensor("up", safetensors.U8, []int{2, 2}, 1, 2, 3, 5)
	if err := safetensors.WriteFile(filepath.Join(dir, "model-00001-of-00002.safetensors"), []safetensors.Tensor{other}, metadata); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(t, dir); err == nil || !strings.HasSuffix(err.Error(), `the weights have changed: changed: "up" (values)`) {
		t.Errorf("one file replaced: %v", err)
	}
}

func TestVerifyFileErrors(t *testing.T) {
	good, err := record(t, up).AddTo(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name     string
		metadata map[string]string
		want     string
	}{
		{"no metadata", nil, "it holds no record"},
		{"no record", map[string]string{"format": "pt"}, "it holds no record"},
		{"no JSON", map[string]string{"resident.record": "x"}, "record: invalid character 'x'"},
		{"of another file", good, `the weights have changed: added: "down"`},
	} {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := safetensors.WriteFile(path, []safetensors.Tensor{up, down}, row.metadata); err != nil {
			t.Fatal(err)
		}
		if _, err := verify(t, path); err == nil || !strings.HasPrefix(err.Error(), `verify "`+path) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, expected %s", row.name, err, row.want)
		}
	}
}

func verify(t *testing.T, path string) (checkpoint.Record, error) {
	t.Helper()
	r, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return checkpoint.VerifyFile(r)
}

func BenchmarkDigest(b *testing.B) {
	values := make([]float32, 4<<20)
	t := safetensors.Tensor{Name: "v", DType: safetensors.F32, Shape: []int{len(values)}, Data: safetensors.Float32s(safetensors.F32, values)}
	b.SetBytes(int64(4 * len(values)))
	for b.Loop() {
		if _, err := checkpoint.DigestOf(t); err != nil {
			b.Fatal(err)
		}
	}
}
