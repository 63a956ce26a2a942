package train

import (
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// seen is a batch, and where the random numbers of dropout stood before it: enough to compute its loss again.
type seen struct {
	x, y    *tensor.Tensor
	dropout uint64
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// spoilt is the error about a parameter that is no number, or infinite, since the last step; nil if there is none.
func (t *trainer) spoilt() error {
	for _, p := range t.model.Params() {
		if x := p.Detach(); x.Size() > 0 && !finite(x.Abs().Max().Item()) {
			return fmt.Errorf("parameter %s is not finite since step %d; a smaller learning rate, warm-up or Clip may help", p.Name, t.run.Steps)
		}
	}
	return nil
}

// explain finds out where a loss that is no number comes from: a parameter that an earlier step has spoilt, or the first operation of the
// same forward pass whose result is not a number.
func (t *trainer) explain(s seen, loss float64) error {
	if err := t.spoilt(); err != nil {
		return fmt.Errorf("the loss of step %d is %g: %w", t.run.Steps+1, loss, err)
	}
	if err := t.again([]seen{s}, func(*tensor.Tensor) {}); err != nil {
		return fmt.Errorf("the loss of step %d is %g: %w", t.run.Steps+1, loss, err)
	}
	return fmt.Errorf("the loss of step %d is %g", t.run.Steps+1, loss)
}

// explainGradients finds out where gradients that are no numbers come from: the first operation of the step's passes, backward ones included, whose result is not a
// number. The parameters are still what they were.
func (t *trainer) explainGradients(norm float64) error {
	if err := t.again(t.seen, (*tensor.Tensor).Backward); err != nil {
		return fmt.Errorf("the gradients of step %d have a norm of %g: %w", t.run.Steps+1, norm, err)
	}
	return fmt.Errorf("the gradients of step %d have a norm of %g", t.run.Steps+1, norm)
}

// again computes losses once more, operation by operation and with a search for NaN, and hands each to f. The error names what made the first NaN.
func (t *trainer) again(batches []seen, f func(loss *tensor.Tensor)) error {
	if gpt, ok := t.model.(*nn.GPT); ok {
		gpt.Stepwise(true)
		defer gpt.Stepwise(false)
	}
	defer tensor.CheckNaN(tensor.CheckNaN(true))
	for _, s := range batches {
		restoreDropout(t.model, s.dropout)
		if err := tensor.Try(func() { f(t.model.Loss(s.x, s.y)) }); err != nil {
			return err
		}
	}
	return nil
}

// dropper is a model with random numbers of its own.
type dropper interface{ Generator() *tensor.Generator }

// dropoutState is where a model's random numbers stand.
func dropoutState(m Model) uint64 {
	if d, ok := m.(dropper); ok {
		return d.Generator().State()
	}
	return 0
}

func restoreDropout(m Model, state uint64) {
	if d, ok := m.(dropper); ok {
		d.Generator().Restore(state)
	}
}
