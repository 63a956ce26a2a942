package nn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// GPT is a decoder-only transformer: it predicts each next token from those before it. It may be used by one goroutine at a time.
//
// Names of parameters, with weights [out, in]:
//
//	embed.weight [vocab, embed]              position.weight [block, embed]       (learned positions)
//	layers.i.norm1.weight [embed]            layers.i.norm2.weight [embed]        (and .bias)
//	layers.i.attn.qkv.weight                 rows of all queries' heads, then keys', then values'  (and .bias)
//	layers.i.attn.qnorm.weight [head size]   layers.i.attn.knorm.weight [head size]  (with a norm of queries and keys)
//	layers.i.attn.out.weight [embed, heads]  (and .bias)
//	layers.i.attn.post.weight [embed]        layers.i.mlp.post.weight [embed]     (with norms behind attention and MLP)
//	layers.i.mlp.up.weight [hidden, embed]   layers.i.mlp.down.weight [embed, hidden]  (and .bias)
//	layers.i.mlp.gate.weight [hidden, embed] (with gates)
//	norm.weight [embed] (and .bias)          head.weight [vocab, embed]           (if not tied)
type GPT struct {
	Config GPTConfig

	params          []Param
	embed, position *tensor.Tensor
	layers          []layer
	norm            affine
	head            *tensor.Tensor
	frequencies     *tensor.Tensor    // f64 [head size / 2] of stretched rotary positions, else nil
	gen             *tensor.Generator // of dropout
	evaluating      bool
	stepwise        bool
	mixed           bool // see SetPrecision
	plans           plans
	lora            *LoRA // nil if it is not adapted
}

// layer is one block of the transformer.
type layer struct {
	index                                                              int
	norm1, qkv, qnorm, knorm, out, post1, norm2, gate, up, down, post2 affine
}

// affine is weights with a bias that may be nil, and what is added to the weights, if something is.
type affine struct {
	weight, bias *tensor.Tensor
	low          *lowRank
}

// NewGPT makes a model with random weights: normally distributed with standard deviation 0.02, those that end in the residual stream
// divided by √(2·layers), as in GPT-2.
func NewGPT(cfg GPTConfig, wishes ...Option) (*GPT, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	o := resolve(wishes)
	switch {
	case o.block < 0 || o.block > 0 && o.block < cfg.BlockSize && !cfg.Rotary:
		return nil, fmt.Errorf("make a GPT: a block of %d for a model of %d positions: only rotary ones can be left out", o.block, cfg.BlockSize)
	case o.block > 0:
		cfg.BlockSize = min(cfg.BlockSize, o.block)
	}
	m := &GPT{Config: cfg}
	m.gen = o.gen
	if m.params, err = allocate(gptSpecs(cfg), o); err != nil {
		return nil, fmt.Errorf("make a GPT: %w", err)
	}
	m.wire()
	return m, nil
}

func gptSpecs(c GPTConfig) []spec {
	w, residual := normal(0.02), normal(0.02/math.Sqrt(2*float64(c.Layers)))
	specs := []spec{{"embed.weight", []int{c.VocabSize, c.Embed}, true, w}}
	linear := func(name string, out, in int, bias bool, init func(*tensor.Generator, []int) *tensor.Tensor) {
		specs = append(specs, spec{name + ".weight", []int{out, in}, true, init})
		if bias {
			specs = append(specs, spec{name + ".bias", []int{out}, false, zeros})
		}
	}
	norm := func(name string) {
		specs = append(specs, spec{name + ".weight", []int{c.Embed}, false, ones})
		if !c.NoBias && !c.RMSNorm {
			specs = append(specs, spec{name + ".bias", []int{c.Embed}, false, zeros})
		}
	}
	if !c.Rotary {
		specs = append(specs, spec{"position.weight", []int{c.BlockSize, c.Embed}, true, w})
	}
	for i := range c.Layers {
		at := fmt.Sprintf("layers.%d.", i)
		norm(at + "norm1")
		linear(at+"attn.qkv", c.qkvSize(), c.Embed, !c.NoBias || c.QKVBias, w)
		if c.QKNorm {
			specs = append(specs, spec{at + "attn.qnorm.weight", []int{c.HeadSize}, false, ones}, spec{at + "attn.knorm.weight", []int{c.HeadSize}, false, ones})
		}
		linear(at+"attn.out", c.Embed, c.heads(), !c.NoBias || c.OutBias, residual)
		if c.PostNorm {
			norm(at + "attn.post")
		}
		norm(at + "norm2")
		if c.gated() {
			linear(at+"mlp.gate", c.Hidden, c.Embed, !c.NoBias, w)
		}
		linear(at+"mlp.up", c.Hidden, c.Embed, !c.NoBias, w)
		linear(at+"mlp.down", c.Embed, c.Hidden, !c.NoBias, residual)
		if c.PostNorm {
			norm(at + "mlp.post")
		}
	}
	norm("norm")
	if c.Untied {
		specs = append(specs, spec{"head.weight", []int{c.VocabSize, c.Embed}, true, w})
	}
	return specs
}

// wire finds the parameters by their names.
func (m *GPT) wire() {
	named := map[string]*tensor.Tensor{}
	for _, p := range m.params {
		named[p.Name] = p.Tensor
	}
	find := func(name string) affine { return affine{named[name+".weight"], named[name+".bias"], m.low(name)} }
	m.embed, m.position, m.norm, m.head = named["embed.weight"], named["position.weight"], find("norm"), named["head.weight"]
	if m.head == nil {
		m.head = m.embed
	}
	for i := range m.Config.Layers {
		at := fmt.Sprintf("layers.%d.", i)
		m.layers = append(m.layers, layer{index: i, norm1: find(at + "norm1"), qkv: find(at + "attn.qkv"), qnorm: find(at + "attn.qnorm"), knorm: find(at + "attn.knorm"),
			out: find(at + "attn.out"), post1: find(at + "attn.post"), norm2: find(at + "norm2"), gate: find(at + "mlp.gate"), up: find(at + "mlp.up"), down: find(at + "mlp.down"),
			post2: find(at + "mlp.post")})
	}
	if c := m.Config; c.RopeScaling.Kind != "" {
		m.frequencies = tensor.New(c.RopeScaling.Frequencies(c.HeadSize, c.RopeBase)).On(m.Device())
	}
}

// Params implements [Module].
func (m *GPT) Params() []Param { return slices.Clone(m.params) }

// Device is where the parameters are.
func (m *GPT) Device() device.Device { return m.embed.Device() }

// To is the model on another device: itself if it is there, else a copy.
func (m *GPT) To(dev device.Device) (*GPT, error) {
	if dev == m.Device() {
		return m, nil
	}
	if m.lora != nil {
		return nil, errors.New("an adapted GPT stays on its device: move what it was made from, or what Merge returns")
	}
	c, err := NewGPT(m.Config, On(dev), Blank())
	if err != nil {
		return nil, err
	}
	for i, p := range c.params {
		p.Assign(m.params[i].Tensor)
	}
	c.gen, c.mixed = m.gen, m.mixed
	return c, nil
}

// Train turns dropout and gradients on or off; a new model has both. Without them [GPT.Loss] is only a number.
func (m *GPT) Train(on bool) { m.evaluating = !on }

// Training reports whether they are on.
func (m *GPT) Training() bool { return !m.evaluating }

// Stepwise chooses how [GPT.Loss] is computed: operation by operation on the tape instead of by a plan. The results are the same; this way is
// slower, and can be watched and checked for NaN.
func (m *GPT) Stepwise(on bool) { m.stepwise = on }

// Generator makes the random numbers of dropout.
func (m *GPT) Generator() *tensor.Generator { return m.gen }

// Logits are the scores of each possible next token after each of the tokens ids (i32) [batch, t]: [batch, t, vocab]. They are computed
// operation by operation.
func (m *GPT) Logits(ids *tensor.Tensor) *tensor.Tensor {
	m.checkInput("logits", ids, ids)
	c, t := m.Config, ids.Dim(1)
	ids = ids.On(m.Device())
	x := m.use(m.embed).Rows(ids)
	if c.EmbedScale != 0 {
		x = x.Scale(c.EmbedScale)
	}
	if m.position != nil {
		x = x.Add(m.use(m.position).Slice(0, 0, t))
	}
	x = m.drop(x)
	for _, l := range m.layers {
		x = x.Add(m.drop(m.after(l.post1, m.attention(l, m.normalise(l.norm1, x)))))
		x = x.Add(m.drop(m.after(l.post2, m.mlp(l, m.normalise(l.norm2, x)))))
	}
	x = m.normalise(m.norm, x)
	x = tensor.Linear(x, m.use(m.head), nil).Reshape(ids.Dim(0), t, c.VocabSize)
	if c.LogitCap > 0 {
		x = x.Scale(1 / c.LogitCap).Tanh().Scale(c.LogitCap)
	}
	return x
}

// after is the norm behind attention or MLP, if there is one.
func (m *GPT) after(n affine, x *tensor.Tensor) *tensor.Tensor {
	if n.weight == nil {
		return x
	}
	return m.normalise(n, x)
}

// attention lets each token gather from those before it.
func (m *GPT) attention(l layer, x *tensor.Tensor) *tensor.Tensor {
	c, b, t, d := m.Config, x.Dim(0), x.Dim(1), m.Config.HeadSize
	qkv := m.linear(l.qkv, x).Split(-1, c.Heads*d, c.KVHeads*d, c.KVHeads*d)
	q, k, v := qkv[0].Reshape(b, t, c.Heads, d), qkv[1].Reshape(b, t, c.KVHeads, d), qkv[2].Reshape(b, t, c.KVHeads, d)
	if c.QKNorm {
		q, k = q.RMSNorm(m.use(l.qnorm.weight), c.Eps), k.RMSNorm(m.use(l.knorm.weight), c.Eps)
	}
	q, k = m.turned(l.index, q), m.turned(l.index, k)
	return m.linear(l.out, tensor.AttentionBy(q, k, v, c.attention(l.index)).Reshape(b, t, c.heads()))
}

// mlp lets each token compute by itself.
func (m *GPT) mlp(l layer, x *tensor.Tensor) *tensor.Tensor {
	switch {
	case m.Config.SwiGLU:
		return m.linear(l.down, m.linear(l.gate, x).SiLU().Mul(m.linear(l.up, x)))
	case m.Config.GeGLU:
		return m.linear(l.down, m.linear(l.gate, x).GELUTanh().Mul(m.linear(l.up, x)))
	case m.Config.GELU:
		return m.linear(l.down, m.linear(l.up, x).GELU())
	}
	return m.linear(l.down, m.linear(l.up, x).GELUTanh())
}

func (m *GPT) normalise(n affine, x *tensor.Tensor) *tensor.Tensor {
	if m.Config.RMSNorm {
		return x.RMSNorm(m.use(n.weight), m.Config.Eps)
	}
	return x.LayerNorm(m.use(n.weight), m.use(n.bias), m.Config.Eps)
}

func (m *GPT) linear(a affine, x *tensor.Tensor) *tensor.Tensor {
	a.weight, a.bias = m.use(a.weight), m.use(a.bias)
	if a.low != nil {
		a.low = &lowRank{m.use(a.low.a), m.use(a.low.b), a.low.scale}
	}
	return tensor.Linear(x, a.merged(), a.bias)
}

// use is a parameter for a computation, which has gradients only while training.
func (m *GPT) use(p *tensor.Tensor) *tensor.Tensor {
	if p != nil && m.evaluating {
		return p.Detach()
	}
	return p
}

func (m *GPT) drop(x *tensor.Tensor) *tensor.Tensor {
	if m.evaluating {
		return x
	}
	return m.gen.Dropout(x, m.Config.Dropout)
}

// Loss is the mean cross-entropy of the targets, in nats per token: ids and targets are i32 [batch, t], targets[b, i] being the token that
// follows ids[b, i], or negative where it does not count.
func (m *GPT) Loss(ids, targets *tensor.Tensor) *tensor.Tensor {
	m.checkInput("loss", ids, targets)
	if m.stepwise {
		return m.Logits(ids).CrossEntropy(targets.On(m.Device()))
	}
	return m.planned(ids, targets)
}

func (m *GPT) checkInput(op string, ids, targets *tensor.Tensor) {
	err := func() error {
		switch c := m.Config; {
		case ids.Rank() != 2 || ids.DType() != device.I32:
			return fmt.Errorf("want ids i32[batch t], got %s", ids.View())
		case ids.Dim(1) > c.BlockSize:
			return fmt.Errorf("%d tokens are more than the model's block of %d", ids.Dim(1), c.BlockSize)
		case targets.Rank() != 2 || targets.DType() != device.I32 || targets.Dim(0) != ids.Dim(0) || targets.Dim(1) != ids.Dim(1):
			return fmt.Errorf("want targets like ids, got %s and %s", targets.View(), ids.View())
		}
		return nil
	}()
	if err != nil {
		panic(&tensor.Error{Op: "gpt " + op, Err: err})
	}
}
