package nn_test

import (
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// A model that has learned nothing guesses: its loss is the logarithm of the number of tokens.
func Example() {
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: 65, BlockSize: 32, Layers: 2, Heads: 4, Embed: 64}, nn.Seed(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	ids := tensor.New([]int{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4)     // two texts of four tokens
	targets := tensor.New([]int{2, 3, 4, 5, 6, 7, 8, 9}, 2, 4) // what follows each of them
	loss := m.Loss(ids, targets)
	loss.Backward()
	fmt.Println(nn.Count(m), "parameters, scores", m.Logits(ids).Shape())
	fmt.Println("as good as guessing:", math.Abs(loss.Item()-math.Log(65)) < 0.2)
	fmt.Println("gradient of", m.Params()[0].Name, m.Params()[0].Grad().Shape())
	// Output:
	// 106304 parameters, scores [2 4 65]
	// as good as guessing: true
	// gradient of embed.weight [65 64]
}

// A perceptron learns XOR by hand: forwards, backwards, a small step, again and again.
func ExampleMLP() {
	m, err := nn.NewMLP([]int{2, 8, 2}, nn.Seed(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	opt, err := optim.AdamW{LR: 0.05}.New(m.Params())
	if err != nil {
		fmt.Println(err)
		return
	}
	x := tensor.New([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := tensor.New([]int{0, 1, 1, 0})
	for range 200 {
		opt.ZeroGrad()
		m.Loss(x, y).Backward()
		opt.Step()
	}
	fmt.Println(m.Logits(x).ArgMax(-1))
	// Output: i32[4] [0 1 1 0]
}

// A model of one's own is a struct of layers: Params finds their parameters, and names them by the fields.
func ExampleParams() {
	type classifier struct {
		Hidden, Out *nn.Linear
	}
	hidden, err := nn.NewLinear(4, 8, nn.Seed(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := nn.NewLinear(8, 3, nn.Seed(2))
	if err != nil {
		fmt.Println(err)
		return
	}
	m := &classifier{hidden, out}
	for _, p := range nn.Params(m) {
		fmt.Println(p.Name, p.Shape(), "decays:", p.Decay)
	}
	scores := m.Out.Forward(m.Hidden.Forward(tensor.Ones(2, 4)).ReLU())
	fmt.Println(scores.Shape())
	// Output:
	// hidden.weight [8 4] decays: true
	// hidden.bias [8] decays: false
	// out.weight [3 8] decays: true
	// out.bias [3] decays: false
	// [2 3]
}
