package hf

import "fmt"

// gpt2JSON is the config.json of GPT-2, as far as it matters here.
type gpt2JSON struct {
	common
	Positions    int     `json:"n_positions"`
	Embed        int     `json:"n_embd"`
	Layers       int     `json:"n_layer"`
	Heads        int     `json:"n_head"`
	Inner        *int    `json:"n_inner"` // 4 Embed when null
	Activation   string  `json:"activation_function"`
	ResidDropout float64 `json:"resid_pdrop"`
	EmbedDropout float64 `json:"embd_pdrop"`
	AttnDropout  float64 `json:"attn_pdrop"`
	NormEps      float64 `json:"layer_norm_epsilon"`
	Scale        bool    `json:"scale_attn_weights"`
	ScaleByLayer bool    `json:"scale_attn_by_inverse_layer_idx"`
	Cross        bool    `json:"add_cross_attention"`
}

func parseGPT2(text []byte) (Config, error) {
	end := 50256
	j := gpt2JSON{
		common:    common{VocabSize: 50257, InitRange: 0.02, Tied: true, BOS: &end, EOS: tokens{end}},
		Positions: 1024, Embed: 768, Layers: 12, Heads: 12, Activation: "gelu_new",
		ResidDropout: 0.1, EmbedDropout: 0.1, AttnDropout: 0.1, NormEps: 1e-5, Scale: true,
	}
	if err := unmarshal(text, &j); err != nil {
		return Config{}, err
	}
	activation, ok := map[string]Activation{"gelu": GELU, "gelu_new": GELUTanh, "gelu_pytorch_tanh": GELUTanh}[j.Activation]
	switch {
	case !ok:
		return Config{}, fmt.Errorf("activation_function %q is not supported, expected gelu, gelu_new or gelu_pytorch_tanh", j.Activation)
	case !j.Scale:
		return Config{}, fmt.Errorf("scale_attn_weights false is not supported, expected true")
	case j.ScaleByLayer:
		return Config{}, fmt.Errorf("scale_attn_by_inverse_layer_idx true is not supported, expected false")
	case j.Cross:
		return Config{}, fmt.Errorf("add_cross_attention true is not supported, expected false")
	case j.Heads < 1 || j.Embed%j.Heads != 0:
		return Config{}, fmt.Errorf("n_head %d does not divide n_embd %d", j.Heads, j.Embed)
	}
	c, err := j.config()
	if err != nil {
		return Config{}, err
	}
	c.Block, c.Embed, c.Layers, c.Heads, c.KVHeads = j.Positions, j.Embed, j.Layers, j.Heads, j.Heads
	c.HeadDim, c.Hidden = j.Embed/j.Heads, 4*j.Embed
	if j.Inner != nil {
		c.Hidden = *j.Inner
	}
	c.AttnBias, c.MLPBias = true, true
	c.Activation, c.NormEps = activation, j.NormEps
	c.EmbedDropout, c.AttnDropout, c.ResidDropout = j.EmbedDropout, j.AttnDropout, j.ResidDropout
	return c, nil
}

func (c Config) gpt2() gpt2JSON {
	return gpt2JSON{
		common:    c.common(architectures[GPT2]),
		Positions: c.Block, Embed: c.Embed, Layers: c.Layers, Heads: c.Heads, Inner: &c.Hidden, Activation: string(c.Activation),
		ResidDropout: c.ResidDropout, EmbedDropout: c.EmbedDropout, AttnDropout: c.AttnDropout, NormEps: c.NormEps, Scale: true,
	}
}
