package train

import (
	"errors"
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/tensor"
)

// Evaluation is how good a model's predictions are.
type Evaluation struct {
	Loss       float64 // mean cross-entropy in nats per token, or per row of a table with classes; of one with values the mean squared error
	Perplexity float64 // e^Loss: as if it chose between so many tokens that are equally likely; NaN of values
	Accuracy   float64 // share of the tokens that the model finds most probable; NaN for models without Logits, and of values
	Tokens     int     // that were predicted; rows of a table
}

func (e Evaluation) String() string {
	if math.IsNaN(e.Perplexity) && !math.IsNaN(e.Loss) {
		return fmt.Sprintf("mean squared error %.4g over %d values", e.Loss, e.Tokens)
	}
	s := fmt.Sprintf("loss %.4f, perplexity %.2f", e.Loss, e.Perplexity)
	if !math.IsNaN(e.Accuracy) {
		s += fmt.Sprintf(", accuracy %.1f %%", 100*e.Accuracy)
	}
	return s + fmt.Sprintf(" over %d tokens", e.Tokens)
}

// Evaluate judges a model by what was set aside for validation. It does not change the model.
func Evaluate(model Model, d Data, cfg Config) (e Evaluation, err error) {
	cfg.Steps = max(cfg.Steps, 1)
	if cfg, err = cfg.complete(model); err != nil {
		return e, fmt.Errorf("evaluate: %w", err)
	}
	batches, err := d.Validation(cfg.batching())
	if err == nil && len(batches) == 0 {
		err = errors.New("nothing was set aside for validation")
	}
	if err != nil {
		return e, fmt.Errorf("evaluate: %w", err)
	}
	training := isTraining(model)
	model.Train(false)
	defer model.Train(training)
	if err := tensor.Try(func() { e = evaluate(model, batches) }); err != nil {
		return e, fmt.Errorf("evaluate: %w", err)
	}
	return e, nil
}

func evaluate(model Model, batches []data.Batch) Evaluation {
	e := Evaluation{Loss: meanLoss(model, batches), Accuracy: math.NaN()}
	e.Perplexity = math.Exp(e.Loss)
	for _, b := range batches {
		e.Tokens += b.Targets()
		if b.Values != nil { // which are not chosen from others
			e.Perplexity = math.NaN()
		}
	}
	if math.IsNaN(e.Perplexity) {
		return e
	}
	type scorer interface {
		Logits(x *tensor.Tensor) *tensor.Tensor
	}
	if m, ok := model.(scorer); ok {
		right := 0.0
		for _, b := range batches {
			x, y := Tensors(b)
			best := m.Logits(x).Detach().ArgMax(-1).On(y.Device())
			right += best.Eq(y).Sum().Item()
		}
		e.Accuracy = right / float64(e.Tokens)
	}
	return e
}

// meanLoss is the mean over all targets that count.
func meanLoss(model Model, batches []data.Batch) float64 {
	sum, n := 0.0, 0
	for _, b := range batches {
		x, y := Tensors(b)
		sum += model.Loss(x, y).Item() * float64(b.Targets())
		n += b.Targets()
	}
	return sum / float64(max(n, 1))
}

func isTraining(m Model) bool {
	t, ok := m.(interface{ Training() bool })
	return !ok || t.Training()
}
