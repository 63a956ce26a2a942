package train

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
)

// FuzzResume: training goes on from a checkpoint or refuses it, whatever is in the file.
func FuzzResume(f *testing.F) {
	tok := tokenizer.Char("ab")
	split := data.Tokens(tok, "abbaababbbabaabba").Split(0.8)
	model := func() *nn.GPT {
		m, err := nn.NewGPT(nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 4, Layers: 1, Heads: 1, Embed: 2, Hidden: 1, Dropout: 0.1})
		if err != nil {
			f.Fatal(err)
		}
		return m
	}
	cfg := Config{Steps: 2, BatchSize: 2, EvalEvery: 1, Patience: 9, Optimizer: optim.SGD{LR: 0.1, Momentum: 0.9}, Quiet: true, Checkpoint: f.TempDir()}
	if _, err := Fit(f.Context(), model(), split, cfg); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(cfg.Checkpoint, stateFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, file []byte) {
		cfg := cfg
		cfg.Steps, cfg.Checkpoint = 3, t.TempDir()
		if err := os.WriteFile(filepath.Join(cfg.Checkpoint, stateFile), file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = Fit(t.Context(), model(), split, cfg) // an error, or none
	})
}
