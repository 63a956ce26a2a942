package nn

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn/rope"
)

// GPTConfig says what a GPT is like. The zero values of its switches are GPT-2's form (Radford et al. 2019); [GPTConfig.Llama] sets them
// to Llama's (arXiv:2302.13971). Qwen2 is that with QKVBias, Qwen3 with QKNorm, Gemma with GeGLU in the place of SwiGLU and an EmbedScale of √Embed; Gemma 2 is Gemma
// with PostNorm, a Window, a Pattern and caps (arXiv:2408.00118), Gemma 3 with PostNorm, QKNorm, a Window, a Pattern and a LocalRopeBase (arXiv:2503.19786).
type GPTConfig struct {
	VocabSize int
	BlockSize int // how many tokens the model sees at most
	Layers    int
	Heads     int
	KVHeads   int // heads of keys and values, a divisor of Heads; 0 is Heads
	Embed     int // width of the residual stream
	HeadSize  int // width of a head; 0 is Embed/Heads
	Hidden    int // width within the MLP; 0 is 4·Embed, or with gates 8/3·Embed rounded up to a multiple of 32

	RMSNorm     bool         // instead of layer norm
	Eps         float64      // of the norms; 0 is 1e-5
	Rotary      bool         // positions turn queries and keys, instead of a learned vector for each
	RopeBase    float64      // of rotary positions; 0 is 10000
	RopeScaling rope.Scaling // stretches rotary positions
	GELU        bool         // the exact one (arXiv:1606.08415), instead of GPT-2's approximation
	SwiGLU      bool         // the MLP is down(silu(gate(x))·up(x)) (arXiv:2002.05202), instead of down(gelu(up(x)))
	GeGLU       bool         // it is down(gelu(gate(x))·up(x)), with GPT-2's approximation (Gemma)
	NoBias      bool         // linear layers and norms have none, but for the next two
	QKVBias     bool         // queries, keys and values have biases all the same (Qwen2)
	OutBias     bool         // and so has what goes out of attention
	QKNorm      bool         // RMS norm of each head of queries and keys, before they are turned (Qwen3)
	EmbedScale  float64      // what the tokens' vectors are multiplied by, beside rotary positions; 0 is 1
	Untied      bool         // the last layer has weights of its own, instead of the token embedding's
	PostNorm    bool         // what attention and MLP give is normalised, too, before it is added (Gemma 2)

	Window        int     // how many tokens attention reaches back, the own among them; 0 is all (arXiv:2004.05150)
	Pattern       string  // which layers look through the window, and more: a letter for each, over and over; see [WindowLayer]. Empty is all alike
	LocalRopeBase float64 // of rotary positions in layers with the window, which are not stretched there; 0 is as in the others
	AttnScale     float64 // what scores of attention are multiplied by; 0 is 1/√HeadSize
	AttnCap       float64 // these become cap·tanh(score/cap); 0 is no cap
	LogitCap      float64 // so do the scores of the next token

	Dropout float64 // after the embedding, attention and MLP, while training
}

// Llama is the same size in Llama's form.
func (c GPTConfig) Llama() GPTConfig {
	c.RMSNorm, c.Rotary, c.SwiGLU, c.NoBias, c.Untied = true, true, true, true, true
	return c
}

// complete fills in what is left to choose, and returns an error about what cannot be.
func (c GPTConfig) complete() (GPTConfig, error) {
	if c.KVHeads == 0 {
		c.KVHeads = c.Heads
	}
	if c.HeadSize == 0 && c.Heads > 0 && c.Embed%c.Heads == 0 {
		c.HeadSize = c.Embed / c.Heads
	}
	if c.Eps == 0 {
		c.Eps = 1e-5
	}
	if c.RopeBase == 0 {
		c.RopeBase = 10000
	}
	for _, alike := range []string{string(FullLayer), string(WindowLayer)} {
		if strings.Trim(c.Pattern, alike) == "" && (c.Window > 0) == (alike == string(WindowLayer)) {
			c.Pattern = ""
		}
	}
	switch {
	case c.Hidden != 0:
	case c.gated():
		c.Hidden = (c.Embed*8/3 + 31) / 32 * 32
	default:
		c.Hidden = 4 * c.Embed
	}
	return c, c.validate()
}

func (c GPTConfig) validate() error {
	var errs []error
	for _, f := range []struct {
		name string
		n    int
	}{{"VocabSize", c.VocabSize}, {"BlockSize", c.BlockSize}, {"Layers", c.Layers}, {"Heads", c.Heads}, {"Embed", c.Embed}, {"KVHeads", c.KVHeads}, {"Hidden", c.Hidden}} {
		if f.n < 1 {
			errs = append(errs, fmt.Errorf("%s is %d, must be at least 1", f.name, f.n))
		}
	}
	if len(errs) == 0 {
		if c.HeadSize == 0 {
			//lint:ignore ST1005 it begins with a field's name
			errs = append(errs, fmt.Errorf("Heads (%d) does not divide Embed (%d)", c.Heads, c.Embed))
		} else if c.HeadSize < 0 || c.Rotary && c.HeadSize%2 != 0 {
			errs = append(errs, fmt.Errorf("HeadSize is %d, must be positive, and even for rotary positions", c.HeadSize))
		}
		if c.Heads%c.KVHeads != 0 {
			errs = append(errs, fmt.Errorf("KVHeads (%d) does not divide Heads (%d)", c.KVHeads, c.Heads))
		}
	}
	errs = append(append(errs, c.validateForm()...), c.validatePattern()...)
	for _, f := range []struct {
		name  string
		value float64
	}{{"Eps", c.Eps}, {"RopeBase", c.RopeBase}} {
		if !(f.value > 0) || math.IsInf(f.value, 1) {
			errs = append(errs, fmt.Errorf("%s is %g, must be positive and finite", f.name, f.value))
		}
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		//lint:ignore ST1005 it begins with a field's name
		errs = append(errs, fmt.Errorf("Dropout is %g, must be in [0, 1)", c.Dropout))
	}
	if len(errs) > 0 {
		return fmt.Errorf("GPT configuration: %w", errors.Join(errs...))
	}
	return nil
}

func (c GPTConfig) validateForm() (errs []error) {
	if c.SwiGLU && c.GeGLU {
		errs = append(errs, errors.New("both SwiGLU and GeGLU are set, an MLP has one gate"))
	}
	if !(c.EmbedScale >= 0) || c.EmbedScale > 0 && !c.Rotary {
		errs = append(errs, fmt.Errorf("EmbedScale is %g, must be positive and beside Rotary positions, or 0 for none", c.EmbedScale))
	}
	if err := errors.Join(c.RopeScaling.Check(), c.RopeScaling.CheckHead(c.HeadSize)); err != nil {
		errs = append(errs, err)
	} else if !c.Rotary && c.RopeScaling.Kind != "" {
		errs = append(errs, errors.New("RopeScaling is for Rotary positions"))
	}
	return errs
}

// gated reports whether the MLP has gates.
func (c GPTConfig) gated() bool { return c.SwiGLU || c.GeGLU }

// gate is their activation, and its gradient.
func (c GPTConfig) gate() (device.Activation, device.BinaryOp) {
	if c.GeGLU {
		return device.ActGELUTanh, device.GELUTanhGrad
	}
	return device.ActSiLU, device.SiLUGrad
}

// part is some heads [rows, heads, size] of rows that hold those of queries, keys and values: queries from 0 on, keys behind them.
func (c GPTConfig) part(qkv device.View, from, heads int) device.View {
	rows, width := qkv.Shape[0], qkv.Strides[0]
	return qkv.At(device.Layout{Shape: []int{rows, heads, c.HeadSize}, Strides: []int{width, c.HeadSize, 1}, Offset: qkv.Offset + from*c.HeadSize})
}

// scaledEmbedding multiplies the tokens' vectors by their scale, if there is one.
func (c GPTConfig) scaledEmbedding(x device.View) []device.Op {
	if c.EmbedScale == 0 || c.EmbedScale == 1 {
		return nil
	}
	return []device.Op{device.Unary{Op: device.Affine, Dst: x, X: x, P: c.EmbedScale}}
}

// Speaks reports whether the vocabulary is that of a tokenizer of so many tokens: it has as many, or was rounded up, as Qwen's is, to a multiple of 64 with fewer
// than 512 that are no tokens. A model learns not to choose those.
func (c GPTConfig) Speaks(tokens int) bool {
	spare := c.VocabSize - tokens
	return spare == 0 || spare > 0 && spare < 512 && tokens > 512 && c.VocabSize%64 == 0
}

// heads is the width of all heads of the queries together.
func (c GPTConfig) heads() int { return c.Heads * c.HeadSize }

// qkvSize is the width of queries, keys and values together.
func (c GPTConfig) qkvSize() int { return (c.Heads + 2*c.KVHeads) * c.HeadSize }

// qkSize is that of queries and keys alone.
func (c GPTConfig) qkSize() int { return (c.Heads + c.KVHeads) * c.HeadSize }

// Cost is what the work for a token depends on.
func (c GPTConfig) Cost() cost.Model {
	c, _ = c.complete()
	windowed := 0
	for i := range c.Layers {
		if c.window(i) > 0 {
			windowed++
		}
	}
	return cost.Transformer{Vocab: c.VocabSize, Block: c.BlockSize, Layers: c.Layers, Embed: c.Embed, Heads: c.Heads, KVHeads: c.KVHeads,
		HeadDim: c.HeadSize, Hidden: c.Hidden, Tied: !c.Untied, Positions: !c.Rotary, Gated: c.gated(), Biases: !c.NoBias,
		RMSNorm: c.RMSNorm, QKVBias: c.QKVBias, OutBias: c.OutBias, QKNorm: c.QKNorm, PostNorm: c.PostNorm, Window: c.Window, WindowLayers: windowed}.Model()
}

// gelu is the activation of an MLP without gates.
func (c GPTConfig) gelu() device.Activation {
	if c.GELU {
		return device.ActGELU
	}
	return device.ActGELUTanh
}
