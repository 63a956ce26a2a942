package train

import (
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
)

// TestMLP checks that a perceptron learns to tell spirals apart, and to predict a value.
func TestMLP(t *testing.T) {
	m, err := nn.NewMLP([]int{2, 32, 32, 2}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Steps: 1500, BatchSize: 64, Optimizer: optim.AdamW{LR: 0.01}, Quiet: true}
	split := data.Spirals(600, 2, 0.02, 1).Split(0.8, 1)
	if _, err := Fit(t.Context(), m, split, cfg); err != nil {
		t.Fatal(err)
	}
	e, err := Evaluate(m, split, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if e.Accuracy < 0.97 || e.Tokens != 120 {
		t.Errorf("%v", e)
	}
}

// TestRegression checks that values are learned, too: the sum of two numbers.
func TestRegression(t *testing.T) {
	table := &data.Table{Columns: []string{"a", "b"}, Target: "sum"}
	for i := range 100 {
		a, b := float32(i%10)/10, float32(i/10)/10
		table.X, table.Y = append(table.X, a, b), append(table.Y, a+b)
	}
	m, err := nn.NewMLP([]int{2, 16, 1}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Steps: 800, BatchSize: 20, Optimizer: optim.AdamW{LR: 0.01}, Quiet: true}
	run, err := Fit(t.Context(), m, table.Split(0.8, 1), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if v := run.Valid(); v > 1e-3 {
		t.Errorf("the mean squared error is %g", v)
	}
}

func dropoutMLP(t *testing.T) *nn.MLP {
	t.Helper()
	m, err := nn.NewMLP([]int{2, 8, 2}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	m.Dropout = 0.5
	return m
}

// TestMLPResumes checks that training in two parts gives the same bits as in one, with the same numbers dropped.
func TestMLPResumes(t *testing.T) {
	split := data.Spirals(100, 2, 0.02, 1).Split(0.8, 1)
	fit := func(m *nn.MLP, steps int, folder string) {
		t.Helper()
		if _, err := Fit(t.Context(), m, split, Config{Steps: steps, Checkpoint: folder, Quiet: true}); err != nil {
			t.Fatal(err)
		}
	}
	whole, first, second := dropoutMLP(t), dropoutMLP(t), dropoutMLP(t)
	folder := t.TempDir()
	fit(whole, 10, "")
	fit(first, 5, folder)
	fit(second, 10, folder)
	sameBits(t, whole, second)
}

// TestEvaluateKeepsMode checks that a model that works without dropout does so after an evaluation.
func TestEvaluateKeepsMode(t *testing.T) {
	split := data.Spirals(100, 2, 0.02, 1).Split(0.8, 1)
	m := dropoutMLP(t)
	for _, on := range []bool{false, true} {
		m.Train(on)
		if _, err := Evaluate(m, split, Config{}); err != nil {
			t.Fatal(err)
		}
		if m.Training() != on {
			t.Errorf("training is %v, before it was %v", m.Training(), on)
		}
	}
}
