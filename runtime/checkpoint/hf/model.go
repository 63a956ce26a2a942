package hf

import "fmt"

// Form is a family of models. It is the model_type of config.json.
type Form string

// The forms that are known.
const (
	GPT2    Form = "gpt2"    // layer norm, learned positions, biases, a feed-forward part without a gate
	Llama   Form = "llama"   // RMS norm, rotary positions, grouped heads, a gated feed-forward part; SmolLM2 and TinyLlama, too
	Mistral Form = "mistral" // that, with attention that reaches back so far
	Qwen2   Form = "qwen2"   // that of Llama, with biases of queries, keys and values
	Qwen3   Form = "qwen3"   // that of Llama, with a norm for each head of queries and keys
	Gemma   Form = "gemma"   // that of Llama, with scaled embeddings, norms that say how far from 1 they are, and another gate
	SmolLM3 Form = "smollm3" // that of Llama, with layers that do not know positions
	Phi3    Form = "phi3"    // that of Mistral, with matrices that are stored as one

	Gemma2 Form = "gemma2"      // that of Gemma, with norms behind attention and feed-forward part, too, layers with a window, and scores that are kept small
	Gemma3 Form = "gemma3_text" // that of Gemma 2, with norms of queries and keys instead, and other positions in layers with a window
)

// known are the forms in words.
const known = "gpt2, llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3_text, phi3 or smollm3"

func (f Form) known() bool { return architectures[f] != "" }

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

	AttnBias, MLPBias bool // always set for GPT-2; what Qwen2's attention always has is not meant
}

// biases reports where attention has them: in queries, keys and values, and in what goes out.
func (m Model) biases() (qkv, out bool) { return m.AttnBias || m.Form == Qwen2, m.AttnBias }

// gemma reports whether a form is of Gemma's family.
func (f Form) gemma() bool { return f == Gemma || f.sandwich() }

// sandwich reports whether there are norms behind attention and feed-forward part, too.
func (f Form) sandwich() bool { return f == Gemma2 || f == Gemma3 }

// qkNorm reports whether queries and keys have norms.
func (f Form) qkNorm() bool { return f == Qwen3 || f == Gemma3 }

// normOffset is what is added to the weights of norms as they are stored.
func (m Model) normOffset() float32 {
	if m.Form.gemma() {
		return 1
	}
	return 0
}

// Limits keep a hostile configuration from costing memory or overflowing; published models stay far below.
const (
	maxLayers = 4096
	maxSize   = 1 << 28
)

// Check says what is wrong with the sizes.
func (m Model) Check() error {
	if !m.Form.known() {
		return fmt.Errorf("model form %q: expected %s", m.Form, known)
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
		return fmt.Errorf("%s model: %d heads are no multiple of %d key and value heads", m.Form, m.Heads, m.KVHeads)
	case m.Form != GPT2 && m.HeadDim%2 != 0:
		return fmt.Errorf("%s model: the head dimension is %d, expected an even one for rotary positions", m.Form, m.HeadDim)
	}
	return nil
}
