package optim

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// TestTorch compares parameters after each step with PyTorch's.
func TestTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Clip float64
		Rows []struct {
			Method string
			Args   struct {
				LR          float64
				Betas       []float64
				Eps         float64
				WeightDecay float64 `json:"weight_decay"`
				Momentum    float64
				Nesterov    bool
			}
			Clip  bool
			Steps [][]float64
		}
	}
	if err := json.Unmarshal(data, &file); err != nil || len(file.Rows) == 0 {
		t.Fatal(err)
	}
	for _, row := range file.Rows {
		a := row.Args
		var m Method = SGD{LR: a.LR, Momentum: a.Momentum, WeightDecay: a.WeightDecay, Nesterov: a.Nesterov}
		if row.Method == "adamw" {
			w := AdamW{LR: a.LR, Eps: a.Eps, WeightDecay: a.WeightDecay}
			if a.Betas != nil {
				w.Beta1, w.Beta2 = a.Betas[0], a.Betas[1]
			}
			m = w
		}
		p := tensor.Vector(1, -2, 0.5, 3).Track()
		opt, err := m.New([]nn.Param{{Name: "p", Tensor: p, Decay: true}})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range row.Steps {
			opt.ZeroGrad()
			p.AddScalar(-0.25 * float64(i)).Square().Mul(tensor.Vector(1, 2, 0.1, 0.5)).Sum().Backward()
			if row.Clip {
				opt.Clip(file.Clip)
			}
			opt.Step()
			for j, got := range p.Float64s() {
				if math.Abs(got-want[j]) > 1e-6*math.Max(1, math.Abs(want[j])) {
					t.Errorf("%#v, clip %v, step %d: parameter %d is %.7f, PyTorch has %.7f", m, row.Clip, i, j, got, want[j])
				}
			}
		}
	}
}

// TestClip: gradients are scaled down to the norm also where their squares are too large for their type.
func TestClip(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, row := range []struct {
		grad []float32
		most float64
		norm float64
		want []float64 // of parameters that were 0, after a step of length 1
	}{
		{[]float32{3, 4}, 10, 5, []float64{-3, -4}},
		{[]float32{3, 4}, 1, 5, []float64{-0.6, -0.8}},
		{[]float32{3e30, 4e30}, 1, 5e30, []float64{-0.6, -0.8}},
		{[]float32{-3e38, 0}, 2, 3e38, []float64{2, 0}},
		{[]float32{inf, 4}, 1, math.Inf(1), []float64{math.NaN(), 0}},
		{[]float32{0, 0}, 1, 0, []float64{0, 0}},
	} {
		p := tensor.Zeros(2).Track()
		p.SetGrad(tensor.New(row.grad))
		opt, err := SGD{LR: 1}.New([]nn.Param{{Name: "p", Tensor: p}})
		if err != nil {
			t.Fatal(err)
		}
		if norm := opt.Clip(row.most); norm != row.norm && !(math.Abs(norm-row.norm) < 1e-6*row.norm) {
			t.Errorf("%v: the norm is %v, want %v", row.grad, norm, row.norm)
		}
		opt.Step()
		for i, got := range p.Float64s() {
			if want := row.want[i]; math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-6 {
				t.Errorf("%v clipped to %v: parameter %d becomes %v, want %v", row.grad, row.most, i, got, want)
			}
		}
		if err := tensor.Try(func() { opt.Clip(0) }); err == nil || err.Error() != "tensor: sgd: clip gradients to a norm of 0: want one above 0" {
			t.Errorf("a norm of 0: %v", err)
		}
	}
}

func smallGPT(t *testing.T) *nn.GPT {
	t.Helper()
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: 7, BlockSize: 8, Layers: 1, Heads: 2, Embed: 8}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestOnePass checks that a model's parameters are moved in two passes, with and without decay, and not one by one.
func TestOnePass(t *testing.T) {
	m := smallGPT(t)
	opt, err := AdamW{LR: 0.1}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := opt.String(), "adamw: steps 0, learning rate 0.1, 1008 numbers"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	sum := 0
	for _, c := range opt.layout() {
		sum += c.param.Size()
	}
	if n := len(opt.layout()); n != 2 || sum != nn.Count(m) {
		t.Errorf("%d passes over %d numbers, want 2 over %d", n, sum, nn.Count(m))
	}
}

// TestOverfit checks that one batch is learned by heart.
func TestOverfit(t *testing.T) {
	m := smallGPT(t)
	opt, err := AdamW{LR: 0.01}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	ids, targets := tensor.New([]int{0, 1, 2, 3, 4, 5, 6, 0}, 1, 8), tensor.New([]int{3, 1, 4, 1, 5, 2, 6, 5}, 1, 8)
	for range 300 {
		opt.ZeroGrad()
		m.Loss(ids, targets).Backward()
		opt.Step()
	}
	if loss := m.Loss(ids, targets).Item(); loss > 0.01 {
		t.Errorf("loss %g after 300 steps on one batch", loss)
	}
}

// TestState checks that an optimizer that goes on from a state makes the same bits.
func TestState(t *testing.T) {
	ids, targets := tensor.New([]int{0, 1, 2, 3}, 1, 4), tensor.New([]int{3, 1, 4, 1}, 1, 4)
	train := func(m *nn.GPT, opt *Optimizer, steps int) {
		for range steps {
			opt.ZeroGrad()
			m.Loss(ids, targets).Backward()
			opt.Step()
		}
	}
	a, b := smallGPT(t), smallGPT(t)
	optA, _ := AdamW{LR: 0.01}.New(a.Params())
	train(a, optA, 6)
	optB, _ := AdamW{LR: 0.01}.New(b.Params())
	train(b, optB, 3)
	fresh, err := AdamW{LR: 0.5}.New(b.Params())
	if err != nil {
		t.Fatal(err)
	}
	if err := fresh.Restore(optB.State()); err != nil {
		t.Fatal(err)
	}
	train(b, fresh, 3)
	for i, p := range a.Params() {
		if string(p.Bytes()) != string(b.Params()[i].Bytes()) {
			t.Errorf("%s differs", p.Name)
		}
	}
}

func TestErrors(t *testing.T) {
	frozen := smallGPT(t)
	for _, p := range frozen.Params() {
		p.Freeze()
	}
	if _, err := (AdamW{LR: 1}).New(frozen.Params()); err == nil || !strings.Contains(err.Error(), "is frozen, so it cannot be trained") {
		t.Errorf("a frozen model: %v", err)
	}
	m := smallGPT(t)
	opt, err := SGD{LR: 1}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	before := m.Params()[0].Bytes()
	m.Loss(tensor.New([]int{1, 2}, 1, 2), tensor.New([]int{1, 2}, 1, 2)).Backward()
	m.Params()[0].Freeze()
	if err := tensor.Try(opt.Step); err == nil || string(before) != string(m.Params()[0].Bytes()) {
		t.Errorf("a model that is frozen between steps: %v", err)
	}
	p, wide := nn.Param{Name: "p", Tensor: tensor.Ones(2).Track()}, nn.Param{Name: "wide", Tensor: tensor.New([]float64{1}).Track()}
	for _, row := range []struct {
		params []nn.Param
		want   string
	}{
		{nil, "sgd: no parameters to move; nn.Params finds those of a struct in its exported fields"},
		{[]nn.Param{p, {Name: "q", Tensor: p.Tensor}}, "sgd: p and q are the same tensor, which would be moved twice"},
		{[]nn.Param{p, wide}, "sgd: wide is f64, p f32: give each type an optimizer of its own"},
		{[]nn.Param{{Name: "c", Tensor: tensor.Ones(2)}}, "sgd: c is not tracked, so it has no gradient"},
	} {
		if _, err := (SGD{LR: 1}).New(row.params); err == nil || err.Error() != row.want {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
	for _, row := range []struct {
		m    Method
		want string
	}{
		{AdamW{LR: -1}, "adamw: LR is -1, want 0 or more"},
		{AdamW{Beta2: 1}, "adamw: Beta2 is 1, want 0 or more, and less than 1"},
		{AdamW{LR: math.NaN()}, "adamw: LR is NaN, want 0 or more"},
		{SGD{LR: math.Inf(1)}, "sgd: LR is +Inf, want 0 or more"},
		{SGD{Nesterov: true}, "sgd: Nesterov needs a Momentum"},
	} {
		if _, err := row.m.New(smallGPT(t).Params()); err == nil || err.Error() != row.want {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
	sgd, _ := SGD{LR: 1, Momentum: 0.9}.New(smallGPT(t).Params())
	adam, _ := AdamW{LR: 1}.New(smallGPT(t).Params())
	if err := adam.Restore(sgd.State()); err == nil || err.Error() != "restore the optimizer: the state is of sgd, this is adamw" {
		t.Error(err)
	}
}

func TestSchedules(t *testing.T) {
	rows := []struct {
		name string
		s    Schedule
		step int
		want float64
	}{
		{"cosine", Cosine(1, 0.1, 9, 109), 0, 0.1},
		{"cosine", Cosine(1, 0.1, 9, 109), 9, 1},
		{"cosine", Cosine(1, 0.1, 9, 109), 59, 0.55},
		{"cosine", Cosine(1, 0.1, 9, 109), 109, 0.1},
		{"cosine", Cosine(1, 0.1, 9, 109), 1000, 0.1},
		{"linear", Linear(1, 0, 0, 10), 5, 0.5},
		{"steps", Steps(1, 0.5, 10), 25, 0.25},
		{"steps", Steps(1, 0.5, 0), 25, 1},
		{"cosine", Cosine(1, 0.1, 0, 0), 0, 0.1},
		{"linear", Linear(1, 0.1, 5, 5), 5, 0.1},
		{"constant", Constant(3), 7, 3},
	}
	for _, row := range rows {
		if got := row.s(row.step); math.Abs(got-row.want) > 1e-12 {
			t.Errorf("%s at step %d: %g, want %g", row.name, row.step, got, row.want)
		}
	}
}

// TestBackwardAfterStep: a step writes over the parameters that the tape of an earlier loss needs.
func TestBackwardAfterStep(t *testing.T) {
	ids := tensor.New([]int{1, 2, 3}, 1, 3)
	mlp, err := nn.NewMLP([]int{3, 4, 2})
	if err != nil {
		t.Fatal(err)
	}
	stepwise := smallGPT(t)
	stepwise.Stepwise(true)
	planned := smallGPT(t)
	for _, row := range []struct {
		m    nn.Module
		loss *tensor.Tensor
	}{
		{mlp, mlp.Loss(tensor.Ones(1, 3), tensor.New([]int{1}))},
		{stepwise, stepwise.Loss(ids, ids)},
		{planned, planned.Loss(ids, ids)},
	} {
		opt, err := AdamW{LR: 0.1}.New(row.m.Params())
		if err != nil {
			t.Fatal(err)
		}
		row.loss.Backward()
		row.loss.Backward()
		opt.Step()
		if err := tensor.Try(row.loss.Backward); err == nil || !strings.Contains(err.Error(), "was assigned to since it was used") {
			t.Errorf("%T: error %v", row.m, err)
		}
	}
}
