package train

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// edge is a model whose loss is a number at the edge of where its gradient is one.
type edge struct {
	w    *tensor.Tensor
	loss func(w *tensor.Tensor) *tensor.Tensor
}

func (e edge) Params() []nn.Param                      { return []nn.Param{{Name: "w", Tensor: e.w}} }
func (edge) Train(bool)                                {}
func (e edge) Loss(_, _ *tensor.Tensor) *tensor.Tensor { return e.loss(e.w) }

// unjudged is data of which nothing is set aside.
type unjudged struct{ squares }

func (unjudged) Validation(data.Batching) ([]data.Batch, error) { return nil, nil }

// TestSpoilt: a step that leaves parameters that are no numbers is an error, also where no other loss comes after it. Where the norm of the gradients is known, the
// error comes before the step, and names what made them.
func TestSpoilt(t *testing.T) {
	infinite := func(w *tensor.Tensor) *tensor.Tensor { return w.Sqrt().Sum() }
	none := func(w *tensor.Tensor) *tensor.Tensor { return w.Sqrt().Scale(0).Sum() }
	const help = "; a smaller learning rate, warm-up or Clip may help"
	for _, row := range []struct {
		name  string
		loss  func(w *tensor.Tensor) *tensor.Tensor
		d     Data
		clip  float64
		parts int // batches in a step
		want  string
	}{
		{"infinite", infinite, unjudged{}, 0, 1, "train: parameter w is not finite since step 1" + help},
		{"none", none, unjudged{}, 0, 1, "train: parameter w is not finite since step 1" + help},
		{"noticed in validation", none, squares{vocab: 13}, 0, 1, "train: the validation loss after step 1 is NaN: parameter w is not finite since step 1" + help},
		{"infinite, clipped", infinite, unjudged{}, 1, 1, "train: the gradients of step 1 have a norm of +Inf"},
		{"none, clipped", none, unjudged{}, 1, 1, "train: the gradients of step 1 have a norm of NaN: tensor: gradient of sqrt: div: the result f32[2] has a NaN, the operands have none"},
		{"accumulated, clipped", none, unjudged{}, 1, 3, "train: the gradients of step 1 have a norm of NaN: tensor: gradient of sqrt: div: the result f32[2] has a NaN, the operands have none"},
	} {
		m := edge{tensor.Zeros(2).Track(), row.loss}
		if u, ok := row.d.(unjudged); ok {
			u.vocab = 13
			row.d = u
		}
		cfg := Config{Steps: 1, BlockSize: 2, Accumulate: row.parts, Optimizer: optim.SGD{LR: 1}, Clip: row.clip, Quiet: true, Checkpoint: t.TempDir()}
		if _, err := Fit(t.Context(), m, row.d, cfg); err == nil || err.Error() != row.want {
			t.Errorf("%s: error %v, want %s", row.name, err, row.want)
		}
		if _, err := os.Stat(filepath.Join(cfg.Checkpoint, stateFile)); err == nil {
			t.Errorf("%s: a checkpoint was kept", row.name)
		}
		if row.clip > 0 && m.w.At(0) != 0 {
			t.Errorf("%s: the parameters became %v", row.name, m.w)
		}
	}
}

// TestCheckpointsOfOthers: what a file claims is an error where it makes no sense.
func TestCheckpointsOfOthers(t *testing.T) {
	cfg := quick
	cfg.Checkpoint, cfg.Steps = t.TempDir(), 2
	mustFit(t, newGPT(t, 0), cfg)
	path := filepath.Join(cfg.Checkpoint, stateFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		change func(s *state, tensors []safetensors.Tensor) []safetensors.Tensor
		want   string
	}{
		{"a tensor of nobody", func(_ *state, all []safetensors.Tensor) []safetensors.Tensor {
			return append(all, safetensors.Tensor{Name: "optim/nobody/m", DType: safetensors.F32, Shape: []int{0, 1 << 62}})
		}, "shape [0 4611686018427387904] has too many elements"},
		{"a step before the first", func(s *state, all []safetensors.Tensor) []safetensors.Tensor { s.OptimStep = -7; return all }, "restore the optimizer: the state has made -7 steps"},
		{"a way uphill", func(s *state, all []safetensors.Tensor) []safetensors.Tensor { s.LR = -1; return all }, "restore the optimizer: LR is -1, want 0 or more"},
	} {
		if err := os.WriteFile(path, good, 0o666); err != nil {
			t.Fatal(err)
		}
		file, err := safetensors.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var s state
		if err := json.Unmarshal([]byte(file.Metadata()[stateKey]), &s); err != nil {
			t.Fatal(err)
		}
		tensors := row.change(&s, file.Tensors())
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := safetensors.WriteFile(path, tensors, map[string]string{stateKey: string(text)}); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		m := newGPT(t, 0)
		before := m.Params()[0].Bytes()
		if _, err := Fit(t.Context(), m, squares{vocab: 13}, cfg); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want %s", row.name, err, row.want)
		}
		if string(before) != string(m.Params()[0].Bytes()) {
			t.Errorf("%s: the model was changed", row.name)
		}
	}
}

// TestEvaluateValues: of values there are no probabilities, and none of them is right or wrong.
func TestEvaluateValues(t *testing.T) {
	table := &data.Table{Columns: []string{"a"}, Target: "b", X: []float32{0, 1, 2, 3}, Y: []float32{0, 0, 0, 0}}
	m, err := nn.NewMLP([]int{1, 1}, nn.Blank())
	if err != nil {
		t.Fatal(err)
	}
	m.Params()[1].AssignFill(0.5)
	e, err := Evaluate(m, table.Split(0, 1), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Loss != 0.25 || e.Tokens != 4 || !math.IsNaN(e.Accuracy) || !math.IsNaN(e.Perplexity) {
		t.Errorf("%+v", e)
	}
	if got, want := e.String(), "mean squared error 0.25 over 4 values"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestNowhereToKeep: that checkpoints cannot be kept is said before the first step, not after the last.
func TestNowhereToKeep(t *testing.T) {
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("no folder that nobody can write to")
	}
	cfg := quick
	cfg.Checkpoint = "/proc"
	d := squares{vocab: 13, after: func(step int) { t.Errorf("step %d was begun", step) }}
	if _, err := Fit(t.Context(), newGPT(t, 0), d, cfg); err == nil || !strings.HasPrefix(err.Error(), "train: keep a checkpoint: ") {
		t.Errorf("error %v", err)
	}
}
