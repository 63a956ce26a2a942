// Package train teaches models: data, loss, gradients, a step of the optimiser, again and again.
//
//	run, err := train.Fit(ctx, model, data.Tokens(tok, text).Split(0.9), train.Config{
//		Steps: 2000, BatchSize: 12, Optimizer: optim.AdamW{LR: 3e-4}, EvalEvery: 200,
//	})
//
// [Fit] is the loop that one would write by hand, and gives the same numbers; it also reports how training goes, keeps checkpoints from
// which it can go on as if it had never stopped, and stops cleanly when the context ends or an interrupt comes.
package train

import (
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// Model is what can be trained: *[nn.GPT], *[nn.MLP], or a type of one's own. One with dropout also has the methods Training, as they do, so that
// an evaluation leaves it as it was, and Generator, so that training goes on from a checkpoint with the same random numbers.
type Model interface {
	nn.Module
	// Loss is the mean loss of a batch.
	Loss(x, y *tensor.Tensor) *tensor.Tensor
	// Train turns dropout, and whatever else is only for training, on or off.
	Train(on bool)
}

// Data is what a model is trained on and judged by: a [data.Split], or a type of one's own.
type Data interface {
	// Training begins the batches to train on, which never end. The same seed gives the same batches.
	Training(b data.Batching) (data.Batches, error)
	// Validation are the batches to judge by, the same ones each time; none if nothing was set aside.
	Validation(b data.Batching) ([]data.Batch, error)
}

// Tensors are what a model takes of a batch: tokens (i32) [rows, cols] with the tokens to predict, or numbers (f32) [rows, cols] with classes (i32) or
// values (f32) [rows].
func Tensors(b data.Batch) (x, y *tensor.Tensor) {
	if b.X != nil {
		return tensor.New(b.X, b.Rows, b.Cols), tensor.New(b.Y, b.Rows, b.Cols)
	}
	x = tensor.New(b.Features, b.Rows, b.Cols)
	if b.Values != nil {
		return x, tensor.New(b.Values)
	}
	return x, tensor.New(b.Y)
}
