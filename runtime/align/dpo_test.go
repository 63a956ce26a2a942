package align

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
	"github.com/resident-go/resident/runtime/train"
)

// byFormula makes a model with the weights of ../nn/testdata/maketorch.py: uniform between -1/8 and 1/8, norms' around 1.
func byFormula(t *testing.T, cfg nn.GPTConfig, state uint32) *nn.GPT {
	t.Helper()
	m, err := nn.NewGPT(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		w := make([]float32, p.Size())
		for i := range w {
			state = state*1664525 + 1013904223
			w[i] = float32(int(state>>8)-1<<23) / (1 << 26)
			if strings.Contains(p.Name, "norm") && strings.HasSuffix(p.Name, ".weight") {
				w[i]++
			}
		}
		p.Assign(tensor.New(w, p.Shape()...))
	}
	return m
}

// TestTorch compares loss, margins and gradients with PyTorch's; see testdata/makedpo.py.
func TestTorch(t *testing.T) {
	var want struct {
		Versions     string
		Config       nn.GPTConfig
		Beta, Loss   float64
		Anchored     float64 // the loss with an anchor of 0.2
		IDs, Targets []int32
		Margins      []float64
		Grads        map[string]float64
	}
	text, err := os.ReadFile("testdata/dpo.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &DPO{Model: byFormula(t, want.Config, 1), Reference: byFormula(t, want.Config, 7), Beta: want.Beta}
	ids, targets := tensor.New(want.IDs, 6, 12), tensor.New(want.Targets, 6, 12)
	for i, m := range d.margins(d.own(ids, targets), ids, targets).Float64s() {
		if math.Abs(m-want.Margins[i]) > 1e-4 {
			t.Errorf("margin %d is %.6f, want %.6f (%s)", i, m, want.Margins[i], want.Versions)
		}
	}
	loss := d.Loss(ids, targets)
	loss.Backward()
	if got := loss.Item(); math.Abs(got-want.Loss) > 1e-5 {
		t.Errorf("loss %.6f, want %.6f", got, want.Loss)
	}
	d.Anchor = 0.2
	if got := d.Loss(ids, targets).Item(); math.Abs(got-want.Anchored) > 1e-5 {
		t.Errorf("anchored, the loss is %.6f, want %.6f", got, want.Anchored)
	}
	for _, p := range d.Model.Params() {
		if got := p.Grad().Norm().Item(); math.Abs(got-want.Grads[p.Name]) > 1e-4*math.Max(1, want.Grads[p.Name]) {
			t.Errorf("the gradient of %s has length %.6f, want %.6f", p.Name, got, want.Grads[p.Name])
		}
	}
	for _, p := range d.Reference.Params() {
		if g := p.Grad(); g != nil && g.CountNonZero() > 0 {
			t.Fatalf("the reference has a gradient of %s", p.Name)
		}
	}
}

// TestPreferencesAreLearned: adapters learn to prefer one ending to another after prompts that they were not shown, and what they stand on stays as it is.
func TestPreferencesAreLearned(t *testing.T) {
	tok := tokenizer.Byte()
	base, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 12, Layers: 2, Heads: 2, Embed: 32}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	frozen, err := checkpoint.Freeze(base)
	if err != nil {
		t.Fatal(err)
	}
	adapted, err := base.Adapt(nn.LoRA{Rank: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var preferences []data.Preference
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'e'; b++ {
			preferences = append(preferences, data.Preference{Prompt: string(a) + string(b) + "?", Chosen: " ok", Rejected: " no"})
		}
	}
	set := data.Preferences(tok, preferences).Split(0.8, 1)
	d := &DPO{Model: adapted, Reference: base}
	before, err := d.Measure(set.Valid, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	if before.Margin != 0 || before.Agreement != before.Reference {
		t.Errorf("before training: %s", before)
	}
	_, err = train.Fit(t.Context(), d, set, train.Config{Steps: 60, BatchSize: 8, BlockSize: 10, Seed: 1, Optimizer: optim.AdamW{LR: 0.01}, Quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	after, err := d.Measure(set.Valid, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("before: %s; after: %s", before, after)
	if before.Agreement > 0.5 || after.Agreement < 0.95 || after.Margin < 1 {
		t.Errorf("before: %s; after: %s", before, after)
	}
	if _, err := checkpoint.Verify(frozen); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	d := &DPO{Model: byFormula(t, nn.GPTConfig{VocabSize: 65, BlockSize: 8, Layers: 1, Heads: 1, Embed: 8}, 1)}
	d.Reference = d.Model
	three := tensor.New(make([]int32, 12), 3, 4)
	if err := tensor.Try(func() { d.Loss(three, three) }); err == nil || !strings.Contains(err.Error(), "dpo loss: want two rows for each preference, got i32[3 4]") {
		t.Errorf("three rows: %v", err)
	}
	alone := &DPO{Model: d.Model}
	if err := tensor.Try(func() { alone.Loss(three, three) }); err == nil || err.Error() != "tensor: dpo loss: there is no Reference; it can be what Model was adapted from" {
		t.Errorf("error %v", err)
	}
	if _, err := d.Measure(data.Preferences(tokenizer.Byte(), nil), 4, 8); err == nil || err.Error() != "measure preferences: no preferences" {
		t.Errorf("none: %v", err)
	}
}
