package hf

import (
	"fmt"
	"math"
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

	// Rotary positions: one object since version 5 of transformers, fields before.
	Rope       *ropeJSON `json:"rope_parameters,omitempty"`
	Scaling    *ropeJSON `json:"rope_scaling"`
	Theta      float64   `json:"rope_theta"`
	LocalTheta float64   `json:"rope_local_base_freq,omitempty"`             // Gemma 3's, in layers with a window
	Original   int       `json:"original_max_position_embeddings,omitempty"` // goes before that of rope_scaling

	// How far attention reaches back: that of Mistral and Phi-3, null for all the way; for Qwen only if it is used, in layers from one on.
	Window        *int     `json:"sliding_window"`
	UseWindow     bool     `json:"use_sliding_window,omitempty"`
	WindowLayers  *int     `json:"max_window_layers,omitempty"`
	LayerTypes    []string `json:"layer_types,omitempty"`
	FullEvery     *int     `json:"sliding_window_pattern,omitempty"` // Gemma 3's: each so many-th layer has no window
	Bidirectional bool     `json:"use_bidirectional_attention,omitempty"`
	NoRope        []int    `json:"no_rope_layers,omitempty"` // SmolLM3's: 0 for each layer that does not know positions
	BareEvery     *int     `json:"no_rope_layer_interval,omitempty"`

	OldActivation *string   `json:"hidden_activation,omitempty"` // Gemma's, which goes before hidden_act
	QueryScalar   *int      `json:"query_pre_attn_scalar,omitempty"`
	AttnCap       *optional `json:"attn_logit_softcapping,omitempty"`
	LogitCap      *optional `json:"final_logit_softcapping,omitempty"`
}

// architectures are the names of the classes in transformers.
var architectures = map[Form]string{
	GPT2: "GPT2LMHeadModel", Llama: "LlamaForCausalLM", Mistral: "MistralForCausalLM", Qwen2: "Qwen2ForCausalLM", Qwen3: "Qwen3ForCausalLM",
	Gemma: "GemmaForCausalLM", Gemma2: "Gemma2ForCausalLM", Gemma3: "Gemma3ForCausalLM", Phi3: "Phi3ForCausalLM", SmolLM3: "SmolLM3ForCausalLM",
}

func parseLlama(form Form, text []byte) (Config, error) {
	j := llamaDefaults(form)
	if err := unmarshal(text, &j); err != nil {
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
	c.AttnBias = j.AttnBias && form != Mistral && form != Qwen2 && form != Phi3
	c.MLPBias = j.MLPBias && (form == Llama || form == SmolLM3)
	c.Activation, c.NormEps, c.AttnDropout = activation, j.NormEps, j.AttnDropout
	if form.gemma() {
		c.EmbedScale = math.Sqrt(float64(c.Embed))
	}
	if form.sandwich() {
		if j.QueryScalar == nil {
			return Config{}, fmt.Errorf("query_pre_attn_scalar is null, expected a whole number")
		}
		c.QueryScalar, c.AttnCap, c.LogitCap = *j.QueryScalar, j.AttnCap.of(), j.LogitCap.of()
	}
	if err := j.rotary(&c); err != nil {
		return Config{}, err
	}
	return c, j.layout(&c)
}

// activation is the gates'. Gemma's is the approximation by tanh, whatever the older files of its first version say: transformers decided so.
func (j *llamaJSON) activation(form Form) (Activation, error) {
	name, field := j.Activation, "hidden_act"
	if form.gemma() && j.OldActivation != nil {
		name, field = *j.OldActivation, "hidden_activation"
	}
	switch {
	case form.gemma() && name == "gelu_pytorch_tanh" || form == Gemma && name == "gelu":
		return GELUTanh, nil
	case form.gemma():
		return "", fmt.Errorf("%s %q is not supported, expected gelu_pytorch_tanh", field, name)
	case name != "silu" && name != "swish":
		return "", fmt.Errorf("%s %q is not supported, expected silu", field, name)
	}
	return SiLU, nil
}

// llama is the reverse of parseLlama.
func (c Config) llama() llamaJSON {
	j := llamaJSON{
		common: c.common(architectures[c.Form]),
		Hidden: c.Embed, Inner: c.Hidden, Layers: c.Layers, Heads: c.Heads, KVHeads: &c.KVHeads, HeadDim: &c.HeadDim,
		Activation: string(c.Activation), Positions: c.Block, NormEps: c.NormEps, AttnBias: c.AttnBias, AttnDropout: c.AttnDropout,
		MLPBias: c.MLPBias, Theta: c.RopeTheta, Scaling: ropeOf(c.RopeScaling), LocalTheta: c.LocalTheta,
	}
	if c.RopeScaling.Kind != "" && c.Form == Phi3 {
		j.Original = c.RopeScaling.Original
	}
	if c.Form.gemma() {
		j.Activation = "gelu_pytorch_tanh"
		j.OldActivation = &j.Activation
	}
	if c.Form.sandwich() {
		j.QueryScalar, j.AttnCap, j.LogitCap = &c.QueryScalar, &optional{c.AttnCap}, &optional{c.LogitCap}
	}
	c.setLayout(&j)
	return j
}
