package hf

import "fmt"

// Form is a family of models. It is the model_type of config.json.
type Form string

// The forms that are known.
const (
	GPT2  Form = "gpt2"  // layer norm, learned positions, biases, a feed-forward part without a gate
	Llama Form = "llama" // RMS norm, rotary positions, grouped heads, a gated feed-forward part
)

// Model is all that names and shapes of the weights depend on.
type Model struct {
	Form    Form
	Vocab   int // tokens
	Block   int // positions
	Layers  int
	Embed   int // width
	Heads   int // of queries
	KVHeads int // of keys and values; for GPT-2 as many as Heads
	HeadDim int // for GPT-2 Embed / Heads
	Hidden  int // width inside the feed-forward part
	Tied    bool

	AttnBias, MLPBias bool // always set for GPT-2
}

// Limits keep a hostile configuration from costing memory or overflowing; published models stay far below.
const (
	maxLayers = 4096
	maxSize   = 1 << 28
)

// Check says what is wrong with the sizes.
func (m Model) Check() error {
	if m.Form != GPT2 && m.Form != Llama {
		return fmt.Errorf("model form %q: expected %s or %s", m.Form, GPT2, Llama)
	}
	for _, s := range []struct {
		name      string
		size, max int
	}{
		{"vocabulary", m.Vocab, maxSize}, {"number of positions", m.Block, maxSize}, {"number of layers", m.Layers, maxLayers},
		{"embedding", m.Embed, maxSize}, {"number of heads", m.Heads, maxSize}, {"number of key and value heads", m.KVHeads, maxSize},
		{"head dimension", m.HeadDim, maxSize}, {"hidden size", m.Hidden, maxSize},
	} {
		if s.size < 1 || s.size > s.max {
			return fmt.Errorf("%s model: the %s is %d, expected 1 to %d", m.Form, s.name, s.size, s.max)
		}
	}
	if m.Heads*m.HeadDim > maxSize {
		return fmt.Errorf("%s model: %d heads of %d are too large", m.Form, m.Heads, m.HeadDim)
	}
	return m.checkHeads()
}

func (m Model) checkHeads() error {
	switch {
	case m.Form == GPT2 && m.Heads*m.HeadDim != m.Embed:
		return fmt.Errorf("gpt2 model: %d heads of %d do not make an embedding of %d", m.Heads, m.HeadDim, m.Embed)
	case m.Form == GPT2 && m.KVHeads != m.Heads:
		return fmt.Errorf("gpt2 model: %d key and value heads, expected as many as there are heads, %d", m.KVHeads, m.Heads)
	case m.Form == GPT2 && !(m.AttnBias && m.MLPBias):
		return fmt.Errorf("gpt2 model: without biases, expected with")
	case m.Heads%m.KVHeads != 0:
		return fmt.Errorf("llama model: %d heads are no multiple of %d key and value heads", m.Heads, m.KVHeads)
	case m.Form == Llama && m.HeadDim%2 != 0:
		return fmt.Errorf("llama model: the head dimension is %d, expected an even one for rotary positions", m.HeadDim)
	}
	return nil
}
