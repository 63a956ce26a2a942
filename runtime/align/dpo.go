package align

import (
	"errors"
	"fmt"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
	"github.com/resident-go/resident/runtime/train"
)

// DPO is direct preference optimisation (arXiv:2305.18290) as something that [train.Fit] trains: Model learns to prefer what was chosen to what was rejected, more than
// Reference does. Reference does not change, and holds the model to what it was: often it is what Model was adapted from (see [nn.LoRA]).
//
// It is trained on a [data.PreferenceSet], and needs a BlockSize in the configuration.
type DPO struct {
	Model     *nn.GPT
	Reference *nn.GPT
	Beta      float64 // how closely the reference is kept to: the higher, the closer. 0 is 0.1

	// Anchor is the weight of a second loss, the cross-entropy of what was chosen, in nats per token. The first one alone is also content with a model for which
	// the chosen completions become less probable, too, as long as the rejected ones do so faster; what it says then is often neither
	// (arXiv:2404.19733; Llama 3, arXiv:2407.21783, section 4.1.4, has 0.2).
	Anchor float64
}

// Params implements [nn.Module].
func (d *DPO) Params() []nn.Param { return d.Model.Params() }

// Train turns dropout and gradients of the model on or off.
func (d *DPO) Train(on bool) { d.Model.Train(on) }

// Training reports whether they are on.
func (d *DPO) Training() bool { return d.Model.Training() }

// Generator makes the random numbers of the model's dropout.
func (d *DPO) Generator() *tensor.Generator { return d.Model.Generator() }

// Loss is the mean of -log σ(Beta·margin) over the preferences of a batch, and the mean of Anchor times the loss of the chosen completions: ids and
// targets are i32 [2·preferences, t], each chosen completion above the rejected one.
func (d *DPO) Loss(ids, targets *tensor.Tensor) *tensor.Tensor {
	beta := d.Beta
	if beta == 0 {
		beta = 0.1
	}
	own := d.own(ids, targets)
	loss := d.margins(own, ids, targets).Scale(-beta).Softplus().Mean()
	if d.Anchor == 0 {
		return loss
	}
	chosen := targets.On(d.Model.Device()).Reshape(-1, 2, targets.Dim(1)).Index(1, 0)
	tokens := chosen.Ge(chosen.ZerosLike()).To(own.DType()).Sum(-1)
	return loss.Sub(own.Reshape(-1, 2).Index(1, 0).Div(tokens).Mean().Scale(d.Anchor))
}

// own are the model's logProbs.
func (d *DPO) own(ids, targets *tensor.Tensor) *tensor.Tensor {
	if ids.Rank() != 2 || ids.Dim(0)%2 != 0 {
		panic(&tensor.Error{Op: "dpo loss", Err: fmt.Errorf("want two rows for each preference, got %s", ids.View())})
	}
	return logProbs(d.Model, ids, targets)
}

// margins [preferences] say by how much more the model, whose logProbs are given, prefers what was chosen than the reference does, in nats.
func (d *DPO) margins(own, ids, targets *tensor.Tensor) *tensor.Tensor {
	training := d.Reference.Training()
	d.Reference.Train(false)
	defer d.Reference.Train(training)
	gain := own.Sub(logProbs(d.Reference, ids, targets).Detach()).Reshape(-1, 2)
	return gain.Index(1, 0).Sub(gain.Index(1, 1))
}

// logProbs [rows] are the logarithms of the probabilities of all targets of a row together.
func logProbs(m *nn.GPT, ids, targets *tensor.Tensor) *tensor.Tensor {
	targets = targets.On(m.Device())
	counts := targets.Ge(targets.ZerosLike())
	picked := m.Logits(ids).LogSoftmax(-1).Pick(targets.Maximum(targets.ZerosLike()))
	return picked.Mul(counts.To(picked.DType())).Sum(-1)
}

// Measurement says what a model prefers.
type Measurement struct {
	Preferences int
	Agreement   float64 // share of the preferences for which the chosen completion is more probable than the rejected one
	Reference   float64 // the same of the reference
	Margin      float64 // the mean margin, in nats: by how much more the model prefers the chosen one than the reference does
}

func (m Measurement) String() string {
	return fmt.Sprintf("prefers the chosen one in %.0f %% of %d cases, the reference in %.0f %%; margin %.2f nats", 100*m.Agreement, m.Preferences, 100*m.Reference, m.Margin)
}

// Measure judges a model by preferences, in batches of so many and rows of so many tokens. It changes nothing.
func (d *DPO) Measure(set *data.PreferenceSet, batch, block int) (m Measurement, err error) {
	batches, err := set.Pass(data.Batching{Size: batch, Block: block})
	if err == nil && len(batches) == 0 {
		err = errors.New("no preferences")
	}
	if err != nil {
		return m, fmt.Errorf("measure preferences: %w", err)
	}
	training := d.Training()
	d.Train(false)
	defer d.Train(training)
	err = tensor.Try(func() {
		for _, b := range batches {
			ids, targets := train.Tensors(b)
			m.add(d.margins(d.own(ids, targets), ids, targets), preferred(d.Model, ids, targets), preferred(d.Reference, ids, targets))
		}
	})
	if err != nil {
		return m, fmt.Errorf("measure preferences: %w", err)
	}
	n := float64(m.Preferences)
	m.Agreement, m.Reference, m.Margin = m.Agreement/n, m.Reference/n, m.Margin/n
	return m, nil
}

// preferred is the number of preferences that a model shares.
func preferred(m *nn.GPT, ids, targets *tensor.Tensor) int {
	p := logProbs(m, ids, targets).Detach().Reshape(-1, 2)
	return p.Index(1, 0).Gt(p.Index(1, 1)).CountNonZero()
}

func (m *Measurement) add(margins *tensor.Tensor, model, reference int) {
	m.Preferences += margins.Size()
	m.Margin += margins.Sum().Item()
	m.Agreement += float64(model)
	m.Reference += float64(reference)
}
