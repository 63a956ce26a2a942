package nn_test

import (
	"fmt"
	"testing"

	"github.com/resident-go/resident/runtime/nn"
)

// TestString: how models look in a notebook and on a terminal.
func TestString(t *testing.T) {
	gpt, err := nn.NewGPT(nn.GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 2, Embed: 4})
	if err != nil {
		t.Fatal(err)
	}
	adapted, err := gpt.Adapt(nn.LoRA{Rank: 2, Targets: []string{"attn.out"}})
	if err != nil {
		t.Fatal(err)
	}
	mlp, _ := nn.NewMLP([]int{2, 3, 1})
	linear, _ := nn.NewLinear(2, 3)
	bare, _ := nn.NewLinear(2, 1)
	bare.Bias = nil
	embedding, _ := nn.NewEmbedding(5, 3)
	norm, _ := nn.NewLayerNorm(4)
	rms, _ := nn.NewRMSNorm(4)
	for _, row := range []struct {
		v    any
		want string
	}{
		{gpt, "GPT: layers 1, heads 2, width 4, block 4, vocabulary 5; 288 parameters"},
		{adapted, "GPT: layers 1, heads 2, width 4, block 4, vocabulary 5; 304 parameters, 16 of them trainable; adapted with rank 2"},
		{mlp, "MLP: 2 → 3 → 1; 13 parameters"},
		{linear, "linear 2 → 3"},
		{bare, "linear 2 → 1 without bias"},
		{embedding, "embedding of 5 in 3"},
		{norm, "layer norm over 4"},
		{rms, "RMS norm over 4"},
		{nn.Param{Name: "none"}, "none"},
		{norm.Params(), "[weight f32[4] bias f32[4]]"},
	} {
		if got := fmt.Sprint(row.v); got != row.want {
			t.Errorf("%s, want %s", got, row.want)
		}
	}
}
