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
