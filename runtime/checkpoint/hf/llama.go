package hf

import (
	"fmt"
	"math"
	"slices"
)

// llamaJSON is the config.json of Llama and of the forms that are made like it, as far as it matters here.
type llamaJSON struct {
	common
	Hidden      int     `json:"hidden_size"`
	Inner       int     `json:"intermediate_size"`
	Layers      int     `json:"num_hidden_layers"`
	Heads       int     `json:"num_attention_heads"`
	KVHeads     *int    `json:"num_key_value_heads"` // as many as Heads when null
	HeadDim     *int    `json:"head_dim"`            // Hidden / Heads when null
	Activation  string  `json:"hidden_act"`
	Positions   int     `json:"max_position_embeddings"`
	NormEps     float64 `json:"rms_norm_eps"`
	AttnBias    bool    `json:"attention_bias"`
	AttnDropout float64 `json:"attention_dropout"`
	MLPBias     bool    `json:"mlp_bias"`
	PartRotary  float64 `json:"partial_rotary_factor,omitempty"`

	// Rotary positions: one object since version 5 of transformers, two fields before.
	Rope    *ropeJSON `json:"rope_parameters,omitempty"`
	Scaling *ropeJSON `json:"rope_scaling"`
	Theta   float64   `json:"rope_theta"`

	// How far attention reaches back: that of Mistral, null for all the way; for Qwen only if it is used, in layers from one on.
	Window       *int     `json:"sliding_window"`
	UseWindow    bool     `json:"use_sliding_window,omitempty"`
	WindowLayers *int     `json:"max_window_layers,omitempty"`
	LayerTypes   []string `json:"layer_types,omitempty"`

	OldActivation *string `json:"hidden_activation,omitempty"` // Gemma's, which goes before hidden_act
}

// architectures are the names of the classes in transformers.
var architectures = map[Form]string{
	GPT2: "GPT2LMHeadModel", Llama: "LlamaForCausalLM", Mistral: "MistralForCausalLM", Qwen2: "Qwen2ForCausalLM", Qwen3: "Qwen3ForCausalLM",
	Gemma: "GemmaForCausalLM",
}

// llamaDefaults are what transformers takes for fields that are not there.
func llamaDefaults(form Form) llamaJSON {
	at := func(n int) *int { return &n }
	j := llamaJSON{
		common: common{VocabSize: 32000, InitRange: 0.02, BOS: at(1), EOS: tokens{2}},
		Hidden: 4096, Inner: 11008, Layers: 32, Heads: 32, Activation: "silu", Positions: 2048, NormEps: 1e-6, Theta: 10000, PartRotary: 1,
	}
	switch form {
	case Mistral:
		j.Inner, j.KVHeads, j.Positions, j.Window = 14336, at(8), 4096*32, at(4096)
	case Qwen2, Qwen3:
		j.common = common{VocabSize: 151936, InitRange: 0.02}
		j.Inner, j.KVHeads, j.Positions, j.Window = 22016, at(32), 32768, at(4096)
		if form == Qwen3 {
			j.HeadDim = at(128)
		}
	case Gemma:
		j.common = common{VocabSize: 256000, InitRange: 0.02, Tied: true, BOS: at(2), EOS: tokens{1}, PAD: at(0)}
		j.Hidden, j.Inner, j.Layers, j.Heads, j.KVHeads, j.HeadDim, j.Positions = 3072, 24576, 28, 16, at(16), at(256), 8192
		j.Activation = "gelu_pytorch_tanh"
	}
	return j
}

func parseLlama(form Form, text []byte) (Config, error) {
	j := llamaDefaults(form)
	if err := unmarshal(text, &j); err != nil {
		return Config{}, err
	}
	theta, scaling, err := j.rotary()
	if err != nil {
		return Config{}, err
	}
	activation, err := j.activation(form)
	switch {
	case err != nil:
		return Config{}, err
	case j.HeadDim == nil && (j.Heads < 1 || j.Hidden%j.Heads != 0):
		return Config{}, fmt.Errorf("num_attention_heads %d does not divide hidden_size %d", j.Heads, j.Hidden)
	}
	c, err := j.config()
	if err != nil {
		return Config{}, err
	}
	c.Block, c.Embed, c.Layers, c.Hidden = j.Positions, j.Hidden, j.Layers, j.Inner
	c.Heads, c.KVHeads = j.Heads, j.Heads
	if j.KVHeads != nil {
		c.KVHeads = *j.KVHeads
	}
	if j.HeadDim != nil {
		c.HeadDim = *j.HeadDim
	} else {
		c.HeadDim = j.Hidden / j.Heads
	}
	c.AttnBias = j.AttnBias && form != Mistral && form != Qwen2
	c.MLPBias = j.MLPBias && form == Llama
	c.Activation, c.NormEps, c.RopeTheta, c.RopeScaling, c.AttnDropout = activation, j.NormEps, theta, scaling, j.AttnDropout
	if form == Gemma {
		c.EmbedScale = math.Sqrt(float64(c.Embed))
	}
	c.Window, err = j.window(form)
	return c, err
}

// activation is the gates'. Gemma's is the approximation by tanh, whatever its older files say: transformers decided so.
func (j *llamaJSON) activation(form Form) (Activation, error) {
	name, field := j.Activation, "hidden_act"
	if form == Gemma && j.OldActivation != nil {
		name, field = *j.OldActivation, "hidden_activation"
	}
	switch {
	case form == Gemma && (name == "gelu_pytorch_tanh" || name == "gelu"):
		return GELUTanh, nil
	case form == Gemma:
		return "", fmt.Errorf("%s %q is not supported, expected gelu_pytorch_tanh", field, name)
	case name != "silu" && name != "swish":
		return "", fmt.Errorf("%s %q is not supported, expected silu", field, name)
	}
	return SiLU, nil
}

// window is how many tokens attention reaches back, itself among them; 0 for all of them, also where the window is as long as the longest text.
func (j *llamaJSON) window(form Form) (int, error) {
	some := slices.ContainsFunc(j.LayerTypes, func(t string) bool { return t != "full_attention" })
	used := form == Mistral || (form == Qwen2 || form == Qwen3) && j.UseWindow && (some || j.LayerTypes == nil && (j.WindowLayers == nil || *j.WindowLayers < j.Layers))
	switch {
	case some && !used:
		return 0, fmt.Errorf("layer_types %q is not supported, expected full_attention", j.LayerTypes)
	case !used || j.Window == nil || *j.Window >= j.Positions:
		return 0, nil
	case *j.Window < 1:
		return 0, fmt.Errorf("sliding_window is %d, expected 1 or more", *j.Window)
	}
	return *j.Window, nil
}

// llama is the reverse of parseLlama.
func (c Config) llama() llamaJSON {
	j := llamaJSON{
		common: c.common(architectures[c.Form]),
		Hidden: c.Embed, Inner: c.Hidden, Layers: c.Layers, Heads: c.Heads, KVHeads: &c.KVHeads, HeadDim: &c.HeadDim,
		Activation: string(c.Activation), Positions: c.Block, NormEps: c.NormEps, AttnBias: c.AttnBias, AttnDropout: c.AttnDropout,
		MLPBias: c.MLPBias, Theta: c.RopeTheta, Scaling: ropeOf(c.RopeScaling),
	}
	if c.Form == Gemma {
		j.Activation = "gelu_pytorch_tanh"
		j.OldActivation = &j.Activation
	}
	if c.Window > 0 {
		j.Window, j.UseWindow, j.WindowLayers = &c.Window, c.Form != Mistral, new(int)
	}
	return j
}
