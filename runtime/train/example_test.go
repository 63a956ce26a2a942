package train_test

import (
	"context"
	"fmt"
	"os"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
	"github.com/resident-go/resident/runtime/train"
)

// A perceptron learns to tell two half moons apart, and is judged by points that it has not seen.
func Example() {
	m, err := nn.NewMLP([]int{2, 16, 2}, nn.Seed(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	points := data.Moons(400, 0.1, 1).Split(0.8, 1)
	cfg := train.Config{Steps: 300, BatchSize: 32, Optimizer: optim.AdamW{LR: 0.02}, Quiet: true}
	run, err := train.Fit(context.Background(), m, points, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := train.Evaluate(m, points, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Steps, "steps,", run.Params, "parameters")
	fmt.Println("better than at the beginning:", run.Loss() < run.History[0].Loss)
	fmt.Println("more than 95 % right:", e.Accuracy > 0.95)
	// Output:
	// 300 steps, 82 parameters
	// better than at the beginning: true
	// more than 95 % right: true
}

// With a folder for checkpoints, training that has stopped goes on as if it had not.
func ExampleFit_checkpoint() {
	folder, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	points := data.Moons(400, 0.1, 1).Split(0.8, 1)
	var last []byte
	for _, steps := range []int{50, 100} { // the second time it begins at step 51
		m, err := nn.NewMLP([]int{2, 16, 2}, nn.Seed(1))
		if err != nil {
			fmt.Println(err)
			return
		}
		run, err := train.Fit(context.Background(), m, points, train.Config{Steps: steps, Checkpoint: folder, Quiet: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(run.Steps, "steps, a history of", len(run.History))
		last = m.Params()[0].Bytes()
	}
	whole, err := nn.NewMLP([]int{2, 16, 2}, nn.Seed(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := train.Fit(context.Background(), whole, points, train.Config{Steps: 100, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the same bits:", string(last) == string(whole.Params()[0].Bytes()))
	// Output:
	// 50 steps, a history of 50
	// 100 steps, a history of 100
	// the same bits: true
}

// classifier is a model of one's own: layers in exported fields, and what Fit asks of a model.
type classifier struct{ Hidden, Out *nn.Linear }

func (c *classifier) Params() []nn.Param { return nn.Params(c) }

func (c *classifier) Train(bool) {} // it is the same in training

func (c *classifier) Logits(x *tensor.Tensor) *tensor.Tensor {
	return c.Out.Forward(c.Hidden.Forward(x).Tanh())
}

func (c *classifier) Loss(x, y *tensor.Tensor) *tensor.Tensor { return c.Logits(x).CrossEntropy(y) }

// A model of one's own is trained and judged like those of package nn. Logits are for the accuracy.
func ExampleModel() {
	hidden, err := nn.NewLinear(2, 16, nn.Seed(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := nn.NewLinear(16, 2, nn.Seed(2))
	if err != nil {
		fmt.Println(err)
		return
	}
	points := data.Moons(400, 0.1, 1).Split(0.8, 1)
	cfg := train.Config{Steps: 300, BatchSize: 32, Optimizer: optim.AdamW{LR: 0.02}, Quiet: true}
	m := &classifier{hidden, out}
	run, err := train.Fit(context.Background(), m, points, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := train.Evaluate(m, points, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Params, "parameters, the first of them", m.Params()[0])
	fmt.Println("more than 95 % right:", e.Accuracy > 0.95)
	// Output:
	// 82 parameters, the first of them hidden.weight f32[16 2]
	// more than 95 % right: true
}
