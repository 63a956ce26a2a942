package hf_test

import (
	"fmt"

	"github.com/resident-go/resident/runtime/checkpoint/hf"
)

// Open a model, and read one of its parameters under the name that it has here.
func Example() {
	model, err := hf.Open("../testdata/llama")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()
	c := model.Config
	fmt.Println(c.Form, "with", c.Layers, "layers,", c.Heads, "heads,", c.Vocab, "tokens")
	for _, e := range model.Map {
		if e.Ours != "layers.0.attn.qkv.weight" {
			continue
		}
		v := make([]float32, e.Shape[0]*e.Shape[1])
		if err := e.Read(model.Weights, v); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Ours, e.Shape, "from")
		for _, p := range e.Theirs {
			fmt.Println(" ", p.Name, p.Shape)
		}
	}
	// Output:
	// llama with 2 layers, 4 heads, 53 tokens
	// layers.0.attn.qkv.weight [64 32] from
	//   model.layers.0.self_attn.q_proj.weight [32 32]
	//   model.layers.0.self_attn.k_proj.weight [16 32]
	//   model.layers.0.self_attn.v_proj.weight [16 32]
}
