package nn_test

import (
	"slices"
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
