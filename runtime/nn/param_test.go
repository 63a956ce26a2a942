package nn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
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

// network is a module as people write them: its method hands itself to Params.
type network struct {
	First *nn.Linear
	Rest  *network
}

func (n *network) Params() []nn.Param { return nn.Params(n) }

// TestParamsOfStruct: what a struct's exported fields hold is listed, each tensor once.
func TestParamsOfStruct(t *testing.T) {
	type pair struct{ A, B *nn.Linear }
	linear := func() *nn.Linear {
		l, err := nn.NewLinear(2, 2)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	w, shared, bare, own := tensor.Ones(2).Track(), linear(), linear(), linear()
	shared.Weight = own.Weight
	bare.Bias = nil
	mlp, err := nn.NewMLP([]int{2, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		v    any
		want []string
	}{
		{struct{ W, Constant *tensor.Tensor }{w, tensor.Ones(2)}, []string{"w"}},
		{struct{ W, Again *tensor.Tensor }{w, w}, []string{"w"}},
		{&pair{linear(), nil}, []string{"a.weight", "a.bias"}},
		{pair{linear(), bare}, []string{"a.weight", "a.bias", "b.weight"}},
		{pair{own, shared}, []string{"a.weight", "a.bias", "b.bias"}},
		{pair{own, own}, []string{"a.weight", "a.bias"}},
		{struct{ Layers []pair }{[]pair{{bare, nil}, {nil, own}}}, []string{"layers.0.a.weight", "layers.1.b.weight", "layers.1.b.bias"}},
		{struct{ Heads map[string]*nn.Linear }{map[string]*nn.Linear{"y": bare, "x": own}}, []string{"heads.x.weight", "heads.x.bias", "heads.y.weight"}},
		{struct{ Layers []any }{[]any{bare, &pair{own, nil}, (*tensor.Tensor).ReLU, nil}}, []string{"layers.0.weight", "layers.1.a.weight", "layers.1.a.bias"}},
		{struct{ Inner fmt.Stringer }{own}, []string{"inner.weight", "inner.bias"}},
		{[]*tensor.Tensor{w, own.Bias}, []string{"0", "1"}},
		{own, []string{"weight", "bias"}},
		{mlp, []string{"layers.0.weight", "layers.0.bias"}},
		{&network{own, &network{bare, nil}}, []string{"first.weight", "first.bias", "rest.first.weight"}},
		{struct{ hidden *nn.Linear }{own}, nil},
	} {
		var names []string
		for _, p := range nn.Params(row.v) {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, row.want) {
			t.Errorf("%T: %v, want %v", row.v, names, row.want)
		}
	}
}

// TestParamsFollowFields: a layer's parameters are those it computes with.
func TestParamsFollowFields(t *testing.T) {
	l, err := nn.NewLinear(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	l.Weight, l.Bias = tensor.Ones(1, 2).Track(), nil
	l.Forward(tensor.Ones(1, 2)).Sum().Backward()
	if ps := l.Params(); len(ps) != 1 || ps[0].Tensor != l.Weight || ps[0].Grad().Sum().Item() != 2 {
		t.Errorf("the parameters are %v", ps)
	}
}

// TestTooLarge: a model that fits into no memory is an error, also where the count of its numbers would overflow.
func TestTooLarge(t *testing.T) {
	const large = 1 << 30
	for name, build := range map[string]func() error{
		"linear layer from 1073741824 to 1073741824: ": func() error { _, err := nn.NewLinear(large, large); return err },
		"embedding of 1073741824 in 4398046511104: ":   func() error { _, err := nn.NewEmbedding(large, 1<<42); return err },
		"layer norm over 1125899906842624 numbers: ":   func() error { _, err := nn.NewLayerNorm(1 << 50); return err },
		"RMS norm over 1125899906842624 numbers: ":     func() error { _, err := nn.NewRMSNorm(1 << 50); return err },
		"MLP with sizes [1073741824 1073741824 1]: ":   func() error { _, err := nn.NewMLP([]int{large, large, 1}); return err },
		"make a GPT: ": func() error {
			_, err := nn.NewGPT(nn.GPTConfig{VocabSize: 1 << 40, BlockSize: 4, Layers: 1, Heads: 1, Embed: large})
			return err
		},
	} {
		if err := build(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("error %v, want %s...", err, name)
		}
	}
}

// TestMLPLoss: values are compared with results of the same shape only.
func TestMLPLoss(t *testing.T) {
	m, err := nn.NewMLP([]int{3, 2})
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.Ones(4, 3)
	if err := tensor.Try(func() { m.Loss(x, tensor.Ones(4, 2)) }); err != nil {
		t.Error(err)
	}
	for _, y := range []*tensor.Tensor{tensor.Ones(4), tensor.Ones(4, 1), tensor.Ones(1, 2)} {
		want := fmt.Sprintf("tensor: mlp loss: the values are %s, the results f32[4 2]", y.View())
		if err := tensor.Try(func() { m.Loss(x, y) }); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
