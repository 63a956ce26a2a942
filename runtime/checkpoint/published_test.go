package checkpoint

import (
	"fmt"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
)

// layouts are block, window and pattern of published models.
var layouts = map[string]string{
	"Mistral 7B": "32768 4096 ", "Gemma 2 2B": "8192 4096 wf", "Gemma 3 270M": "32768 512 wwwwwf", "Gemma 3 1B": "32768 512 wwwwwf", "Phi-3 mini 4k": "4096 2047 ", "SmolLM3 3B": "65536 0 fffn",
}

// TestPublished reads what the config.json of published models says and compares the number of parameters with that of their weights, in which a
// head that is the embedding counts once.
func TestPublished(t *testing.T) {
	for _, row := range []struct {
		name, config string
		params       int64
	}{
		{"Llama 3.2 1B", `{"model_type": "llama", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
			"num_key_value_heads": 8, "head_dim": 64, "hidden_act": "silu", "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
			"rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
			"attention_bias": false, "mlp_bias": false, "pretraining_tp": 1, "tie_word_embeddings": true, "bos_token_id": 128000, "eos_token_id": 128001, "torch_dtype": "bfloat16"}`, 1_235_814_400},
		{"Qwen2.5 0.5B", `{"model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14,
			"num_key_value_heads": 2, "hidden_act": "silu", "max_position_embeddings": 32768, "max_window_layers": 24, "sliding_window": 32768, "use_sliding_window": false, "use_mrope": false,
			"rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "tie_word_embeddings": true, "bos_token_id": 151643, "eos_token_id": 151643, "torch_dtype": "bfloat16"}`, 494_032_768},
		{"Qwen3 0.6B", `{"model_type": "qwen3", "vocab_size": 151936, "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
			"num_key_value_heads": 8, "head_dim": 128, "hidden_act": "silu", "max_position_embeddings": 40960, "max_window_layers": 28, "sliding_window": null, "use_sliding_window": false,
			"rms_norm_eps": 1e-06, "rope_theta": 1000000, "rope_scaling": null, "attention_bias": false, "tie_word_embeddings": true, "torch_dtype": "bfloat16"}`, 596_049_920},
		{"SmolLM2 135M", `{"model_type": "llama", "vocab_size": 49152, "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
			"num_key_value_heads": 3, "hidden_act": "silu", "max_position_embeddings": 8192, "rms_norm_eps": 1e-05, "rope_theta": 100000, "rope_scaling": null, "rope_interleaved": false,
			"is_llama_config": true, "tie_word_embeddings": true, "bos_token_id": 0, "eos_token_id": 0}`, 134_515_008},
		{"TinyLlama 1.1B", `{"model_type": "llama", "vocab_size": 32000, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22, "num_attention_heads": 32,
			"num_key_value_heads": 4, "hidden_act": "silu", "max_position_embeddings": 2048, "rms_norm_eps": 1e-05, "rope_scaling": null, "tie_word_embeddings": false}`, 1_100_048_384},
		{"Mistral 7B", `{"model_type": "mistral", "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
			"num_key_value_heads": 8, "hidden_act": "silu", "max_position_embeddings": 32768, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096}`, 7_241_732_096},
		{"Gemma 2B", `{"model_type": "gemma", "vocab_size": 256000, "hidden_size": 2048, "intermediate_size": 16384, "num_hidden_layers": 18, "num_attention_heads": 8,
			"num_key_value_heads": 1, "head_dim": 256, "hidden_act": "gelu", "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 8192, "rms_norm_eps": 1e-06, "rope_theta": 10000.0}`, 2_506_172_416},
		{"Gemma 2 2B", `{"model_type": "gemma2", "vocab_size": 256000, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26, "num_attention_heads": 8,
			"num_key_value_heads": 4, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 8192, "rms_norm_eps": 1e-06,
			"rope_theta": 10000.0, "sliding_window": 4096, "query_pre_attn_scalar": 256, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "cache_implementation": "hybrid"}`, 2_614_341_888},
		{"Gemma 3 270M", `{"model_type": "gemma3_text", "vocab_size": 262144, "hidden_size": 640, "intermediate_size": 2048, "num_hidden_layers": 18, "num_attention_heads": 4,
			"num_key_value_heads": 1, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 32768, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0,
			"rope_scaling": null, "sliding_window": 512, "_sliding_window_pattern": 6, "query_pre_attn_scalar": 256, "attn_logit_softcapping": null, "final_logit_softcapping": null, "use_bidirectional_attention": false,
			"layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "sliding_attention",
			"sliding_attention", "sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "full_attention"]}`, 268_098_176},
		{"Gemma 3 1B", `{"model_type": "gemma3_text", "vocab_size": 262144, "hidden_size": 1152, "intermediate_size": 6912, "num_hidden_layers": 26, "num_attention_heads": 4,
			"num_key_value_heads": 1, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 32768, "rms_norm_eps": 1e-06, "rope_theta": 1000000, "rope_local_base_freq": 10000,
			"sliding_window": 512, "sliding_window_pattern": 6, "query_pre_attn_scalar": 256}`, 999_885_952},
		{"Phi-3 mini 4k", `{"model_type": "phi3", "vocab_size": 32064, "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 32, "num_attention_heads": 32,
			"num_key_value_heads": 32, "hidden_act": "silu", "max_position_embeddings": 4096, "original_max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "rope_scaling": null,
			"sliding_window": 2047, "attention_bias": false, "resid_pdrop": 0.0, "embd_pdrop": 0.0, "tie_word_embeddings": false}`, 3_821_079_552},
		{"SmolLM3 3B", `{"model_type": "smollm3", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "num_attention_heads": 16,
			"num_key_value_heads": 4, "hidden_act": "silu", "max_position_embeddings": 65536, "rms_norm_eps": 1e-06, "rope_theta": 5000000.0, "rope_scaling": null, "no_rope_layer_interval": 4,
			"use_sliding_window": false, "sliding_window": null, "max_window_layers": 28, "pretraining_tp": 2, "attention_bias": false, "mlp_bias": false, "tie_word_embeddings": true}`, 3_075_098_624},
	} {
		c, err := hf.ParseConfig([]byte(row.config))
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		cfg, err := gptConfig(c)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if got := cfg.Cost().Params; got != row.params {
			t.Errorf("%s: %d parameters, published are %d", row.name, got, row.params)
		}
		if seen, known := layouts[row.name]; known && fmt.Sprintf("%d %d %s", cfg.BlockSize, cfg.Window, cfg.Pattern) != seen {
			t.Errorf("%s has a block of %d, a window of %d in layers %q, want %s", row.name, cfg.BlockSize, cfg.Window, cfg.Pattern, seen)
		}
	}
}
