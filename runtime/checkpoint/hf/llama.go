package hf

import "fmt"

// llamaJSON is the config.json of Llama, as far as it matters here.
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
}

type ropeJSON struct {
	Type       string  `json:"rope_type,omitempty"`
	OldType    string  `json:"type,omitempty"`
	Theta      float64 `json:"rope_theta,omitempty"`
	PartRotary float64 `json:"partial_rotary_factor,omitempty"`
}

func parseLlama(text []byte) (Config, error) {
	begin, end := 1, 2
	j := llamaJSON{
		common: common{VocabSize: 32000, InitRange: 0.02, BOS: &begin, EOS: tokens{end}},
		Hidden: 4096, Inner: 11008, Layers: 32, Heads: 32, Activation: "silu", Positions: 2048, NormEps: 1e-6, Theta: 10000, PartRotary: 1,
	}
	if err := unmarshal(text, &j); err != nil {
		return Config{}, err
	}
	theta, err := j.rotary()
	switch {
	case err != nil:
		return Config{}, err
	case j.Activation != "silu" && j.Activation != "swish":
		return Config{}, fmt.Errorf("hidden_act %q is not supported, expected silu", j.Activation)
	case j.Heads < 1 || j.Hidden%j.Heads != 0:
		return Config{}, fmt.Errorf("num_attention_heads %d does not divide hidden_size %d", j.Heads, j.Hidden)
	}
	c, err := j.config()
	if err != nil {
		return Config{}, err
	}
	c.Block, c.Embed, c.Layers, c.Hidden = j.Positions, j.Hidden, j.Layers, j.Inner
	c.Heads, c.KVHeads, c.HeadDim = j.Heads, j.Heads, j.Hidden/j.Heads
	if j.KVHeads != nil {
		c.KVHeads = *j.KVHeads
	}
	if j.HeadDim != nil {
		c.HeadDim = *j.HeadDim
	}
	c.AttnBias, c.MLPBias = j.AttnBias, j.MLPBias
	c.Activation, c.NormEps, c.RopeTheta, c.AttnDropout = SiLU, j.NormEps, theta, j.AttnDropout
	return c, nil
}

// rotary finds the base of the rotary positions where transformers finds it, and refuses what changes them.
func (j *llamaJSON) rotary() (theta float64, err error) {
	var rope ropeJSON
	field := "rope_scaling"
	switch {
	case j.Scaling != nil && *j.Scaling != (ropeJSON{}):
		rope = *j.Scaling
	case j.Rope != nil:
		rope, field = *j.Rope, "rope_parameters"
	}
	kind := rope.Type
	if kind == "" {
		kind = rope.OldType
	}
	if kind != "" && kind != "default" {
		return 0, fmt.Errorf("%s of type %q is not supported, expected default", field, kind)
	}
	for _, part := range []float64{j.PartRotary, rope.PartRotary} {
		if part != 0 && part != 1 {
			return 0, fmt.Errorf("partial_rotary_factor %v is not supported, expected 1", part)
		}
	}
	if rope.Theta != 0 {
		return rope.Theta, nil
	}
	return j.Theta, nil
}

func (c Config) llama() llamaJSON {
	return llamaJSON{
		common: c.common("LlamaForCausalLM"),
		Hidden: c.Embed, Inner: c.Hidden, Layers: c.Layers, Heads: c.Heads, KVHeads: &c.KVHeads, HeadDim: &c.HeadDim,
		Activation: string(c.Activation), Positions: c.Block, NormEps: c.NormEps, AttnBias: c.AttnBias, AttnDropout: c.AttnDropout,
		MLPBias: c.MLPBias, Theta: c.RopeTheta,
	}
}
