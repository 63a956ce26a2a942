// Command train makes the model of package pretrained: it trains on Opticks and writes weights, tokenizer and a record of the training. It takes some
// minutes on a CPU.
//
//	go run ./runtime/pretrained/train [-steps N] [-out FOLDER]
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/train"
)

// record is how the model was trained.
type record struct {
	Command     string
	Made        string
	Go, Machine string
	Corpus      corpus
	Model       nn.GPTConfig
	Parameters  int
	Seed        uint64
	Steps       int
	BatchSize   int
	Optimizer   optim.AdamW
	Schedule    string
	Clip        float64
	Minutes     float64
	TrainLoss   float64 // nats per token, mean of the last steps
	ValidLoss   float64 // nats per token, on the last tenth of the text
	Perplexity  float64
	Accuracy    float64
	BitsPerByte float64 // of the validation text, which can be compared between tokenizers
	Validations []validation
	Root        checkpoint.Digest // of the weights as trained; the file holds them in bf16
}

type corpus struct {
	Name, SHA256  string
	Bytes, Tokens int
}

type validation struct {
	Step int
	Loss float64
}

const seed = 1687 // the year of the Principia

func main() {
	steps := flag.Int("steps", 2400, "steps of training")
	out := flag.String("out", "runtime/pretrained/opticks", "folder for the model")
	flag.Parse()
	if err := run(*steps, *out); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(steps int, out string) error {
	text := data.Opticks()
	tok := tokenizer.TrainBPE(text, 512, tokenizer.EndOfText)
	set := data.Tokens(tok, text)
	split := set.Split(0.9)
	cfg := nn.GPTConfig{VocabSize: tok.Size(), BlockSize: 128, Layers: 5, Heads: 4, Embed: 128, Dropout: 0.1}
	model, err := nn.NewGPT(cfg, nn.Seed(seed))
	if err != nil {
		return err
	}
	adam := optim.AdamW{LR: 1e-3, Beta2: 0.99, WeightDecay: 0.1}
	how := train.Config{Steps: steps, BatchSize: 16, Optimizer: adam, Schedule: optim.Cosine(1e-3, 1e-4, 100, steps), Clip: 1, Seed: seed, EvalEvery: max(1, steps/15)}
	done, err := train.Fit(context.Background(), model, split, how)
	if err != nil {
		return err
	}
	result, err := train.Evaluate(model, split, how)
	if err != nil {
		return err
	}
	frozen, err := checkpoint.Freeze(model)
	if err != nil {
		return err
	}
	r := record{Command: fmt.Sprintf("go run ./runtime/pretrained/train -steps %d", steps), Made: time.Now().UTC().Format(time.DateOnly),
		Go: runtime.Version(), Machine: model.Device().Info().Model + ", " + model.Device().Info().Detail,
		Corpus: corpus{"Opticks, from the Go installation", fmt.Sprintf("%x", sha256.Sum256([]byte(text))), len(text), set.Len()},
		Model:  model.Config, Parameters: nn.Count(model), Seed: seed, Steps: steps, BatchSize: how.BatchSize, Optimizer: adam,
		Schedule: fmt.Sprintf("cosine from 0.001 to 0.0001 over %d steps, 100 of them to warm up", steps), Clip: how.Clip, Minutes: math.Round(done.Elapsed.Minutes()*10) / 10,
		TrainLoss: done.Loss(), ValidLoss: result.Loss, Perplexity: result.Perplexity, Accuracy: result.Accuracy,
		BitsPerByte: result.Loss * float64(result.Tokens) / math.Ln2 / float64(split.Valid.Bytes()), Root: frozen.Record.Root}
	for _, p := range done.History {
		if !math.IsNaN(p.Valid) {
			r.Validations = append(r.Validations, validation{p.Step, p.Valid})
		}
	}
	fmt.Println(result)
	return write(out, model, tok, r)
}

func write(out string, model *nn.GPT, tok tokenizer.Tokenizer, r record) error {
	if err := checkpoint.Save(out, model, device.BF16, "trained on Opticks"); err != nil {
		return err
	}
	if err := tokenizer.Save(tok, filepath.Join(out, "tokenizer.json")); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "training.json"), append(text, '\n'), 0o666)
}
