package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/data"
)

// contrary is squares with a validation by another rule: the better the model, the worse it does there.
type contrary struct{ squares }

func (c contrary) Validation(b data.Batching) ([]data.Batch, error) {
	batch := c.batch(b, 1)
	for i := range batch.Y {
		batch.Y[i] = (batch.X[i] + 1) % int32(c.vocab)
	}
	return []data.Batch{batch}, nil
}

func patient() Config {
	cfg := quick
	cfg.Steps, cfg.EvalEvery, cfg.Patience = 200, 5, 3
	return cfg
}

// TestPatience checks that training ends when validation does not get better, with the parameters of the best.
func TestPatience(t *testing.T) {
	m, d := newGPT(t, 0), contrary{squares{vocab: 13}}
	run, err := Fit(t.Context(), m, d, patient())
	if err != nil {
		t.Fatal(err)
	}
	var valid []float64
	for _, p := range run.History {
		if !math.IsNaN(p.Valid) {
			valid = append(valid, p.Valid)
		}
	}
	if n := len(valid); run.Steps == 200 || slices.Index(valid, slices.Min(valid)) != n-4 {
		t.Errorf("%d steps, validations %v", run.Steps, valid)
	}
	e, err := Evaluate(m, d, patient())
	if err != nil {
		t.Fatal(err)
	}
	if e.Loss != slices.Min(valid) {
		t.Errorf("the model's loss is %v, that of the best validation %v", e.Loss, slices.Min(valid))
	}
}

// TestPatienceResumes checks that a training that was stopped, and one that had lost its patience, end as if they had gone on.
func TestPatienceResumes(t *testing.T) {
	whole, d := newGPT(t, 0), contrary{squares{vocab: 13}}
	run, err := Fit(t.Context(), whole, d, patient())
	if err != nil {
		t.Fatal(err)
	}
	cfg := patient()
	cfg.Checkpoint = t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopping := contrary{squares{vocab: 13, after: func(step int) {
		if step == run.Steps-2 {
			cancel()
		}
	}}}
	if _, err := Fit(ctx, newGPT(t, 0), stopping, cfg); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for range 2 {
		m := newGPT(t, 0)
		again, err := Fit(t.Context(), m, d, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if again.Steps != run.Steps {
			t.Errorf("%d steps, want %d", again.Steps, run.Steps)
		}
		sameBits(t, whole, m)
	}
}

func TestPatienceErrors(t *testing.T) {
	cfg := patient()
	cfg.EvalEvery = 0
	if _, err := Fit(t.Context(), newGPT(t, 0), squares{vocab: 13}, cfg); err == nil || err.Error() != "train: Patience is 3, EvalEvery 0: say how often to validate" {
		t.Error(err)
	}
	cfg = patient()
	cfg.BatchSize = 1
	set := data.Spirals(20, 2, 0, 1).Split(1, 1)
	if _, err := Fit(t.Context(), dropoutMLP(t), set, cfg); err == nil || err.Error() != "train: there is Patience, but nothing was set aside for validation" {
		t.Error(err)
	}
}
