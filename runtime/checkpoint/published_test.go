package checkpoint

import (
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
)

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
		if row.name == "Mistral 7B" && cfg.BlockSize != 4096 {
			t.Errorf("%s is read for texts of %d tokens, its window is 4096", row.name, cfg.BlockSize)
		}
	}
}
