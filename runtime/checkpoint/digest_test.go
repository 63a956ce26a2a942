package checkpoint_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func tensor(name string, d safetensors.DType, shape []int, data ...byte) safetensors.Tensor {
	return safetensors.Tensor{Name: name, DType: d, Shape: shape, Data: safetensors.Bytes(data)}
}

func record(t testing.TB, tensors ...safetensors.Tensor) checkpoint.Record {
	t.Helper()
	r, err := checkpoint.NewRecord(tensors, noon, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A program that knows nothing but the documentation comes to the same digests.
func TestDigestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/digest.json")
	if err != nil {
		t.Fatal(err)
	}
	var models []struct {
		Name, Root string
		Tensors    []struct {
			Name, DType, Data, Digest string
			Shape                     []int
		}
	}
	if err := json.Unmarshal(text, &models); err != nil {
		t.Fatal(err)
	}
	if len(models) < 3 {
		t.Fatalf("%d models", len(models))
	}
	for _, m := range models {
		var tensors []safetensors.Tensor
		for _, want := range m.Tensors {
			d, ok := safetensors.ParseDType(want.DType)
			data, err := hex.DecodeString(want.Data)
			if !ok || err != nil {
				t.Fatal(want, err)
			}
			tensors = append(tensors, tensor(want.Name, d, want.Shape, data...))
			if got, err := checkpoint.DigestOf(tensors[len(tensors)-1]); err != nil || got.String() != want.Digest {
				t.Errorf("%s: tensor %q: digest %v (%v), expected %s", m.Name, want.Name, got, err, want.Digest)
			}
		}
		for range 2 { // in any order
			if got := record(t, tensors...).Root.String(); got != m.Root {
				t.Errorf("%s: root %s, expected %s", m.Name, got, m.Root)
			}
			slices.Reverse(tensors)
		}
	}
}

// No two of these models may have the same root: each bit, name, shape, type and number of tensors counts.
func TestRootsDiffer(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	a, b := tensor("a", safetensors.F16, []int{2, 2}, data...), tensor("b", safetensors.U8, []int{2}, 1, 2)
	models := map[string][]safetensors.Tensor{
		"nothing":      nil,
		"the model":    {a, b},
		"a alone":      {a},
		"b alone":      {b},
		"empty more":   {a, b, tensor("c", safetensors.U8, []int{0})},
		"name":         {tensor("a ", safetensors.F16, []int{2, 2}, data...), b},
		"names swap":   {tensor("b", safetensors.F16, []int{2, 2}, data...), tensor("a", safetensors.U8, []int{2}, 1, 2)},
		"name, dtype":  {tensor("aF", safetensors.F16, []int{2, 2}, data...), b},
		"flat":         {tensor("a", safetensors.F16, []int{4}, data...), b},
		"turned":       {tensor("a", safetensors.F16, []int{1, 4}, data...), b},
		"more ones":    {tensor("a", safetensors.F16, []int{2, 2, 1}, data...), b},
		"type":         {tensor("a", safetensors.BF16, []int{2, 2}, data...), b},
		"size of type": {tensor("a", safetensors.F32, []int{2}, data...), b},
		"signed":       {a, tensor("b", safetensors.I8, []int{2}, 1, 2)},
		"bool":         {a, tensor("b", safetensors.Bool, []int{2}, 1, 2)},
		"order":        {a, tensor("b", safetensors.U8, []int{2}, 2, 1)},
		"none of a":    {tensor("a", safetensors.F16, []int{0, 2}), b},
		"none, turned": {tensor("a", safetensors.F16, []int{2, 0}), b},
	}
	for bit := range 8 * len(data) {
		changed := slices.Clone(data)
		changed[bit/8] ^= 1 << (bit % 8)
		models["bit "+string(rune('A'+bit))] = []safetensors.Tensor{tensor("a", safetensors.F16, []int{2, 2}, changed...), b}
	}
	seen := map[checkpoint.Digest]string{}
	for name, m := range models {
		root := record(t, m...).Root
		if other, ok := seen[root]; ok {
			t.Errorf("%q and %q have the same root", name, other)
		}
		seen[root] = name
	}
}

func TestDigestText(t *testing.T) {
	want := record(t).Root
	text, err := want.MarshalText()
	if err != nil || string(text) != want.String() || !strings.HasPrefix(want.String(), want.Short()) {
		t.Errorf("text %q, %v", text, err)
	}
	for _, s := range []string{string(text), strings.ToUpper(string(text))} {
		var got checkpoint.Digest
		if err := got.UnmarshalText([]byte(s)); err != nil || got != want {
			t.Errorf("%q is read as %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "x", strings.Repeat("0", 63), strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		var got checkpoint.Digest
		if err := got.UnmarshalText([]byte(s)); err == nil || !strings.Contains(err.Error(), "expected 64 hexadecimal digits") {
			t.Errorf("%q is read as %v, %v", s, got, err)
		}
	}
}
