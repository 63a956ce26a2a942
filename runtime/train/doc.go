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
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// Model is what can be trained: *[nn.GPT], *[nn.MLP], or a type of one's own.
type Model interface {
	nn.Module
	// Loss is the mean loss of a batch.
	Loss(x, y *tensor.Tensor) *tensor.Tensor
	// Train turns dropout, and whatever else is only for training, on or off.
	Train(on bool)
}

// Data is what a model is trained on and judged by.
type Data interface {
	// Training begins the batches to train on, which never end. The same seed gives the same batches.
	Training(b Batching) (Batches, error)
	// Validation are the batches to judge by, the same ones each time; none if nothing was set aside.
	Validation(b Batching) ([]Batch, error)
}

// Batching says how examples are put together.
type Batching struct {
	Size  int // examples in a batch
	Block int // tokens in an example of text
	Seed  uint64
	Limit int // of validation, in batches; 0 is all there are
}

// Batch is examples with what is to be predicted.
type Batch struct {
	X, Y *tensor.Tensor
}

// Batches is an endless sequence.
type Batches interface {
	Next() Batch
	// State is where the sequence stands, and Restore goes there.
	State() []byte
	Restore(state []byte) error
}
