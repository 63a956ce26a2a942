package checkpoint

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

func newGPT(t *testing.T) *nn.GPT {
	t.Helper()
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: 7, BlockSize: 8, Layers: 1, Heads: 2, Embed: 8, Dropout: 0.5}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestFreeze goes through the doors by which a model could be changed.
func TestFreeze(t *testing.T) {
	m := newGPT(t)
	opt, err := optim.AdamW{LR: 1}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	ids := tensor.New([]int{1, 2, 3}, 1, 3)
	m.Loss(ids, ids).Backward()
	f, err := Freeze(m)
	if err != nil {
		t.Fatal(err)
	}
	w := m.Params()[0]
	other := newGPT(t) // whose gradient has the frozen model's memory for its place
	other.Params()[0].SetGrad(w.Tensor)
	its, err := optim.AdamW{LR: 1}.New(other.Params())
	if err != nil {
		t.Fatal(err)
	}
	doors := map[string]func(){
		"the gradient of a plan":   func() { other.Loss(ids, ids).Backward() },
		"the gradient of the tape": func() { other.Stepwise(true); other.Loss(ids, ids).Backward() },
		"zeroes of an optimizer":   its.ZeroGrad,
		"zeroes of a module":       func() { nn.ZeroGrad(other) },
		"the optimizer":            opt.Step,
		"assign":                   func() { w.Assign(w.ZerosLike()) },
		"assign through":           func() { w.Reshape(-1).Slice(0, 0, 3).AssignFill(1) },
		"assign to a detail":       func() { w.Detach().T().Index(0, 0).AssignAdd(tensor.Scalar(1)) },
		"set an element":           func() { w.SetAt(1, 0, 0) },
		"set the bytes":            func() { w.AssignBytes(w.Bytes()) },
		"another parameter":        func() { m.Params()[1].AssignFill(1) },
	}
	for name, open := range doors {
		if err := tensor.Try(open); err == nil || !strings.Contains(err.Error(), "frozen") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tensor.Numbers[float32](w.Detach()); err == nil {
		t.Error("the memory of a frozen model is given out")
	}
	if _, err := (optim.SGD{LR: 1}).New(m.Params()); err == nil || !strings.Contains(err.Error(), "frozen") {
		t.Errorf("another optimizer: %v", err)
	}
	m.Loss(ids, ids)
	if m.Loss(ids, ids).Tracked() {
		t.Error("a frozen model's loss has a gradient")
	}
	p, err := Verify(f)
	if err != nil || !p.Same() || !strings.HasPrefix(p.String(), "unchanged since ") {
		t.Error(p, err)
	}
}

// TestVerify writes to the memory behind everybody's back.
func TestVerify(t *testing.T) {
	m := newGPT(t)
	f, err := Freeze(m)
	if err != nil {
		t.Fatal(err)
	}
	v := m.Params()[4].View()
	if err := m.Device().Write(v.Data, v.Offset, []byte{1}); err != nil {
		t.Fatal(err)
	}
	p, err := Verify(f)
	if err != nil || p.Same() || !strings.Contains(p.String(), `changed: "layers.0.attn.qkv.weight" (values)`) {
		t.Error(p, err)
	}
}
