package nn

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/resident-go/resident/runtime/tensor"
)

// LoRA says how a model is adapted by products of low rank (arXiv:2106.09685): a matrix W [out, in] acts as W + Alpha/Rank·B·A, and only A [rank, in] and
// B [out, rank] are trained.
type LoRA struct {
	Rank    int
	Alpha   float64  // 0 is the rank: the product counts as it is
	Targets []string // which matrices of each layer: "attn.qkv", "attn.out", "mlp.gate", "mlp.up", "mlp.down"; none named are all
	Seed    uint64   // of A, which begins uniformly between ±1/√in; B begins as zeros, so that nothing has changed yet
}

// lowRank is what is added to a matrix: scale·b·a.
type lowRank struct {
	a, b  *tensor.Tensor
	scale float64
}

// The ends of the names of adapters' parameters: layers.0.attn.qkv.lora_a, and so on.
const (
	loraA = ".lora_a"
	loraB = ".lora_b"
)

// Adapt returns the model with new adapters, which are all that can be trained of it. It shares the weights of m, which may be frozen and have other
// adaptations: they stay as they are.
func (m *GPT) Adapt(how LoRA) (*GPT, error) {
	targets, err := m.check(&how)
	if err != nil {
		return nil, fmt.Errorf("adapt a GPT: %w", err)
	}
	var specs []spec
	for _, t := range targets {
		out, in := t.Dim(0), t.Dim(1)
		if how.Rank > min(out, in) {
			return nil, fmt.Errorf("adapt a GPT: the rank is %d, and %s is %v: a higher rank than its own adds nothing", how.Rank, t.Name, t.Shape())
		}
		name := strings.TrimSuffix(t.Name, ".weight")
		specs = append(specs, spec{name + loraA, []int{how.Rank, in}, true, uniform(1 / math.Sqrt(float64(in)))}, spec{name + loraB, []int{out, how.Rank}, true, zeros})
	}
	return m.with(how, specs)
}

// Attach is Adapt with adapters that exist: for some matrices, named like "layers.0.attn.qkv", A [r, in] and B [out, r]. The rank r of each is its own; what
// is added is Alpha/Rank·B·A for all. Their numbers are copied.
func (m *GPT) Attach(how LoRA, adapters map[string][2]*tensor.Tensor) (*GPT, error) {
	targets, err := m.check(&how)
	if err != nil {
		return nil, fmt.Errorf("attach adapters: %w", err)
	}
	var specs []spec
	given := func(t *tensor.Tensor) func(*tensor.Generator, []int) *tensor.Tensor {
		return func(*tensor.Generator, []int) *tensor.Tensor { return t.Detach() }
	}
	for _, t := range targets {
		name := strings.TrimSuffix(t.Name, ".weight")
		low, found := adapters[name]
		if !found {
			continue
		}
		a, b := low[0], low[1]
		if a.Rank() != 2 || b.Rank() != 2 || a.Dim(0) != b.Dim(1) || a.Dim(1) != t.Dim(1) || b.Dim(0) != t.Dim(0) {
			return nil, fmt.Errorf("attach adapters: %s has A %v and B %v, want [r %d] and [%d r]", name, a.Shape(), b.Shape(), t.Dim(1), t.Dim(0))
		}
		specs = append(specs, spec{name + loraA, a.Shape(), true, given(a)}, spec{name + loraB, b.Shape(), true, given(b)})
	}
	if len(specs) != 2*len(adapters) {
		return nil, fmt.Errorf("attach adapters: %d of %d are of no matrix among %s: %s", len(adapters)-len(specs)/2, len(adapters), strings.Join(how.Targets, ", "),
			strings.Join(slices.Sorted(maps.Keys(adapters)), ", "))
	}
	return m.with(how, specs)
}

// with is the model with adapters.
func (m *GPT) with(how LoRA, specs []spec) (*GPT, error) {
	c := &GPT{Config: m.Config, mixed: m.mixed, lora: &how, gen: tensor.Seed(how.Seed)}
	for _, p := range m.params {
		p.Tensor = p.Detach()
		c.params = append(c.params, p)
	}
	err := tensor.Try(func() {
		c.params = append(c.params, allocate(specs, &options{gen: c.gen, dev: m.Device()})...)
		c.wire()
	})
	if err != nil {
		return nil, fmt.Errorf("adapt a GPT: %w", err)
	}
	return c, nil
}

// check completes how a model is to be adapted, and finds the matrices.
func (m *GPT) check(how *LoRA) (targets []Param, err error) {
	if m.lora != nil {
		return nil, fmt.Errorf("it is adapted already: adapt what it was made from, or what Merge returns")
	}
	if how.Rank < 1 {
		return nil, fmt.Errorf("the rank is %d, want at least 1", how.Rank)
	}
	if how.Alpha == 0 {
		how.Alpha = float64(how.Rank)
	}
	matrices := m.matrices()
	how.Targets = slices.Clone(how.Targets)
	for _, name := range how.Targets {
		if !slices.Contains(matrices, name) {
			return nil, fmt.Errorf("it has no matrices %q, want some of %s", name, strings.Join(matrices, ", "))
		}
	}
	if len(how.Targets) == 0 {
		how.Targets = matrices
	}
	for _, p := range m.params {
		if _, name, ok := cutLayer(p.Name); ok && slices.Contains(how.Targets, strings.TrimSuffix(name, ".weight")) && p.Rank() == 2 {
			targets = append(targets, p)
		}
	}
	return targets, nil
}

// matrices are the names of a layer's.
func (m *GPT) matrices() []string {
	names := []string{"attn.qkv", "attn.out"}
	if m.Config.gated() {
		names = append(names, "mlp.gate")
	}
	return append(names, "mlp.up", "mlp.down")
}

// cutLayer takes "layers.3.attn.qkv.weight" apart.
func cutLayer(name string) (layer, rest string, ok bool) {
	rest, ok = strings.CutPrefix(name, "layers.")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ".")
}

// Adaptation says how the model is adapted; false if it is not.
func (m *GPT) Adaptation() (how LoRA, adapted bool) {
	if m.lora == nil {
		return LoRA{}, false
	}
	how = *m.lora
	how.Targets = slices.Clone(how.Targets)
	return how, true
}

// Merge returns a model of its own whose matrices are what the adapted ones act as. Its logits are the same up to rounding; it costs no more than
// one that was never adapted, and can be trained and adapted again.
func (m *GPT) Merge() (*GPT, error) {
	c, err := NewGPT(m.Config, On(m.Device()), Blank())
	if err != nil {
		return nil, fmt.Errorf("merge a GPT: %w", err)
	}
	err = tensor.Try(func() {
		for i, p := range c.params { // adapters come after all others
			p.Assign(m.adapted(m.params[i]))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("merge a GPT: %w", err)
	}
	c.gen, c.mixed = m.gen, m.mixed
	return c, nil
}

// adapted is what a parameter acts as.
func (m *GPT) adapted(p Param) *tensor.Tensor {
	return affine{weight: p.Detach(), low: m.low(strings.TrimSuffix(p.Name, ".weight"))}.merged()
}

// low is what is added to the matrix of this name, nil if nothing is.
func (m *GPT) low(name string) *lowRank {
	at := slices.IndexFunc(m.params, func(p Param) bool { return p.Name == name+loraA })
	if at < 0 {
		return nil
	}
	return &lowRank{a: m.params[at].Tensor, b: m.params[at+1].Tensor, scale: m.lora.Alpha / float64(m.lora.Rank)}
}

// merged is the matrix with what is added to it; itself, if nothing is.
func (a affine) merged() *tensor.Tensor {
	if a.low == nil {
		return a.weight
	}
	return a.weight.Add(a.low.b.MatMul(a.low.a).Scale(a.low.scale))
}

// ofAdapter reports whether a parameter is an adapter's.
func (p Param) ofAdapter() bool {
	return strings.HasSuffix(p.Name, loraA) || strings.HasSuffix(p.Name, loraB)
}
