package train

import (
	"encoding/json"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

func TestPointJSON(t *testing.T) {
	for _, p := range []Point{{Step: 3, Loss: 1.5, Valid: math.NaN(), LR: 0.1}, {Step: 4, Valid: 2}} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var q Point
		if err := json.Unmarshal(text, &q); err != nil || q.Step != p.Step || q.Loss != p.Loss || math.IsNaN(q.Valid) != math.IsNaN(p.Valid) {
			t.Errorf("%s became %+v, %v", text, q, err)
		}
	}
}

// TestHistoryKept: a checkpoint keeps every number of the history, and its header does not grow with it.
func TestHistoryKept(t *testing.T) {
	cfg := quick
	cfg.Checkpoint = t.TempDir()
	path := filepath.Join(cfg.Checkpoint, stateFile)
	header := map[int]int{}
	for _, steps := range []int{1, 1000} {
		tr, err := newTrainer(newGPT(t, 0), squares{vocab: 13}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		tr.run.History = nil
		for i := range steps {
			tr.run.History = append(tr.run.History, Point{i + 1, 1 / float64(i+3), math.Inf(1), 0.1, math.Inf(1), time.Hour + time.Duration(i)})
		}
		if err := tr.keep(); err != nil {
			t.Fatal(err)
		}
		file, err := safetensors.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		header[steps] = len(file.Metadata()[stateKey])
		got, err := readHistory(file)
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil || len(got) != steps {
			t.Fatalf("%d steps of %d, %v", len(got), steps, err)
		}
		for i, p := range got {
			if p != tr.run.History[i] {
				t.Errorf("step %d: %+v, want %+v", i+1, p, tr.run.History[i])
			}
		}
	}
	if header[1000] > header[1] {
		t.Errorf("the header says %d bytes about a training of 1000 steps, %d about one of 1", header[1000], header[1])
	}
}

// wide is a model in float64: a table of scores for each next token.
type wide struct{ table *tensor.Tensor }

func (w wide) Params() []nn.Param { return []nn.Param{{Name: "table", Tensor: w.table, Decay: true}} }
func (wide) Train(bool)           {}

func (w wide) Loss(x, y *tensor.Tensor) *tensor.Tensor { return w.table.Rows(x).CrossEntropy(y) }

// TestWideResumes: what the optimizer keeps in float64 comes back in float64.
func TestWideResumes(t *testing.T) {
	model := func() wide { return wide{tensor.Seed(1).Normal(13, 13).To(device.F64).Track()} }
	cfg := quick
	cfg.BlockSize = 8
	whole, parts := model(), model()
	cfg.Steps = 10
	mustFit(t, whole, cfg)
	cfg.Checkpoint, cfg.Steps = t.TempDir(), 5
	mustFit(t, parts, cfg)
	cfg.Steps = 10
	parts = model()
	mustFit(t, parts, cfg)
	sameBits(t, whole, parts)
}
