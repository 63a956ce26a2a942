package checkpoint

import (
	"fmt"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
)

// Frozen is a model whose parameters cannot be changed any more, and the record of what they were at that moment.
type Frozen struct {
	Model  nn.Module
	Record Record
}

// Freeze makes a model's memory read-only, for good, and records a digest of every parameter. From then on optimisers refuse the model, and so does
// everything else that would write to its tensors; [Verify] proves that nothing did. A model with dropout is set to work without it.
func Freeze(m nn.Module) (*Frozen, error) {
	for _, p := range m.Params() {
		p.Untrack()
		p.SetGrad(nil)
		p.Freeze()
	}
	if t, ok := m.(interface{ Train(bool) }); ok {
		t.Train(false)
	}
	r, err := NewRecord(stored(m), time.Now(), fmt.Sprintf("%T", m))
	if err != nil {
		return nil, fmt.Errorf("freeze: %w", err)
	}
	return &Frozen{m, r}, nil
}

// stored are a model's parameters as files hold them.
func stored(m nn.Module) (tensors []safetensors.Tensor) {
	for _, p := range m.Params() {
		tensors = append(tensors, Stored(p.Name, p.Tensor))
	}
	return tensors
}

// Params implements [nn.Module].
func (f *Frozen) Params() []nn.Param { return f.Model.Params() }

// Decoder prepares the model for inference, if it is one that can generate.
func (f *Frozen) Decoder(weights device.DType) (*nn.Decoder, error) {
	m, ok := f.Model.(interface {
		Decoder(device.DType) (*nn.Decoder, error)
	})
	if !ok {
		return nil, fmt.Errorf("decoder: %T cannot generate", f.Model)
	}
	return m.Decoder(weights)
}

// String says what was frozen.
func (f *Frozen) String() string { return "frozen: " + f.Record.String() }

// Proof is the answer to whether a frozen model is still the same.
type Proof struct {
	Before, Now Record
	Difference  Difference
}

// Verify digests a frozen model's parameters once more.
func Verify(f *Frozen) (Proof, error) {
	now, err := NewRecord(stored(f.Model), time.Now(), f.Record.Description)
	if err != nil {
		return Proof{}, fmt.Errorf("verify: %w", err)
	}
	return Proof{f.Record, now, Diff(f.Record, now)}, nil
}

// Same reports whether not a bit has changed.
func (p Proof) Same() bool { return p.Difference.Same() && p.Before.Root == p.Now.Root }

func (p Proof) String() string {
	if p.Same() {
		return fmt.Sprintf("unchanged since %s: %d tensors, root %s", p.Before.Made.Format(time.TimeOnly), len(p.Before.Tensors), p.Before.Root.Short())
	}
	return fmt.Sprintf("root %s became %s: %s", p.Before.Root.Short(), p.Now.Root.Short(), p.Difference)
}
