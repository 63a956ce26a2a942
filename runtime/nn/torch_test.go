package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// torchRun is how a model of Hugging Face's, computed by PyTorch in f64, was trained; see testdata/maketorch.py.
type torchRun struct {
	Config        nn.GPTConfig
	Losses, Norms []float64 // before each step: the loss, the norm of all gradients
	Logits        []float64 // after the first sequence, before the first step
	Grads         []struct {
		Name        string
		Norm, Probe float64 // Probe is the product with numbers of a formula: it sees where in a gradient each number is
	}
}

type torchFile struct {
	Versions        string
	Batch           [2]int
	LR, Decay, Clip float64
	Betas           [2]float64
	Models          map[string]torchRun
}

// formula makes the numbers that both sides begin with: the linear congruential generator of Numerical Recipes.
type formula uint32

func (f *formula) next() int {
	*f = *f*1664525 + 1013904223
	return int(*f >> 8)
}

// weights are uniform between -1/8 and 1/8, exact in float32.
func (f *formula) weights(n int) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(f.next()-1<<23) / (1 << 26)
	}
	return w
}

func (f *formula) tokens(vocab int, shape [2]int) []int {
	ids := make([]int, shape[0]*shape[1])
	for i := range ids {
		ids[i] = f.next() % vocab
	}
	return ids
}

// fill sets parameters by the formula; norms' weights are around 1.
func fill(params []nn.Param, f *formula) {
	for _, p := range params {
		w := tensor.New(f.weights(p.Size()), p.Shape()...)
		if strings.HasSuffix(p.Name, "norm.weight") || strings.HasSuffix(p.Name, "norm1.weight") || strings.HasSuffix(p.Name, "norm2.weight") {
			w = w.AddScalar(1)
		}
		p.Assign(w)
	}
}

// TestTorch trains GPT-2 and Llama as PyTorch did and compares losses, gradients and logits.
func TestTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	var file torchFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Models) != 2 {
		t.Fatalf("%d models in the file, want 2", len(file.Models))
	}
	for name, want := range file.Models {
		for _, stepwise := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stepwise=%v", name, stepwise), func(t *testing.T) { file.replay(t, want, stepwise) })
		}
	}
}

func (file *torchFile) replay(t *testing.T, want torchRun, stepwise bool) {
	m, err := nn.NewGPT(want.Config)
	if err != nil {
		t.Fatal(err)
	}
	m.Stepwise(stepwise)
	f := formula(1)
	fill(m.Params(), &f)
	var ids, targets [2]*tensor.Tensor
	for i := range ids {
		x, y := f.tokens(want.Config.VocabSize, file.Batch), f.tokens(want.Config.VocabSize, file.Batch)
		for j := 0; j < len(y); j++ {
			if j%file.Batch[1]%5 == 0 {
				y[j] = -1
			}
		}
		ids[i], targets[i] = tensor.New(x, file.Batch[0], file.Batch[1]), tensor.New(y, file.Batch[0], file.Batch[1])
	}
	compareLogits(t, m, ids[0].Slice(0, 0, 1), want.Logits)
	opt, err := optim.AdamW{LR: file.LR, Beta1: file.Betas[0], Beta2: file.Betas[1], WeightDecay: file.Decay}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	for step, loss := range want.Losses {
		opt.ZeroGrad()
		got := m.Loss(ids[step%2], targets[step%2])
		got.Backward()
		within(t, 1e-5, got.Item(), loss, "loss before step %d", step)
		if step == 0 {
			compareGrads(t, m.Params(), want)
		}
		within(t, 1e-4, opt.Clip(file.Clip), want.Norms[step], "norm of the gradients in step %d", step)
		opt.Step()
	}
}

// compareLogits compares what comes after a sequence [1, n], as the model computes it and as a decoder does, token by token.
func compareLogits(t *testing.T, m *nn.GPT, ids *tensor.Tensor, want []float64) {
	d, err := m.Decoder(device.F32)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := d.NewCache()
	if err != nil {
		t.Fatal(err)
	}
	var decoded []float32
	for _, id := range ids.Ints() {
		logits, err := d.Forward(nn.Input{Cache: cache, Tokens: []int32{int32(id)}})
		if err != nil {
			t.Fatal(err)
		}
		decoded = logits[0]
	}
	at := m.Logits(ids).Index(1, -1).Float64s()
	for i := range want {
		within(t, 1e-5, at[i], want[i], "logit %d", i)
		within(t, 1e-5, float64(decoded[i]), want[i], "decoder's logit %d", i)
	}
}

func compareGrads(t *testing.T, params []nn.Param, want torchRun) {
	if len(params) != len(want.Grads) {
		t.Fatalf("%d parameters, PyTorch has %d", len(params), len(want.Grads))
	}
	probe := formula(2)
	for i, p := range params {
		norm, along := 0.0, 0.0
		weights := probe.weights(p.Size())
		for j, g := range p.Grad().Float64s() {
			norm += g * g
			along += g * float64(weights[j])
		}
		if p.Name != want.Grads[i].Name {
			t.Fatalf("parameter %d is %s, in the file %s", i, p.Name, want.Grads[i].Name)
		}
		within(t, 1e-5, math.Sqrt(norm), want.Grads[i].Norm, "norm of the gradient of %s", p.Name)
		within(t, 1e-5, along, want.Grads[i].Probe, "gradient of %s along the formula", p.Name)
	}
}

func within(t *testing.T, bound, got, want float64, what string, args ...any) {
	t.Helper()
	if !(math.Abs(got-want) <= bound) {
		t.Errorf("%s is %.7f, PyTorch has %.7f", fmt.Sprintf(what, args...), got, want)
	}
}
