package nn_test

import (
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/nn"
)

// TestParamsAreTheCallers: whoever sorts out which parameters to train, in place, does not take them from the model.
func TestParamsAreTheCallers(t *testing.T) {
	modules := map[string]func() (nn.Module, error){
		"GPT": func() (nn.Module, error) {
			return nn.NewGPT(nn.GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4})
		},
		"MLP":       func() (nn.Module, error) { return nn.NewMLP([]int{2, 3, 2}) },
		"Linear":    func() (nn.Module, error) { return nn.NewLinear(2, 3) },
		"Embedding": func() (nn.Module, error) { return nn.NewEmbedding(2, 3) },
		"LayerNorm": func() (nn.Module, error) { return nn.NewLayerNorm(3) },
		"RMSNorm":   func() (nn.Module, error) { return nn.NewRMSNorm(3) },
	}
	for name, build := range modules {
		t.Run(name, func(t *testing.T) {
			m, err := build()
			if err != nil {
				t.Fatal(err)
			}
			count := nn.Count(m)
			if left := slices.DeleteFunc(m.Params(), func(nn.Param) bool { return true }); len(left) != 0 {
				t.Fatalf("%d parameters are left", len(left))
			}
			for _, p := range m.Params() {
				if p.Tensor == nil {
					t.Fatal("the module has lost a parameter")
				}
			}
			if again := nn.Count(m); again != count || count == 0 {
				t.Errorf("%d numbers, before %d", again, count)
			}
		})
	}
}
