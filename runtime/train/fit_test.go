package train

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
)

// squares is data in which each token decides the next: its square, modulo the size of the vocabulary.
type squares struct {
	vocab int
	after func(step int) // is called before each batch
}

func (d squares) Training(b data.Batching) (data.Batches, error) {
	return &squareBatches{squares: d, Batching: b}, nil
}

func (d squares) Validation(b data.Batching) ([]data.Batch, error) {
	return []data.Batch{d.batch(b, 1), d.batch(b, 2)}, nil
}

type squareBatches struct {
	squares
	data.Batching
	at int
}

func (s *squareBatches) Next() data.Batch {
	s.at++
	if s.after != nil {
		s.after(s.at)
	}
	return s.batch(s.Batching, s.Seed+uint64(s.at)<<8)
}

func (s *squareBatches) State() data.State { return data.State{Step: s.at} }

func (s *squareBatches) Restore(state data.State) error {
	s.at = state.Step
	return nil
}

func (d squares) batch(b data.Batching, seed uint64) data.Batch {
	rng := rand.New(rand.NewPCG(seed, 0))
	batch := data.Batch{Rows: b.Size, Cols: b.Block}
	for range b.Size * b.Block {
		x := rng.Int32N(int32(d.vocab))
		batch.X, batch.Y = append(batch.X, x), append(batch.Y, x*x%int32(d.vocab))
	}
	return batch
}

func newGPT(t *testing.T, dropout float64) *nn.GPT {
	t.Helper()
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: 13, BlockSize: 8, Layers: 2, Heads: 2, Embed: 16, Dropout: dropout}, nn.Seed(5))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var quick = Config{Steps: 30, BatchSize: 4, Optimizer: optim.AdamW{LR: 0.01, WeightDecay: 0.1}, Clip: 1, EvalEvery: 10, Quiet: true}

func mustFit(t *testing.T, m Model, cfg Config) *Run {
	t.Helper()
	run, err := Fit(t.Context(), m, squares{vocab: 13}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func sameBits(t *testing.T, a, b nn.Module) {
	t.Helper()
	for i, p := range a.Params() {
		if string(p.Bytes()) != string(b.Params()[i].Bytes()) {
			t.Errorf("%s differs", p.Name)
		}
	}
}

// TestFitLearns checks that the rule is found.
func TestFitLearns(t *testing.T) {
	m := newGPT(t, 0)
	cfg := quick
	cfg.Steps = 200
	run := mustFit(t, m, cfg)
	if first, last := run.History[0].Loss, run.Valid(); first < 2.4 || last > 0.1 {
		t.Errorf("the loss fell from %g to a validation loss of %g", first, last)
	}
	e, err := Evaluate(m, squares{vocab: 13}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if e.Accuracy != 1 || math.Abs(e.Loss-run.Valid()) > 1e-6 || math.Abs(e.Perplexity-math.Exp(e.Loss)) > 1e-9 || e.Tokens != 64 {
		t.Errorf("%+v", e)
	}
}

// TestFitByHand checks that Fit is the loop that one would write.
func TestFitByHand(t *testing.T) {
	a, b := newGPT(t, 0.1), newGPT(t, 0.1)
	cfg := quick
	cfg.Accumulate, cfg.Schedule = 2, optim.Cosine(0.01, 0.001, 5, 30)
	run := mustFit(t, a, cfg)

	opt, err := cfg.Optimizer.New(b.Params())
	if err != nil {
		t.Fatal(err)
	}
	batches, _ := squares{vocab: 13}.Training(data.Batching{Size: 4, Block: 8})
	for step := range 30 {
		opt.SetLR(cfg.Schedule(step))
		opt.ZeroGrad()
		mean := 0.0
		for range 2 {
			loss := b.Loss(Tensors(batches.Next()))
			loss.Scale(0.5).Backward()
			mean += loss.Item() / 2
		}
		opt.Clip(1)
		opt.Step()
		if got := run.History[step].Loss; got != mean {
			t.Errorf("step %d: loss %v by Fit, %v by hand", step+1, got, mean)
		}
	}
	sameBits(t, a, b)
}

// TestFitResumes checks that training in three parts gives the same bits as in one.
func TestFitResumes(t *testing.T) {
	whole, parts := newGPT(t, 0.2), newGPT(t, 0.2)
	run := mustFit(t, whole, quick)
	cfg := quick
	cfg.Checkpoint = filepath.Join(t.TempDir(), "new", "folder")
	cfg.Steps = 7
	mustFit(t, parts, cfg)
	cfg.Steps = 30
	parts = newGPT(t, 0.2)
	ctx, cancel := context.WithCancel(t.Context())
	stopping := squares{vocab: 13, after: func(step int) {
		if step == 19 {
			cancel()
		}
	}}
	stopped, err := Fit(ctx, parts, stopping, cfg)
	if !errors.Is(err, context.Canceled) || stopped.Steps != 19 || err.Error() != "train: stopped after step 19 of 30: context canceled" {
		t.Fatalf("%d steps, %v", stopped.Steps, err)
	}
	parts = newGPT(t, 0.2)
	again := mustFit(t, parts, cfg)
	sameBits(t, whole, parts)
	if len(again.History) != 30 || again.Tokens != run.Tokens {
		t.Errorf("the history has %d steps, %d tokens; want 30, %d", len(again.History), again.Tokens, run.Tokens)
	}
	for i, p := range run.History {
		if q := again.History[i]; p.Loss != q.Loss || p.LR != q.LR || p.GradNorm != q.GradNorm || p.Valid != q.Valid && !math.IsNaN(p.Valid) {
			t.Errorf("step %d: %+v, want %+v", i+1, q, p)
		}
	}
}

// TestFitInterrupted checks that an interrupt, which the operating system delivers, ends training after the step at hand.
func TestFitInterrupted(t *testing.T) {
	m := newGPT(t, 0)
	cfg := quick
	cfg.Steps = 1 << 30
	d := squares{vocab: 13, after: func(step int) {
		if step == 3 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
				t.Error(err)
			}
		}
	}}
	run, err := Fit(t.Context(), m, d, cfg)
	if !errors.Is(err, ErrInterrupted) || run.Steps < 3 || !run.Finished {
		t.Errorf("%d steps, %v", run.Steps, err)
	}
}

// TestNaN checks that a loss that is no number is explained.
func TestNaN(t *testing.T) {
	spoilt := newGPT(t, 0)
	spoilt.Params()[3].SetAt(math.NaN(), 0)
	if _, err := Fit(t.Context(), spoilt, squares{vocab: 13}, quick); err == nil || !strings.Contains(err.Error(), "parameter layers.0.norm1.bias is not finite since step 0") {
		t.Error(err)
	}
	exploding := newGPT(t, 0)
	for _, p := range exploding.Params() {
		switch p.Name { // the residual stream becomes infinite, which the next norm cannot take
		case "layers.0.norm2.weight":
			p.AssignFill(1e6)
		case "layers.0.mlp.down.weight":
			p.Assign(p.Detach().Scale(1e38))
		}
	}
	if _, err := Fit(t.Context(), exploding, squares{vocab: 13}, quick); err == nil || !strings.Contains(err.Error(), "has a NaN, the operands have none") {
		t.Error(err)
	}
}

func TestFitErrors(t *testing.T) {
	frozen := newGPT(t, 0)
	for _, p := range frozen.Params() {
		p.Freeze()
	}
	with := func(change func(*Config)) Config {
		cfg := quick
		change(&cfg)
		return cfg
	}
	rows := []struct {
		name string
		m    Model
		d    Data
		cfg  Config
		want string
	}{
		{"no steps", newGPT(t, 0), squares{vocab: 13}, with(func(c *Config) { c.Steps = 0 }), "train: Steps is 0: say how many to make"},
		{"negative", newGPT(t, 0), squares{vocab: 13}, with(func(c *Config) { c.BatchSize = -1 }), "train: BatchSize is -1, want 0 or more"},
		{"too long", newGPT(t, 0), squares{vocab: 13}, with(func(c *Config) { c.BlockSize = 9 }), "train: BlockSize is 9, the model takes 8 tokens"},
		{"frozen", frozen, squares{vocab: 13}, quick, "train: adamw: embed.weight is frozen, so it cannot be trained"},
		{"another vocabulary", newGPT(t, 0), squares{vocab: 1000}, quick, "train: step 1: tensor: gpt loss: token"},
	}
	for _, row := range rows {
		if _, err := Fit(t.Context(), row.m, row.d, row.cfg); err == nil || !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %s", row.name, err, row.want)
		}
	}
}

// TestCheckpointErrors checks that a checkpoint that does not fit changes nothing.
func TestCheckpointErrors(t *testing.T) {
	cfg := quick
	cfg.Checkpoint, cfg.Steps = t.TempDir(), 2
	mustFit(t, newGPT(t, 0), cfg)
	other, err := nn.NewGPT(nn.GPTConfig{VocabSize: 13, BlockSize: 8, Layers: 1, Heads: 2, Embed: 32})
	if err != nil {
		t.Fatal(err)
	}
	before := other.Params()[0].Bytes()
	if _, err := Fit(t.Context(), other, squares{vocab: 13}, cfg); err == nil || !strings.Contains(err.Error(), "it is of another model: parameter embed.weight is [13 16] there, [13 32] here") {
		t.Error(err)
	}
	sgd := cfg
	sgd.Optimizer = optim.SGD{LR: 1}
	if _, err := Fit(t.Context(), newGPT(t, 0), squares{vocab: 13}, sgd); err == nil || !strings.Contains(err.Error(), "the state is of adamw, this is sgd") {
		t.Error(err)
	}
	path := filepath.Join(cfg.Checkpoint, stateFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw[:len(raw)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Fit(t.Context(), newGPT(t, 0), squares{vocab: 13}, cfg); err == nil || !strings.Contains(err.Error(), "go on from a checkpoint") {
		t.Error(err)
	}
	if string(before) != string(other.Params()[0].Bytes()) {
		t.Error("the model was changed by a checkpoint of another one")
	}
}

// TestFitAdapters: of an adapted model Fit trains the adapters and nothing else, and counts the operations without the gradients of matrices.
func TestFitAdapters(t *testing.T) {
	base := newGPT(t, 0)
	m, err := base.Adapt(nn.LoRA{Rank: 2})
	if err != nil {
		t.Fatal(err)
	}
	before, err := checkpoint.Freeze(base)
	if err != nil {
		t.Fatal(err)
	}
	run, err := Fit(t.Context(), m, squares{vocab: 13}, Config{Steps: 30, BatchSize: 4, Seed: 1, Optimizer: optim.AdamW{LR: 0.03}, Quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	if first, last := run.History[0].Loss, run.Loss(); last > first-0.05 {
		t.Errorf("the loss was %.2f and is %.2f", first, last)
	}
	if _, err := checkpoint.Verify(before); err != nil {
		t.Error(err)
	}
	if want := nn.Count(m) - nn.Count(base); run.Params != want {
		t.Errorf("%d parameters were trained, want %d", run.Params, want)
	}
	full := m.Config.Cost().TrainFLOPs(m.Config.BlockSize) * float64(run.Tokens)
	if share := run.FLOPs / full; share < 0.6 || share > 0.9 {
		t.Errorf("%.2f of the operations of training all of it", share)
	}
}
