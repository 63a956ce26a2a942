package checkpoint

import (
	"errors"
	"math"

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
	cfg.SwiGLU, cfg.GeGLU = c.Form != hf.Gemma, c.Form == hf.Gemma
	cfg.EmbedScale, cfg.QKNorm = c.EmbedScale, c.Form == hf.Qwen3
	if c.Window > 0 {
		cfg.BlockSize = min(cfg.BlockSize, c.Window)
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
	case hf.Gemma:
		out.Activation = hf.GELUTanh
	default:
		out.Activation = hf.SiLU
	}
	out.RopeTheta, out.RopeScaling, out.EmbedScale = c.RopeBase, c.RopeScaling, c.EmbedScale
	return out, nil
}

// form is the first that fits, or none.
func form(c nn.GPTConfig) hf.Form {
	plain := c.EmbedScale == 0 || c.EmbedScale == 1
	if !c.RMSNorm && !c.Rotary {
		if plain && !c.SwiGLU && !c.GeGLU && !c.QKNorm && !c.NoBias && c.KVHeads == c.Heads && c.HeadSize*c.Heads == c.Embed {
			return hf.GPT2
		}
		return ""
	}
	even := !c.NoBias || c.QKVBias == c.OutBias // attention has all biases or none
	switch {
	case !c.RMSNorm || !c.Rotary:
		return ""
	case c.GeGLU:
		if even && c.NoBias && !c.QKNorm && c.EmbedScale == math.Sqrt(float64(c.Embed)) {
			return hf.Gemma
		}
		return ""
	case !c.SwiGLU || !plain:
		return ""
	case c.QKNorm:
		if even && c.NoBias {
			return hf.Qwen3
		}
		return ""
	case even:
		return hf.Llama
	case c.QKVBias:
		return hf.Qwen2
	}
	return ""
}
