package train

import (
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// explain finds out where a loss that is no number comes from: a parameter that an earlier step has spoilt, or the first operation of the
// same forward pass whose result is not a number.
func (t *trainer) explain(x, y *tensor.Tensor, dropout uint64, loss float64) error {
	for _, p := range t.model.Params() {
		if sum := p.Detach().Sum().Item(); math.IsNaN(sum) || math.IsInf(sum, 0) {
			return fmt.Errorf("the loss of step %d is %g: parameter %s is not finite since step %d; a smaller learning rate, warm-up or Clip may help",
				t.run.Steps+1, loss, p.Name, t.run.Steps)
		}
	}
	if gpt, ok := t.model.(*nn.GPT); ok {
		gpt.Stepwise(true)
		defer gpt.Stepwise(false)
	}
	restoreDropout(t.model, dropout)
	defer tensor.CheckNaN(tensor.CheckNaN(true))
	if err := tensor.Try(func() { t.model.Loss(x, y) }); err != nil {
		return fmt.Errorf("the loss of step %d is %g: %w", t.run.Steps+1, loss, err)
	}
	return fmt.Errorf("the loss of step %d is %g", t.run.Steps+1, loss)
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
