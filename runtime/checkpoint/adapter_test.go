package checkpoint_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/nn"
	numbers "github.com/resident-go/resident/runtime/tensor"
)

// fillByFormula gives a model the weights of ../nn/testdata/makelora.py: uniform between -1/8 and 1/8, norms' around 1.
func fillByFormula(m *nn.GPT) {
	state := uint32(1)
	for _, p := range m.Params() {
		w := make([]float32, p.Size())
		for i := range w {
			state = state*1664525 + 1013904223
			w[i] = float32(int(state>>8)-1<<23) / (1 << 26)
			if strings.Contains(p.Name, "norm") && strings.HasSuffix(p.Name, ".weight") {
				w[i]++
			}
		}
		p.Assign(numbers.New(w, p.Shape()...))
	}
}

// TestAdapterFiles loads adapters that PEFT saved and compares logits with PyTorch's; then saves them, and loads what was saved.
func TestAdapterFiles(t *testing.T) {
	for _, name := range []string{"peft-gpt2", "peft-llama"} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join("testdata", name)
			var want struct {
				Versions string
				Config   nn.GPTConfig
				IDs      []int32
				Logits   []float64
			}
			text, err := os.ReadFile(filepath.Join(folder, "expected.json"))
			if err == nil {
				err = json.Unmarshal(text, &want)
			}
			if err != nil {
				t.Fatal(err)
			}
			base, err := nn.NewGPT(want.Config)
			if err != nil {
				t.Fatal(err)
			}
			fillByFormula(base)
			saved, ranks := t.TempDir(), 0
			for _, from := range []string{folder, saved} {
				m, err := checkpoint.LoadAdapters(from, base)
				if err != nil {
					t.Fatal(err)
				}
				got := m.Logits(numbers.New(want.IDs, 1, len(want.IDs))).Index(1, -1).Float64s()
				for i, w := range want.Logits {
					if math.Abs(got[i]-w) > 1e-4 {
						t.Fatalf("from %s: logit %d is %.6f, want %.6f (%s)", from, i, got[i], w, want.Versions)
					}
				}
				if err := checkpoint.SaveAdapters(saved, m); err != nil {
					t.Fatal(err)
				}
				if added := nn.Count(m) - nn.Count(base); ranks == 0 {
					ranks = added
				} else if added != ranks {
					t.Errorf("adapters of %d numbers, %d before they were saved", added, ranks)
				}
			}
		})
	}
}

func TestLoadAdaptersRefuses(t *testing.T) {
	gpt2, err := nn.NewGPT(nn.GPTConfig{VocabSize: 65, BlockSize: 32, Layers: 2, Heads: 4, Embed: 48})
	if err != nil {
		t.Fatal(err)
	}
	shallow, err := nn.NewGPT(nn.GPTConfig{VocabSize: 65, BlockSize: 32, Layers: 1, Heads: 4, Embed: 48})
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := nn.NewGPT(nn.GPTConfig{VocabSize: 65, BlockSize: 32, Layers: 2, Heads: 4, Embed: 32})
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name, old, new string // a change of adapter_config.json
		m              *nn.GPT
		want           string
	}{
		{"another method", `"LORA"`, `"IA3"`, gpt2, `peft_type is "IA3", want LORA`},
		{"no rank", `"r": 4`, `"r": 0`, gpt2, "r is 0 and lora_alpha 12, want positive ones"},
		{"DoRA", `"use_dora": false`, `"use_dora": true`, gpt2, "use_rslora and use_dora are not supported"},
		{"biases", `"bias": "none"`, `"bias": "all"`, gpt2, `bias is "all", want none`},
		{"whole matrices", `"modules_to_save": null`, `"modules_to_save": ["lm_head"]`, gpt2, "modules_to_save is [lm_head]: whole matrices are not supported"},
		{"no JSON", `{`, `[`, gpt2, "adapter_config.json: "},
		{"another depth", "", "", shallow, "4 of its 8 tensors are adapters of such a model"},
		{"another width", "", "", narrow, "lora_B.weight is [144 4], want [96 4]"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
				text, err := os.ReadFile(filepath.Join("testdata", "peft-gpt2", name))
				if err == nil && strings.HasSuffix(name, ".json") {
					text = []byte(strings.Replace(string(text), r.old, r.new, 1))
				}
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if _, err := checkpoint.LoadAdapters(dir, r.m); err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
	if err := checkpoint.SaveAdapters(t.TempDir(), gpt2); err == nil || err.Error() != "save adapters: the model has none" {
		t.Errorf("a model without adapters: %v", err)
	}
}

// TestLoadAdaptersOfOtherShapes: what a file claims of its tensors is an error where it does not fit, whatever it claims.
func TestLoadAdaptersOfOtherShapes(t *testing.T) {
	base, err := nn.NewGPT(nn.GPTConfig{VocabSize: 65, BlockSize: 32, Layers: 1, Heads: 4, Embed: 48}.Llama())
	if err != nil {
		t.Fatal(err)
	}
	const layer = "base_model.model.model.layers.0."
	rows := []struct {
		name   string
		shapes map[string][]int // by module, A and B one after the other: [rows, columns, rows, columns]
		want   string
	}{
		{"columns that another part has", map[string][]int{"self_attn.q_proj": {4, 48, 48, 4}, "self_attn.k_proj": {4, 40, 48, 4}}, "self_attn.k_proj.lora_A.weight is [4 40], want [r 48]"},
		{"columns of nobody", map[string][]int{"mlp.down_proj": {4, 48, 48, 4}}, "mlp.down_proj.lora_A.weight is [4 48], want [r 128]"},
		{"no rank", map[string][]int{"self_attn.o_proj": {0, 48, 48, 0}}, "self_attn.o_proj.lora_A.weight is [0 48], want [r 48]"},
		{"more columns than can be counted", map[string][]int{"self_attn.o_proj": {0, 1 << 62, 48, 0}}, "self_attn.o_proj.lora_A.weight is [0 4611686018427387904], want [r 48]"},
		{"more rows than can be counted", map[string][]int{"self_attn.o_proj": {0, 48, 1 << 62, 0}}, "self_attn.o_proj.lora_B.weight is [4611686018427387904 0], want [48 0]"},
		{"no B", map[string][]int{"self_attn.o_proj": {4, 48}}, "self_attn.o_proj.lora_B.weight is missing, or no matrix"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			dir := t.TempDir()
			var tensors []safetensors.Tensor
			for module, s := range r.shapes {
				for i, name := range []string{".lora_A.weight", ".lora_B.weight"}[:len(s)/2] {
					shape := s[2*i : 2*i+2]
					tensors = append(tensors, safetensors.Tensor{Name: layer + module + name, DType: safetensors.F32, Shape: shape, Data: safetensors.Bytes(make([]byte, 4*shape[0]*shape[1]))})
				}
			}
			if err := safetensors.WriteFile(filepath.Join(dir, "adapter_model.safetensors"), tensors, nil); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "adapter_config.json"), []byte(`{"peft_type": "LORA", "r": 4, "lora_alpha": 8}`), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := checkpoint.LoadAdapters(dir, base); err == nil || !strings.HasSuffix(err.Error(), layer+r.want) {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}
