package rag_test

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/rag"
)

// TestModel2vec compares vectors with what model2vec makes of the same texts: tokens that share rows, and weights. See testdata/makemodel2vec.py.
func TestModel2vec(t *testing.T) {
	var want struct {
		Texts   []string
		Vectors [][]float64
	}
	text, err := os.ReadFile("testdata/model2vec/expected.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := rag.LoadEncoder("testdata/model2vec", nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := e.Embed(want.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range want.Texts {
		for j, v := range want.Vectors[i] {
			if math.Abs(float64(rows[i][j])-v) > 1e-5 {
				t.Errorf("%q: number %d is %.6f, want %.6f", text, j, rows[i][j], v)
			}
		}
	}
}

// TestBrokenEncoders: what a file must have is said when it does not.
func TestBrokenEncoders(t *testing.T) {
	floats := func(name string, shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return safetensors.Tensor{Name: name, DType: safetensors.F32, Shape: shape, Data: safetensors.Float32s(safetensors.F32, make([]float32, n))}
	}
	numbers := func(name string, all ...int64) safetensors.Tensor {
		write := func(w io.Writer) error { return binary.Write(w, binary.LittleEndian, all) }
		return safetensors.Tensor{Name: name, DType: safetensors.I64, Shape: []int{len(all)}, Data: write}
	}
	to := func(row int64) []int64 {
		all := make([]int64, 256)
		all[255] = row
		return all
	}
	for name, row := range map[string]struct {
		tensors []safetensors.Tensor
		want    string
	}{
		"no table":            {[]safetensors.Tensor{floats("other", 256, 4)}, "it has no tensor embedding.weight or embeddings"},
		"another size":        {[]safetensors.Tensor{floats("embeddings", 40, 4)}, "embeddings is [40 4], and the tokenizer has 256 tokens: want [256, width]"},
		"no matrix":           {[]safetensors.Tensor{floats("embeddings", 256)}, "embeddings is [256], and the tokenizer has 256 tokens: want [256, width]"},
		"a short mapping":     {[]safetensors.Tensor{floats("embeddings", 40, 4), numbers("mapping", 1, 2)}, "mapping is I64 [2], want I64 [256], a row for each token"},
		"a mapping of floats": {[]safetensors.Tensor{floats("embeddings", 40, 4), floats("mapping", 256)}, "mapping is F32 [256], want I64 [256], a row for each token"},
		"a row too many":      {[]safetensors.Tensor{floats("embeddings", 40, 4), numbers("mapping", to(40)...)}, "mapping names row 40 for token 255, and there are 40"},
		"a negative row":      {[]safetensors.Tensor{floats("embeddings", 40, 4), numbers("mapping", to(-1)...)}, "mapping names row -1 for token 255, and there are 40"},
		"few weights":         {[]safetensors.Tensor{floats("embeddings", 256, 4), floats("weights", 3)}, "weights is F32 [3], want floats [256], one for each token"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := safetensors.WriteFile(filepath.Join(folder, "model.safetensors"), row.tensors, nil); err != nil {
				t.Fatal(err)
			}
			_, err := rag.LoadEncoder(folder, tokenizer.Byte())
			if err == nil || !strings.HasSuffix(err.Error(), row.want) {
				t.Errorf("got %v, want ... %s", err, row.want)
			}
		})
	}
}
