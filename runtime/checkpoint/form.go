package checkpoint

import (
	"cmp"
	"errors"
	"math"
	"strings"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/nn"
)

// gptConfig is a configuration of theirs in our terms.
func gptConfig(c hf.Config) (nn.GPTConfig, error) {
	cfg := nn.GPTConfig{VocabSize: c.Vocab, BlockSize: c.Block, Layers: c.Layers, Heads: c.Heads, KVHeads: c.KVHeads, Embed: c.Embed, HeadSize: c.HeadDim,
		Hidden: c.Hidden, Eps: c.NormEps, Untied: !c.Tied}
	if c.Form == hf.GPT2 {
		cfg.GELU = c.Activation == hf.GELU
		cfg.Dropout = c.ResidDropout
		return cfg, nil
	}
	cfg.RMSNorm, cfg.Rotary, cfg.RopeBase, cfg.RopeScaling = true, true, c.RopeTheta, c.RopeScaling
	gelu := c.Activation == hf.GELUTanh
	cfg.SwiGLU, cfg.GeGLU, cfg.EmbedScale = !gelu, gelu, c.EmbedScale
	cfg.QKNorm, cfg.PostNorm = c.Form == hf.Qwen3 || c.Form == hf.Gemma3, c.Form == hf.Gemma2 || c.Form == hf.Gemma3
	cfg.Window, cfg.Pattern, cfg.AttnCap, cfg.LogitCap = c.Window, c.Pattern, c.AttnCap, c.LogitCap
	if c.Window > 0 {
		cfg.LocalRopeBase = c.LocalTheta
	}
	if c.QueryScalar != 0 && c.QueryScalar != c.HeadDim {
		cfg.AttnScale = 1 / math.Sqrt(float64(c.QueryScalar))
	}
	switch {
	case c.MLPBias && !c.AttnBias:
		return cfg, errors.New("the MLP has biases and attention has none: there is no such form here")
	case c.MLPBias:
	default:
		cfg.NoBias, cfg.QKVBias, cfg.OutBias = true, c.AttnBias || c.Form == hf.Qwen2, c.AttnBias
	}
	return cfg, nil
}

// hfConfig is the reverse of gptConfig.
func hfConfig(c nn.GPTConfig) (hf.Config, error) {
	out := hf.Config{Model: hf.Model{Vocab: c.VocabSize, Block: c.BlockSize, Layers: c.Layers, Embed: c.Embed, Heads: c.Heads,
		KVHeads: c.KVHeads, HeadDim: c.HeadSize, Hidden: c.Hidden, Tied: !c.Untied, AttnBias: !c.NoBias || c.OutBias, MLPBias: !c.NoBias},
		NormEps: c.Eps, InitStd: 0.02, BOS: -1, PAD: -1}
	out.Form = form(c)
	switch out.Form {
	case "":
		return out, errors.New("the model has none of the forms that config.json can name; its parameters can be written with Freeze and Write")
	case hf.GPT2:
		out.Activation, out.EmbedDropout, out.ResidDropout = hf.GELUTanh, c.Dropout, c.Dropout
		if c.GELU {
			out.Activation = hf.GELU
		}
		return out, nil
	case hf.Gemma, hf.Gemma2, hf.Gemma3:
		out.Activation = hf.GELUTanh
	default:
		out.Activation = hf.SiLU
	}
	out.RopeTheta, out.RopeScaling, out.EmbedScale = c.RopeBase, c.RopeScaling, c.EmbedScale
	out.Window, out.Pattern, out.AttnCap, out.LogitCap = c.Window, c.Pattern, c.AttnCap, c.LogitCap
	if out.Form == hf.Gemma2 || out.Form == hf.Gemma3 {
		out.QueryScalar, _ = queryScalar(c)
	}
	if out.Form == hf.Gemma3 {
		out.LocalTheta = cmp.Or(c.LocalRopeBase, c.RopeBase)
	}
	return out, nil
}

// queryScalar is the whole number by whose root scores are divided, if there is one.
func queryScalar(c nn.GPTConfig) (n int, ok bool) {
	if c.AttnScale == 0 {
		return c.HeadSize, true
	}
	n = int(math.Round(1 / (c.AttnScale * c.AttnScale)))
	return n, n > 0 && n < 1<<30 && math.Abs(c.AttnScale*math.Sqrt(float64(n))-1) < 1e-9
}

// form is the first that fits, or none.
func form(c nn.GPTConfig) hf.Form {
	plain := c.EmbedScale == 0 || c.EmbedScale == 1
	even := !c.NoBias || c.QKVBias == c.OutBias // attention has all biases or none
	bends := c.PostNorm || c.AttnCap > 0 || c.LogitCap > 0 || c.AttnScale > 0 || c.LocalRopeBase > 0
	switch {
	case !c.RMSNorm && !c.Rotary:
		if plain && !bends && c.Window == 0 && !c.SwiGLU && !c.GeGLU && !c.QKNorm && !c.NoBias && c.KVHeads == c.Heads && c.HeadSize*c.Heads == c.Embed {
			return hf.GPT2
		}
	case !c.RMSNorm || !c.Rotary:
	case c.GeGLU:
		if even && c.NoBias && c.EmbedScale == math.Sqrt(float64(c.Embed)) {
			return gemma(c, bends)
		}
	case c.SwiGLU && plain && !bends:
		return llama(c, even)
	}
	return ""
}

// gemma is the version of Gemma that fits.
func gemma(c nn.GPTConfig, bends bool) hf.Form {
	_, scalar := queryScalar(c)
	bare := strings.ContainsRune(c.Pattern, nn.BareLayer)
	switch {
	case !bends && c.Window == 0 && c.Pattern == "" && !c.QKNorm:
		return hf.Gemma
	case !c.PostNorm || !scalar || bare:
	case !c.QKNorm && c.LocalRopeBase == 0:
		return hf.Gemma2
	case c.QKNorm && (c.Window == 0 || c.LocalRopeBase > 0 || c.RopeScaling.Kind == ""):
		return hf.Gemma3
	}
	return ""
}

// llama is the form that fits, of those that are nearly Llama.
func llama(c nn.GPTConfig, even bool) hf.Form {
	bias := !c.NoBias || c.QKVBias || c.OutBias
	switch {
	case strings.ContainsRune(c.Pattern, nn.BareLayer):
		if even && c.Window == 0 && !c.QKNorm {
			return hf.SmolLM3
		}
	case c.QKNorm:
		if even && c.NoBias {
			return hf.Qwen3
		}
	case even && c.Window == 0:
		return hf.Llama
	case !bias && c.Pattern == "":
		return hf.Mistral
	case c.NoBias && c.QKVBias && !c.OutBias:
		return hf.Qwen2
	}
	return ""
}
