package cost

// Model is what the work for a token depends on. A model without attention has zeros there.
type Model struct {
	Params             int64 // learned numbers, shared ones once: N
	NonEmbeddingParams int64 // without token and position embeddings and the head: what Kaplan et al. call N
	MatMulParams       int64 // elements of all matrices that a token is multiplied with, the head among them, even when tied: M

	Layers    int // L
	Embed     int // width of what goes from layer to layer
	AttnWidth int // heads times head dimension: A
	KVWidth   int // the same of keys, and of values: K

	Window, WindowLayers int // how many tokens so many of the layers see at most: the context T of the formulas is no longer in them
}

// Transformer are the sizes of a decoder as GPT-2 and Llama have it, and those that are made like them (Qwen, Mistral, Gemma).
type Transformer struct {
	Vocab, Block, Layers, Embed int
	Heads, KVHeads, HeadDim     int // 0 for KVHeads means Heads, for HeadDim Embed / Heads
	Hidden                      int // 0 means 4 Embed

	Tied      bool // the head is the embedding
	Positions bool // learned positions
	Gated     bool // three matrices in the feed-forward part, not two
	Biases    bool // with each matrix but the head, and in norms
	RMSNorm   bool // norms have none
	QKVBias   bool // without Biases: queries, keys and values have them
	OutBias   bool // and what goes out of attention
	QKNorm    bool // norms for the heads of queries, and of keys
	PostNorm  bool // norms behind attention and feed-forward part

	Window, WindowLayers int // see Model
}

// Model counts the parameters.
func (t Transformer) Model() Model {
	t = t.complete()
	embed, attn, kv, hidden := int64(t.Embed), int64(t.Heads*t.HeadDim), int64(t.KVHeads*t.HeadDim), int64(t.Hidden)
	matrices := embed*(attn+2*kv) + attn*embed + 2*embed*hidden
	if t.Gated {
		matrices += embed * hidden
	}
	layers, table := int64(t.Layers), int64(t.Vocab)*embed
	m := Model{
		Layers: t.Layers, Embed: t.Embed, AttnWidth: int(attn), KVWidth: int(kv), Window: t.Window, WindowLayers: t.WindowLayers,
		NonEmbeddingParams: layers*(matrices+2*embed+t.layerVectors()) + embed,
		MatMulParams:       layers*matrices + table,
	}
	if t.Biases && !t.RMSNorm {
		m.NonEmbeddingParams += (2*layers + 1) * embed
	}
	m.Params = m.NonEmbeddingParams + table
	if !t.Tied {
		m.Params += table
	}
	if t.Positions {
		m.Params += int64(t.Block) * embed
	}
	return m
}

// layerVectors are the numbers of a layer's vectors other than the weights and biases of its two norms.
func (t Transformer) layerVectors() (n int64) {
	embed, hidden := int64(t.Embed), int64(t.Hidden)
	if t.Biases || t.QKVBias {
		n += int64((t.Heads + 2*t.KVHeads) * t.HeadDim)
	}
	if t.Biases || t.OutBias {
		n += embed
	}
	if t.Biases {
		n += hidden + embed
	}
	if t.Biases && t.Gated {
		n += hidden
	}
	if t.QKNorm {
		n += 2 * int64(t.HeadDim)
	}
	if t.PostNorm {
		n += 2 * embed
		if t.Biases && !t.RMSNorm {
			n += 2 * embed
		}
	}
	return n
}

func (t Transformer) complete() Transformer {
	if t.KVHeads == 0 {
		t.KVHeads = t.Heads
	}
	if t.HeadDim == 0 && t.Heads > 0 {
		t.HeadDim = t.Embed / t.Heads
	}
	if t.Hidden == 0 {
		t.Hidden = 4 * t.Embed
	}
	return t
}

// TrainFLOPs are the operations of forward and backward pass for one token in a sequence of this length.
func (m Model) TrainFLOPs(length int) float64 {
	return 6*float64(m.MatMulParams) + 12*m.attention(length)
}

// AdaptFLOPs are those of training nothing but adapters of a low rank, whose own are not counted: backwards the gradients of the matrices are left out.
func (m Model) AdaptFLOPs(length int) float64 {
	return 4*float64(m.MatMulParams) + 12*m.attention(length)
}

// InferFLOPs are the operations for one token that sees this many, itself among them.
func (m Model) InferFLOPs(context int) float64 {
	return 2*float64(m.MatMulParams) + 4*m.attention(context)
}

// GenerateFLOPs are the operations of reading a prompt and writing tokens behind it, with a cache: each token goes through
// the model once, and the last one that is written not at all.
func (m Model) GenerateFLOPs(prompt, written int) float64 {
	n := max(prompt+written-1, 0)
	short := 0 // with no more in front of them than a window shows
	if m.WindowLayers > 0 {
		short = min(n, m.Window)
	}
	sum := func(n int) float64 { return float64(n) * float64(n+1) / 2 }
	seen := float64(m.Layers-m.WindowLayers)*sum(n) + float64(m.WindowLayers)*(sum(short)+float64(n-short)*float64(m.Window))
	return 2*float64(m.MatMulParams)*float64(n) + 4*float64(m.AttnWidth)*seen
}

// attention is L A T.
func (m Model) attention(context int) float64 { return float64(m.AttnWidth) * m.seen(context) }

// seen is L T.
func (m Model) seen(context int) float64 {
	return float64(m.Layers-m.WindowLayers)*float64(context) + float64(m.WindowLayers)*float64(min(context, m.Window))
}

// CacheBytes is the size of the keys and values of this many tokens, each number of so many bytes.
func (m Model) CacheBytes(context int, number float64) float64 {
	return 2 * float64(m.KVWidth) * m.seen(context) * number
}

// DecodeBytes are the bytes that go through memory for one written token: all weights, the cache of the tokens before it,
// and its own entry. A weight has so many bytes (4 for float32, 2 for bfloat16, 1 for int8), a number in the cache, too.
func (m Model) DecodeBytes(context int, weight, number float64) float64 {
	return float64(m.MatMulParams)*weight + m.CacheBytes(context+1, number)
}
