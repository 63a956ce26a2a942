package rag_test

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/rag"
)

// TestPublishedEncoder reads a static embedding that others trained, from a package on PyPI (wordllama: 32,000 tokens of Llama's vocabulary, 256 numbers each, in
// float16), and compares tokens and vectors with what that package computes. Then it searches with it: the same meaning in other words is found.
func TestPublishedEncoder(t *testing.T) {
	folder, published := publishedEncoder(t, publishedTexts())
	tok, err := tokenizer.Load(filepath.Join(folder, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := rag.LoadEncoder(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e.Width() != 256 {
		t.Errorf("the width is %d, want 256", e.Width())
	}
	rows, err := e.Embed(publishedTexts())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range published {
		text := publishedTexts()[i]
		if got := tok.Encode(text); !slices.Equal(got, want.IDs) {
			t.Errorf("%.40q has the tokens %v, want %v", text, got, want.IDs)
		}
		for j, v := range rows[i] {
			if math.Abs(float64(v)-want.Vector[j]) > 1e-5 {
				t.Errorf("%.40q: number %d is %.6f, want %.6f", text, j, v, want.Vector[j])
				break
			}
		}
	}

	ix, err := rag.New(e, rag.Sections{Tokenizer: tok, Max: 60})
	if err == nil {
		err = ix.Add(rag.Document{ID: "throat", Text: "A sore throat makes swallowing painful."}, rag.Document{ID: "prism", Text: "A prism splits white light into colours."},
			rag.Document{ID: "bread", Text: "Knead the dough and let it rise for two hours."})
	}
	if err != nil {
		t.Fatal(err)
	}
	questions := []rag.Question{
		{Text: "How is a loaf baked?", Relevant: []string{"bread"}},
		{Text: "Why does the rainbow have a spectrum?", Relevant: []string{"prism"}},
		{Text: "My tonsils hurt", Relevant: []string{"throat"}},
	}
	words, err1 := rag.Measure(ix, questions, rag.Query{K: 1, By: rag.ByWords})
	vectors, err2 := rag.Measure(ix, questions, rag.Query{K: 1, By: rag.ByVectors})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	t.Logf("by words: %v; by vectors: %v", words, vectors)
	if vectors.Recall != 1 || words.Recall > 0.5 {
		t.Errorf("recall by vectors %.2f, by words %.2f: want 1, and at most 0.5", vectors.Recall, words.Recall)
	}
}

// publishedTexts are short, long, and of many scripts.
func publishedTexts() []string {
	texts := []string{"Light", "My throat itches. Doctor?", "  two blanks  and\na line", "Grüße, naïve café", "光の速さ", "emoji 🙂 and more", "x = a*b + 3.14159e-7", "ALL CAPITALS"}
	book := data.Opticks()
	for i := range 40 {
		from := 1000 + 1500*i
		texts = append(texts, book[from:from+20+30*i])
	}
	return texts
}

type publishedVector struct {
	IDs    []int32   `json:"ids"`
	Vector []float64 `json:"vector"`
}

// publishedEncoder returns a folder with the package's files, and what the package makes of texts.
func publishedEncoder(t *testing.T, texts []string) (folder string, vectors []publishedVector) {
	t.Helper()
	python := os.Getenv("RESIDENT_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import wordllama, tokenizers, safetensors").Run(); err != nil {
		t.Skipf("%s has no wordllama (set RESIDENT_PYTHON to one that has): %v", python, err)
	}
	folder = t.TempDir()
	text, err := json.Marshal(texts)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "texts.json"), text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, "testdata/published.py", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text, err = os.ReadFile(filepath.Join(folder, "vectors.json")); err == nil {
		err = json.Unmarshal(text, &vectors)
	}
	if err != nil || len(vectors) != len(texts) {
		t.Fatalf("%d vectors of %d texts: %v", len(vectors), len(texts), err)
	}
	return folder, vectors
}
