package checkpoint_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/nn"
	numbers "github.com/resident-go/resident/runtime/tensor"
)

// FuzzLoadAdapters: a folder of adapters is read or refused, whatever is in it; a model with what was read can be used.
func FuzzLoadAdapters(f *testing.F) {
	var seeds [2][]byte
	for i, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		raw, err := os.ReadFile(filepath.Join("testdata", "peft-gpt2", name))
		if err != nil {
			f.Fatal(err)
		}
		seeds[i] = raw
	}
	f.Add(seeds[0], seeds[1])
	f.Add([]byte(`{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "alpha_pattern": {"c_attn": 1e308}}`), seeds[1])
	base, err := nn.NewGPT(nn.GPTConfig{VocabSize: 65, BlockSize: 32, Layers: 2, Heads: 4, Embed: 48})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, config, weights []byte) {
		dir := t.TempDir()
		for name, text := range map[string][]byte{"adapter_config.json": config, "adapter_model.safetensors": weights} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m, err := checkpoint.LoadAdapters(dir, base)
		if err == nil {
			m.Logits(numbers.New([]int{1, 2}, 1, 2))
		}
	})
}
