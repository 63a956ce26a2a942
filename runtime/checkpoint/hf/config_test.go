package hf_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
	"github.com/resident-go/resident/runtime/nn/rope"
)

// The defaults of transformers.
var (
	gpt2 = hf.Config{
		Model: hf.Model{Form: hf.GPT2, Vocab: 50257, Block: 1024, Layers: 12, Embed: 768, Heads: 12, KVHeads: 12, HeadDim: 64, Hidden: 3072,
			Tied: true, AttnBias: true, MLPBias: true},
		Activation: hf.GELUTanh, NormEps: 1e-5, InitStd: 0.02, EmbedDropout: 0.1, AttnDropout: 0.1, ResidDropout: 0.1,
		BOS: 50256, EOS: []int{50256}, PAD: -1,
	}
	llama = hf.Config{
		Model:      hf.Model{Form: hf.Llama, Vocab: 32000, Block: 2048, Layers: 32, Embed: 4096, Heads: 32, KVHeads: 32, HeadDim: 128, Hidden: 11008},
		Activation: hf.SiLU, NormEps: 1e-6, RopeTheta: 10000, InitStd: 0.02, BOS: 1, EOS: []int{2}, PAD: -1,
	}
)

// like is Llama's configuration changed to another's.
func like(form hf.Form, change func(*hf.Config)) hf.Config {
	c := llama
	c.Form = form
	change(&c)
	return c
}

var (
	mistral = like(hf.Mistral, func(c *hf.Config) { c.Hidden, c.KVHeads, c.Block, c.Window = 14336, 8, 131072, 4096 })
	qwen2   = like(hf.Qwen2, func(c *hf.Config) { c.Vocab, c.Hidden, c.Block, c.BOS, c.EOS = 151936, 22016, 32768, -1, nil })
	qwen3   = like(hf.Qwen3, func(c *hf.Config) { c.Vocab, c.Hidden, c.Block, c.BOS, c.EOS = 151936, 22016, 32768, -1, nil })
	gemma   = like(hf.Gemma, func(c *hf.Config) {
		c.Vocab, c.Embed, c.Hidden, c.Layers, c.Heads, c.KVHeads, c.HeadDim, c.Block = 256000, 3072, 24576, 28, 16, 16, 256, 8192
		c.Activation, c.EmbedScale, c.Tied, c.BOS, c.EOS, c.PAD = hf.GELUTanh, math.Sqrt(3072), true, 2, []int{1}, 0
	})
)

// known are all forms, as errors list them.
const known = "gpt2, llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3_text, phi3 or smollm3"

var (
	phi3 = like(hf.Phi3, func(c *hf.Config) {
		c.Vocab, c.Embed, c.HeadDim, c.Hidden, c.Block, c.NormEps, c.EOS, c.PAD = 32064, 3072, 96, 8192, 4096, 1e-5, []int{32000}, 32000
	})
	smollm3 = like(hf.SmolLM3, func(c *hf.Config) {
		c.Vocab, c.Embed, c.Layers, c.Heads, c.KVHeads, c.Block, c.RopeTheta, c.Tied, c.Pattern = 128256, 2048, 36, 16, 4, 32768, 2e6, true, "fffn"
		c.BOS, c.EOS, c.PAD = 128000, []int{128001}, 128004
	})
	gemma2 = like(hf.Gemma2, func(c *hf.Config) {
		c.Vocab, c.Embed, c.Hidden, c.Layers, c.Heads, c.KVHeads, c.HeadDim, c.Block = 256000, 2304, 9216, 26, 8, 4, 256, 8192
		c.Activation, c.EmbedScale, c.Tied, c.BOS, c.EOS, c.PAD = hf.GELUTanh, math.Sqrt(2304), true, 2, []int{1}, 0
		c.Window, c.Pattern, c.QueryScalar, c.AttnCap, c.LogitCap = 4096, "wf", 256, 50, 30
	})
	gemma3 = func() hf.Config {
		c := gemma2
		c.Form, c.Vocab, c.Block, c.RopeTheta, c.LocalTheta, c.Pattern, c.AttnCap, c.LogitCap = hf.Gemma3, 262208, 131072, 1e6, 10000, "wwwwwf", 0, 0
		return c
	}()
)

// configs are what a config.json says, as a change of the defaults. The model_type is put in front.
var configs = []struct {
	form, fields string
	base         hf.Config
	change       func(*hf.Config)
}{
	{"gpt2", ``, gpt2, nil},
	{"gpt2", `"n_positions": 8, "n_embd": 48, "n_layer": 3, "n_head": 6, "vocab_size": 7`, gpt2, func(c *hf.Config) {
		c.Block, c.Embed, c.Layers, c.Heads, c.KVHeads, c.HeadDim, c.Hidden, c.Vocab = 8, 48, 3, 6, 6, 8, 192, 7
	}},
	{"gpt2", `"n_inner": null`, gpt2, nil},
	{"gpt2", `"n_inner": 100`, gpt2, func(c *hf.Config) { c.Hidden = 100 }},
	{"gpt2", `"activation_function": "gelu"`, gpt2, func(c *hf.Config) { c.Activation = hf.GELU }},
	{"gpt2", `"activation_function": "gelu_pytorch_tanh"`, gpt2, nil},
	{"gpt2", `"resid_pdrop": 0, "embd_pdrop": 0.2, "attn_pdrop": 0.3`, gpt2, func(c *hf.Config) { c.ResidDropout, c.EmbedDropout, c.AttnDropout = 0, 0.2, 0.3 }},
	{"gpt2", `"layer_norm_epsilon": 1e-6, "initializer_range": 0.1`, gpt2, func(c *hf.Config) { c.NormEps, c.InitStd = 1e-6, 0.1 }},
	{"gpt2", `"tie_word_embeddings": false`, gpt2, func(c *hf.Config) { c.Tied = false }},
	{"gpt2", `"bos_token_id": null, "eos_token_id": null, "pad_token_id": 3`, gpt2, func(c *hf.Config) { c.BOS, c.EOS, c.PAD = -1, nil, 3 }},
	{"gpt2", `"eos_token_id": [1, 2]`, gpt2, func(c *hf.Config) { c.EOS = []int{1, 2} }},
	{"gpt2", `"torch_dtype": "float16"`, gpt2, func(c *hf.Config) { c.DType = "float16" }},
	{"gpt2", `"dtype": "bfloat16", "torch_dtype": "float16"`, gpt2, func(c *hf.Config) { c.DType = "bfloat16" }},
	{"gpt2", `"summary_type": "cls_index", "task_specific_params": {"x": {}}, "use_cache": true, "n_ctx": 1024`, gpt2, nil},
	{"llama", ``, llama, nil},
	{"llama", `"hidden_size": 64, "num_attention_heads": 8, "vocab_size": 9, "intermediate_size": 100, "num_hidden_layers": 1, "max_position_embeddings": 5`, llama, func(c *hf.Config) {
		c.Embed, c.Heads, c.KVHeads, c.HeadDim, c.Vocab, c.Hidden, c.Layers, c.Block = 64, 8, 8, 8, 9, 100, 1, 5
	}},
	{"llama", `"num_key_value_heads": 8, "head_dim": 64`, llama, func(c *hf.Config) { c.KVHeads, c.HeadDim = 8, 64 }},
	{"llama", `"num_key_value_heads": null, "head_dim": null`, llama, nil},
	{"llama", `"rms_norm_eps": 1e-5, "attention_dropout": 0.1`, llama, func(c *hf.Config) { c.NormEps, c.AttnDropout = 1e-5, 0.1 }},
	{"llama", `"attention_bias": true`, llama, func(c *hf.Config) { c.AttnBias = true }},
	{"llama", `"mlp_bias": true`, llama, func(c *hf.Config) { c.MLPBias = true }},
	{"llama", `"tie_word_embeddings": true`, llama, func(c *hf.Config) { c.Tied = true }},
	{"llama", `"hidden_act": "swish"`, llama, nil},
	{"llama", `"rope_theta": 500000.0, "rope_scaling": null`, llama, func(c *hf.Config) { c.RopeTheta = 5e5 }},
	{"llama", `"rope_parameters": {"rope_theta": 77.0, "rope_type": "default"}`, llama, func(c *hf.Config) { c.RopeTheta = 77 }},
	{"llama", `"rope_parameters": {"rope_type": "default"}, "rope_theta": 5`, llama, func(c *hf.Config) { c.RopeTheta = 5 }},
	{"llama", `"rope_scaling": {"type": "default"}, "rope_theta": 6`, llama, func(c *hf.Config) { c.RopeTheta = 6 }},
	{"llama", `"rope_scaling": {}, "rope_parameters": {"rope_theta": 8}`, llama, func(c *hf.Config) { c.RopeTheta = 8 }},
	{"llama", `"partial_rotary_factor": 1.0, "pretraining_tp": 2, "quantization_config": null`, llama, nil},
	{"llama", `"layer_types": ["full_attention"], "sliding_window": 12`, llama, nil},
	{"llama", `"num_attention_heads": 33, "head_dim": 64, "num_key_value_heads": 11`, llama, func(c *hf.Config) { c.Heads, c.HeadDim, c.KVHeads = 33, 64, 11 }},
	{"llama", `"rope_scaling": {"type": "linear", "factor": 2.0}`, llama, func(c *hf.Config) { c.RopeScaling = rope.Scaling{Kind: rope.Linear, Factor: 2} }},
	{"llama", `"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}`, llama, nil},
	{"llama", `"rope_theta": 5e5, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"}`, llama, func(c *hf.Config) {
		c.RopeTheta, c.RopeScaling = 5e5, rope.Scaling{Kind: rope.Llama3, Factor: 32, Original: 8192, LowFreq: 1, HighFreq: 4}
	}},
	{"llama", `"rope_parameters": {"rope_type": "yarn", "rope_theta": 7.0, "original_max_position_embeddings": 512, "attention_factor": 1.5, "truncate": false}`, llama, func(c *hf.Config) {
		c.RopeTheta, c.RopeScaling = 7, rope.Scaling{Kind: rope.YaRN, Factor: 4, Original: 512, Magnitude: 1.5, Exact: true}
	}},
	{"llama", `"rope_scaling": {"type": "yarn", "factor": 4, "mscale": 2, "mscale_all_dim": 2}`, llama, func(c *hf.Config) {
		c.RopeScaling = rope.Scaling{Kind: rope.YaRN, Factor: 4, Original: 2048, Magnitude: 1}
	}},
	{"mistral", ``, mistral, nil},
	{"mistral", `"sliding_window": null, "attention_bias": true`, mistral, func(c *hf.Config) { c.Window = 0 }},
	{"mistral", `"sliding_window": 4096, "max_position_embeddings": 4096`, mistral, func(c *hf.Config) { c.Window, c.Block = 0, 4096 }},
	{"qwen2", `"use_sliding_window": false, "sliding_window": 131072, "max_window_layers": 21, "mlp_bias": true`, qwen2, nil},
	{"qwen2", `"use_sliding_window": true, "max_window_layers": 32`, qwen2, nil},
	{"qwen2", `"use_sliding_window": true, "max_window_layers": 0`, qwen2, func(c *hf.Config) { c.Window = 4096 }},
	{"qwen2", `"use_sliding_window": true, "max_window_layers": 3, "num_hidden_layers": 4`, qwen2, func(c *hf.Config) { c.Window, c.Layers, c.Pattern = 4096, 4, "fffw" }},
	{"qwen2", `"use_sliding_window": true`, qwen2, func(c *hf.Config) { c.Window, c.Pattern = 4096, strings.Repeat("f", 28)+"wwww" }},
	{"qwen2", `"use_sliding_window": true, "sliding_window": null`, qwen2, nil},
	{"qwen3", `"use_sliding_window": true, "num_hidden_layers": 4, "layer_types": ["full_attention", "sliding_attention", "full_attention", "sliding_attention"], "sliding_window": 9`, qwen3, func(c *hf.Config) {
		c.Window, c.Layers, c.Pattern = 9, 4, "fw"
	}},
	{"phi3", ``, phi3, nil},
	{"phi3", `"sliding_window": 2047, "attention_bias": true`, phi3, func(c *hf.Config) { c.Window = 2047 }},
	{"phi3", `"hidden_size": 8, "num_attention_heads": 2, "max_position_embeddings": 131072, "sliding_window": 262144, "rope_scaling": {"type": "su", "short_factor": [1, 1.5], "long_factor": [2, 64.5]}`, phi3, func(c *hf.Config) {
		c.Embed, c.Heads, c.KVHeads, c.HeadDim = 8, 2, 2, 4
		c.RopeScaling = rope.Scaling{Kind: rope.LongRoPE, Factor: 32, Original: 4096, Pairs: []float64{1, 1.5}, Magnitude: math.Sqrt(1 + math.Log(32)/math.Log(4096))}
	}},
	{"smollm3", ``, smollm3, nil},
	{"smollm3", `"no_rope_layer_interval": 2, "max_window_layers": 28, "pretraining_tp": 2`, smollm3, func(c *hf.Config) { c.Pattern = "fn" }},
	{"smollm3", `"num_hidden_layers": 3, "no_rope_layers": [1, 1, 1], "attention_bias": true, "mlp_bias": true`, smollm3, func(c *hf.Config) { c.Layers, c.Pattern, c.AttnBias, c.MLPBias = 3, "", true, true }},
	{"gemma2", ``, gemma2, nil},
	{"gemma2", `"attn_logit_softcapping": null, "final_logit_softcapping": 12, "query_pre_attn_scalar": 144, "attention_bias": true`, gemma2, func(c *hf.Config) {
		c.AttnCap, c.LogitCap, c.QueryScalar, c.AttnBias = 0, 12, 144, true
	}},
	{"gemma2", `"num_hidden_layers": 1, "layer_types": ["full_attention"]`, gemma2, func(c *hf.Config) { c.Layers, c.Window, c.Pattern = 1, 0, "" }},
	{"gemma2", `"num_hidden_layers": 2, "layer_types": ["sliding_attention", "sliding_attention"], "sliding_window": 9000`, gemma2, func(c *hf.Config) { c.Layers, c.Window, c.Pattern = 2, 9000, "" }},
	{"gemma3_text", ``, gemma3, nil},
	{"gemma3_text", `"sliding_window": 512, "sliding_window_pattern": 3, "rope_theta": 7, "rope_local_base_freq": 8, "rope_scaling": {"rope_type": "linear", "factor": 8.0}`, gemma3, func(c *hf.Config) {
		c.Window, c.Pattern, c.RopeTheta, c.LocalTheta, c.RopeScaling = 512, "wwf", 7, 8, rope.Scaling{Kind: rope.Linear, Factor: 8}
	}},
	{"gemma3_text", `"rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 2, "rope_theta": 9.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 10.0}}`, gemma3, func(c *hf.Config) {
		c.RopeTheta, c.LocalTheta, c.RopeScaling = 9, 10, rope.Scaling{Kind: rope.Linear, Factor: 2}
	}},
	{"qwen3", `"attention_bias": true`, qwen3, func(c *hf.Config) { c.AttnBias = true }},
	{"gemma", ``, gemma, nil},
	{"gemma", `"hidden_act": "gelu", "hidden_activation": null`, gemma, nil},
}

func configText(form, fields string) string {
	if fields != "" {
		fields = ", " + fields
	}
	return `{"model_type": "` + form + `"` + fields + "}"
}

func TestConfig(t *testing.T) {
	for _, row := range configs {
		want := row.base
		if row.change != nil {
			row.change(&want)
		}
		got, err := hf.ParseConfig([]byte(configText(row.form, row.fields)))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s {%s}: error %v,\n%+v, expected\n%+v", row.form, row.fields, err, got, want)
			continue
		}
		text, err := got.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := hf.ParseConfig(text); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%s {%s}: written and read again it is %v\n%+v", row.form, row.fields, err, again)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{``, "unexpected end of JSON input"},
		{`{`, "unexpected end of JSON input"},
		{`[]`, "the text is array, expected an object"},
		{`null`, "model_type is missing, expected " + known},
		{`{}`, "model_type is missing, expected " + known},
		{`{"model_type": 1}`, "model_type is number, expected a text"},
		{`{"model_type": "gpt_neox"}`, `model_type "gpt_neox" is not supported, expected ` + known},
		{configText("gpt2", `"n_embd": "large"`), "n_embd is string, expected a whole number"},
		{configText("gpt2", `"n_embd": 1.5`), "n_embd is number 1.5, expected a whole number"},
		{configText("gpt2", `"attn_pdrop": "x"`), "attn_pdrop is string, expected a number"},
		{configText("gpt2", `"tie_word_embeddings": 1`), "tie_word_embeddings is number, expected true or false"},
		{configText("gpt2", `"architectures": "x"`), "architectures is string, expected a list"},
		{configText("gpt2", `"eos_token_id": "x"`), `eos_token_id is "x", expected a token id or a list of them`},
		{configText("gpt2", `"layer_norm_epsilon": NaN`), "invalid character 'N'"},
		{configText("gpt2", `"activation_function": "relu"`), `activation_function "relu" is not supported, expected gelu, gelu_new or gelu_pytorch_tanh`},
		{configText("gpt2", `"scale_attn_weights": false`), "scale_attn_weights false is not supported"},
		{configText("gpt2", `"scale_attn_by_inverse_layer_idx": true`), "scale_attn_by_inverse_layer_idx true is not supported"},
		{configText("gpt2", `"add_cross_attention": true`), "add_cross_attention true is not supported"},
		{configText("gpt2", `"quantization_config": {"bits": 4}`), "quantization_config is not supported, expected weights in floating point"},
		{configText("gpt2", `"n_head": 7`), "n_head 7 does not divide n_embd 768"},
		{configText("gpt2", `"n_head": 0`), "n_head 0 does not divide n_embd 768"},
		{configText("gpt2", `"n_head": -12`), "n_head -12 does not divide n_embd 768"},
		{configText("gpt2", `"n_embd": 0`), "gpt2 model: the embedding is 0, expected 1 to 268435456"},
		{configText("gpt2", `"vocab_size": -5`), "gpt2 model: the vocabulary is -5, expected 1 to"},
		{configText("gpt2", `"n_layer": 1000000000`), "gpt2 model: the number of layers is 1000000000, expected 1 to 4096"},
		{configText("gpt2", `"n_inner": 0`), "gpt2 model: the hidden size is 0"},
		{configText("gpt2", `"n_positions": 0`), "gpt2 model: the number of positions is 0"},
		{configText("gpt2", `"resid_pdrop": 1`), "the residual dropout is 1, expected 0 or more and less than 1"},
		{configText("gpt2", `"embd_pdrop": -0.1`), "the embedding's dropout is -0.1"},
		{configText("gpt2", `"layer_norm_epsilon": 0`), "the norms' epsilon is 0, expected more than 0 and less than 1"},
		{configText("gpt2", `"initializer_range": -1`), "initializer_range is -1, expected 0 or more"},
		{configText("llama", `"hidden_act": "gelu"`), `hidden_act "gelu" is not supported, expected silu`},
		{configText("llama", `"num_attention_heads": 33`), "num_attention_heads 33 does not divide hidden_size 4096"},
		{configText("llama", `"num_key_value_heads": 5`), "llama model: 32 heads are no multiple of 5 key and value heads"},
		{configText("llama", `"num_key_value_heads": 64`), "llama model: 32 heads are no multiple of 64 key and value heads"},
		{configText("llama", `"num_key_value_heads": 0`), "llama model: the number of key and value heads is 0"},
		{configText("llama", `"head_dim": 5`), "llama model: the head dimension is 5, expected an even one for rotary positions"},
		{configText("llama", `"head_dim": 100000000`), "llama model: 32 heads of 100000000 are too large"},
		{configText("llama", `"rope_theta": -1`), "rope_theta is -1, expected a positive number"},
		{configText("llama", `"rope_theta": 1e300`), "rope_theta is 1e+300, expected a positive number"},
		{configText("llama", `"rope_scaling": {"type": "linear", "factor": 0.5}`), "rope_scaling does not make sense: the factor of linear scaling is 0.5, expected 1 or more"},
		{configText("llama", `"rope_scaling": {"rope_type": "llama3", "factor": 8.0}`), "the frequency factors of llama3 scaling are 0 and 0, expected two positive numbers, the low one first"},
		{configText("llama", `"rope_parameters": {"rope_type": "yarn", "factor": 2.0, "beta_fast": 0.5}`), "rope_parameters does not make sense: yarn scaling has beta_fast 0.5, beta_slow 1"},
		{configText("llama", `"rope_parameters": {"rope_type": "longrope"}`), "longrope scaling has factors for 0 pairs, expected 64 for heads of 128"},
		{configText("llama", `"rope_parameters": {"rope_type": "proportional"}`), `rope_parameters of type "proportional" is not supported, expected default, linear, dynamic, llama3, yarn or longrope`},
		{configText("phi3", `"rope_scaling": {"type": "longrope", "short_factor": [0, -1]}`), "a pair's factor of longrope scaling is 0, expected a positive number"},
		{configText("phi3", `"partial_rotary_factor": 0.75`), "partial_rotary_factor 0.75 is not supported, expected 1"},
		{configText("smollm3", `"use_sliding_window": true, "sliding_window": 4`), "use_sliding_window true is not supported, expected false"},
		{configText("smollm3", `"no_rope_layers": [1, 0]`), "no_rope_layers names 2 layers, expected num_hidden_layers, 36"},
		{configText("smollm3", `"no_rope_layer_interval": 0`), "no_rope_layer_interval is expected to be 1 or more"},
		{configText("qwen2", `"use_sliding_window": true, "layer_types": ["full_attention"]`), "layer_types names 1 layers, expected num_hidden_layers, 32"},
		{configText("gemma2", `"num_hidden_layers": 1, "layer_types": ["chunked_attention"]`), `layer_types "chunked_attention" is not supported, expected full_attention and sliding_attention`},
		{configText("gemma2", `"sliding_window": null`), "sliding_window is null, expected a number"},
		{configText("gemma2", `"query_pre_attn_scalar": null`), "query_pre_attn_scalar is null, expected a whole number"},
		{configText("gemma2", `"query_pre_attn_scalar": 0`), "query_pre_attn_scalar is 0, expected 1 or more"},
		{configText("gemma2", `"final_logit_softcapping": -3`), "attn_logit_softcapping is 50 and final_logit_softcapping -3, expected positive numbers, or null"},
		{configText("gemma2", `"final_logit_softcapping": "x"`), `a cap of scores is "x", expected a number or null`},
		{configText("gemma2", `"hidden_activation": "gelu"`), `hidden_activation "gelu" is not supported, expected gelu_pytorch_tanh`},
		{configText("gemma3_text", `"use_bidirectional_attention": true`), "use_bidirectional_attention true is not supported, expected false"},
		{configText("gemma3_text", `"sliding_window_pattern": 0`), "sliding_window_pattern is 0, expected 1 or more"},
		{configText("gemma3_text", `"rope_local_base_freq": -1`), "rope_local_base_freq is -1, expected a positive number"},
		{configText("gemma3_text", `"rope_parameters": {"rope_type": "linear", "factor": 2}`), "rope_parameters is not supported without full_attention and sliding_attention"},
		{configText("gemma3_text", `"rope_parameters": {"sliding_attention": {"rope_type": "linear", "factor": 2}}`), `rope_parameters of type "linear" for sliding_attention is not supported, expected default`},
		{configText("llama", `"rope_scaling": {"rope_type": "yarn", "factor": 2, "original_max_position_embeddings": -4}`), "the original length of yarn scaling is -4, expected 1 or more"},
		{configText("llama", `"layer_types": ["full_attention", "chunked_attention"]`), `layer_types ["full_attention" "chunked_attention"] is not supported, expected full_attention`},
		{configText("mistral", `"sliding_window": 0`), "sliding_window is 0, expected 1 or more"},
		{configText("qwen3", `"head_dim": 9`), "qwen3 model: the head dimension is 9, expected an even one"},
		{configText("gemma", `"hidden_activation": "relu"`), `hidden_activation "relu" is not supported, expected gelu_pytorch_tanh`},
		{configText("gemma3", ``), `model_type "gemma3" is not supported, expected ` + known},
		{configText("llama", `"rope_parameters": {"partial_rotary_factor": 0.5}`), "partial_rotary_factor 0.5 is not supported, expected 1"},
		{configText("llama", `"partial_rotary_factor": 0.25`), "partial_rotary_factor 0.25 is not supported, expected 1"},
		{configText("llama", `"rope_scaling": 3`), "rope_scaling is number, expected an object"},
	} {
		if c, err := hf.ParseConfig([]byte(row.text)); err == nil || !strings.HasPrefix(err.Error(), "config.json: ") || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %+v, error %v, expected %s", row.text, c, err, row.want)
		}
	}
}

func TestReadConfigErrors(t *testing.T) {
	dir := t.TempDir()
	for name, row := range map[string]struct{ text, want string }{
		"long": {strings.Repeat(" ", 1<<20+1), "config.json: longer than 1048576 bytes"},
		"bad":  {"{", "config.json: unexpected end"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(row.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := hf.ReadConfig(path); err == nil || !strings.Contains(err.Error(), `read "`+path+`": `+row.want) {
			t.Errorf("%s: error %v, expected %s", name, err, row.want)
		}
	}
	if _, err := hf.ReadConfig(filepath.Join(dir, "gone")); err == nil {
		t.Error("a file that is not there was read")
	}
}

// Whatever the text: no panic; what is accepted has a map, and survives being written.
func FuzzConfig(f *testing.F) {
	for _, row := range configs {
		f.Add([]byte(configText(row.form, row.fields)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := hf.ParseConfig(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error has several lines: %q", err)
			}
			return
		}
		if m, err := c.Map(); err != nil || len(m) < c.Layers {
			t.Errorf("%+v has a map of %d entries, %v", c, len(m), err)
		}
		again, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if d, err := hf.ParseConfig(again); err != nil || !reflect.DeepEqual(c, d) {
			t.Errorf("written and read again, %v: %+v, expected %+v", err, d, c)
		}
	})
}
