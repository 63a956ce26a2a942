package rag_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/device/plain"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/rag"
	"github.com/resident-go/resident/runtime/tensor"
	"github.com/resident-go/resident/runtime/train"
)

// TestEncoderLearns teaches that words mean the same which never stand in one text: each of some subjects has words for questions and others for
// answers. What is asked afterwards is in no text that the encoder was shown, and shares no word with its answer.
func TestEncoderLearns(t *testing.T) {
	const subjects = 20
	rng := rand.New(rand.NewPCG(7, 0))
	say := func(subject int, side string) string {
		var words []string
		for range 4 {
			words = append(words, fmt.Sprintf("%s%c%c", side, 'a'+subject, 'a'+rng.IntN(12)))
		}
		return strings.Join(append(words, "and", "the", "of"), " ")
	}
	var matches []data.Match
	for i := range 2000 {
		matches = append(matches, data.Match{Anchor: say(i%subjects, "q"), Positive: say(i%subjects, "x")})
	}
	var text strings.Builder
	for _, m := range matches {
		fmt.Fprintln(&text, m.Anchor, m.Positive)
	}
	tok := tokenizer.TrainBPE(text.String(), 1000)
	e, err := rag.NewEncoder(tok, 32)
	if err != nil {
		t.Fatal(err)
	}
	ix := func() *rag.Index {
		ix, err := rag.New(e, rag.Windows{Tokenizer: tok, Size: 100})
		for i := range subjects {
			if err == nil {
				err = ix.Add(rag.Document{ID: fmt.Sprint(i), Text: say(i, "x")})
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return ix
	}
	var questions []rag.Question
	for i := range 5 * subjects {
		questions = append(questions, rag.Question{Text: say(i%subjects, "q"), Relevant: []string{fmt.Sprint(i % subjects)}})
	}
	measure := func(by rag.By) float64 {
		m, err := rag.Measure(ix(), questions, rag.Query{K: 1, By: by})
		if err != nil {
			t.Fatal(err)
		}
		return m.Recall
	}
	words, before := measure(rag.ByWords), measure(rag.ByVectors)
	cfg := train.Config{Steps: 500, BatchSize: 12, BlockSize: 20, Seed: 1, Optimizer: optim.AdamW{LR: 0.02}, Quiet: true}
	run, err := train.Fit(t.Context(), e, data.Matches(tok, matches).Split(0.9, 1), cfg)
	if err != nil {
		t.Fatal(err)
	}
	after := measure(rag.ByVectors)
	t.Logf("recall@1: by words %.2f, by vectors %.2f before training and %.2f after %d steps", words, before, after, run.Steps)
	if words > 0.2 || before > 0.2 || after < 0.9 {
		t.Errorf("recall@1 by words is %.2f, by vectors %.2f before training and %.2f after, want at most 0.2, 0.2, and at least 0.9", words, before, after)
	}
}

// TestWeigh: a word that stands in every text counts less than one that stands in few.
func TestWeigh(t *testing.T) {
	texts := []string{"a!", "b!", "c!", "d!"}
	e := newEncoder(t, 64, 1)
	closeness := func() float64 {
		rows, err := e.Embed([]string{"a!", "b!"})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, v := range rows[0] {
			sum += float64(v) * float64(rows[1][i])
		}
		return sum
	}
	before := closeness()
	e.Weigh(texts)
	if after := closeness(); after > before-0.1 {
		t.Errorf("the cosine of texts that share what all have was %.2f and is %.2f", before, after)
	}
}

func TestEncoder(t *testing.T) {
	e := newEncoder(t, 32, 1)
	texts := []string{"a", strings.Repeat("long ", 50), "", "a"}
	for range 100 {
		texts = append(texts, "more than a batch")
	}
	rows, err := e.Embed(texts)
	if err != nil || len(rows) != len(texts) {
		t.Fatalf("%d vectors, %v", len(rows), err)
	}
	for i, row := range rows {
		sum := 0.0
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		want := 1.0
		if texts[i] == "" {
			want = 0
		}
		if math.Abs(sum-want) > 1e-6 {
			t.Errorf("the vector of %.10q has the square length %g, want %g", texts[i], sum, want)
		}
	}
	alone, err := e.Embed([]string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	for j := range alone[0] {
		if alone[0][j] != rows[0][j] || rows[3][j] != rows[0][j] {
			t.Fatalf("the same text has other vectors beside others: %v, %v, %v", alone[0], rows[0], rows[3])
		}
	}
}

// TestEncoderElsewhere: an encoder works, and learns, on a device that new tensors are not on.
func TestEncoderElsewhere(t *testing.T) {
	texts := []string{"ab", "abc", ""}
	here, err := rag.NewEncoder(tokenizer.Byte(), 8, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	there, err := rag.NewEncoder(tokenizer.Byte(), 8, nn.Seed(1), nn.On(plain.New()))
	if err != nil {
		t.Fatal(err)
	}
	want, err := here.Embed(texts)
	if err != nil {
		t.Fatal(err)
	}
	got, err := there.Embed(texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range want {
		for j, v := range row {
			if math.Abs(float64(got[i][j]-v)) > 1e-6 {
				t.Errorf("%q: number %d is %v there, %v here", texts[i], j, got[i][j], v)
			}
		}
	}
	x := tensor.New([]int{1, 2, 3, -1}, 2, 2)
	if err := tensor.Try(func() { there.Loss(x, x).Backward() }); err != nil {
		t.Error(err)
	}
}

func TestSaveEncoder(t *testing.T) {
	dir := t.TempDir()
	e, err := rag.NewEncoder(tokenizer.TrainBPE(data.Opticks()[:20000], 300), 16)
	if err == nil {
		err = e.Save(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := rag.LoadEncoder(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.ID() != e.ID() {
		t.Errorf("loaded %s, saved %s", again.ID(), e.ID())
	}
	if _, err := rag.LoadEncoder(dir, tokenizer.Byte()); err == nil || !strings.Contains(err.Error(), "embedding.weight is [300 16], and the tokenizer has 256 tokens: want [256, width]") {
		t.Errorf("with another tokenizer: %v", err)
	}
	if _, err := rag.LoadEncoder(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "rag: load an encoder from ") {
		t.Errorf("from an empty folder: %v", err)
	}
}
