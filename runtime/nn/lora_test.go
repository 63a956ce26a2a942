package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// loraFile is how Hugging Face's PEFT trained adapters; see testdata/makelora.py.
type loraFile struct {
	Versions         string
	Batch            [2]int
	LR, Decay, Alpha float64
	Betas            [2]float64
	Rank             int
	Models           map[string]struct {
		Config                nn.GPTConfig
		Targets               []string
		Losses, Logits, Grads []float64
	}
}

// TestLoRA trains adapters as PEFT did and compares losses, gradients and logits; then the merged model with the adapted one.
func TestLoRA(t *testing.T) {
	text, err := os.ReadFile("testdata/lora.json")
	if err != nil {
		t.Fatal(err)
	}
	var file loraFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for name := range file.Models {
		for _, stepwise := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stepwise=%v", name, stepwise), func(t *testing.T) { file.replay(t, name, stepwise) })
		}
	}
}

func (file *loraFile) replay(t *testing.T, name string, stepwise bool) {
	want := file.Models[name]
	base, err := nn.NewGPT(want.Config)
	if err != nil {
		t.Fatal(err)
	}
	f := formula(1)
	fill(base.Params(), &f)
	before, err := checkpoint.Freeze(base)
	if err != nil {
		t.Fatal(err)
	}
	m, err := base.Adapt(nn.LoRA{Rank: file.Rank, Alpha: file.Alpha, Targets: want.Targets})
	if err != nil {
		t.Fatal(err)
	}
	m.Stepwise(stepwise)
	low := trained(m)
	fill(low, &f)
	var ids, targets [2]*tensor.Tensor
	for i := range ids {
		ids[i] = tensor.New(f.tokens(want.Config.VocabSize, file.Batch), file.Batch[0], file.Batch[1])
		targets[i] = tensor.New(f.tokens(want.Config.VocabSize, file.Batch), file.Batch[0], file.Batch[1])
	}
	compareLogits(t, m, ids[0].Slice(0, 0, 1), want.Logits)
	opt, err := optim.AdamW{LR: file.LR, Beta1: file.Betas[0], Beta2: file.Betas[1], WeightDecay: file.Decay}.New(low)
	if err != nil {
		t.Fatal(err)
	}
	for step, loss := range want.Losses {
		opt.ZeroGrad()
		got := m.Loss(ids[step%2], targets[step%2])
		got.Backward()
		within(t, 1e-5, got.Item(), loss, "loss before step %d", step)
		if step == 0 {
			for i, p := range low {
				within(t, 1e-5, p.Grad().Norm().Item(), want.Grads[i], "norm of the gradient of %s", p.Name)
			}
		}
		opt.Step()
	}
	compareMerged(t, m, ids[0])
	if _, err := checkpoint.Verify(before); err != nil {
		t.Errorf("what was adapted has changed: %v", err)
	}
}

// trained are the parameters that can be trained.
func trained(m *nn.GPT) (low []nn.Param) {
	for _, p := range m.Params() {
		if p.Tracked() {
			low = append(low, p)
		}
	}
	return low
}

func compareMerged(t *testing.T, m *nn.GPT, ids *tensor.Tensor) {
	t.Helper()
	merged, err := m.Merge()
	if err != nil {
		t.Fatal(err)
	}
	if nn.Count(merged) != nn.Count(m)-count(trained(m)) {
		t.Errorf("the merged model has %d parameters", nn.Count(merged))
	}
	if got, want := merged.Logits(ids).Detach(), m.Logits(ids).Detach(); !got.AllClose(want, 0, 1e-5) {
		t.Errorf("the merged model's logits differ by up to %g", got.Sub(want).Abs().Max().Item())
	}
}

func count(params []nn.Param) (n int) {
	for _, p := range params {
		n += p.Size()
	}
	return n
}

// TestAdapters: a new adapter changes nothing; several on one base know nothing of each other; decoders use them in every type of weights.
func TestAdapters(t *testing.T) {
	base, err := nn.NewGPT(nn.GPTConfig{VocabSize: 13, BlockSize: 8, Layers: 2, Heads: 2, Embed: 32}, nn.Seed(1))
	if err != nil {
		t.Fatal(err)
	}
	ids := tensor.New([]int{1, 2, 3, 4}, 1, 4)
	logits := func(m *nn.GPT) *tensor.Tensor { return m.Logits(ids).Detach() }
	plain := logits(base)
	var adapted []*nn.GPT
	for i := range 2 {
		m, err := base.Adapt(nn.LoRA{Rank: 2, Seed: uint64(i)})
		if err != nil {
			t.Fatal(err)
		}
		if !logits(m).Equal(plain) {
			t.Error("a new adapter changes logits")
		}
		adapted = append(adapted, m)
	}
	for _, p := range trained(adapted[0]) {
		p.Assign(tensor.Seed(3).Normal(p.Shape()...).Scale(0.3))
	}
	if logits(adapted[0]).AllClose(plain, 0, 1e-2) || !logits(adapted[1]).Equal(plain) || !logits(base).Equal(plain) {
		t.Error("want the first adapter to change its own logits, and no others")
	}
	for _, weights := range []device.DType{device.F32, device.BF16, device.I8} {
		var both [2][]float32
		merged, err := adapted[0].Merge()
		for i, m := range []*nn.GPT{adapted[0], merged} {
			var d *nn.Decoder
			var c *nn.Cache
			var rows [][]float32
			if err == nil {
				d, err = m.Decoder(weights)
			}
			if err == nil {
				c, err = d.NewCache()
			}
			if err == nil {
				rows, err = d.Forward(nn.Input{Cache: c, Tokens: []int32{1, 2, 3, 4}})
			}
			if err != nil {
				t.Fatal(err)
			}
			both[i] = rows[0]
		}
		for i, v := range both[0] {
			if math.Abs(float64(v-both[1][i])) > 1e-5 {
				t.Fatalf("%s: logit %d is %g, %g when merged", weights, i, v, both[1][i])
			}
		}
	}
}

func TestAdaptErrors(t *testing.T) {
	base, err := nn.NewGPT(nn.GPTConfig{VocabSize: 13, BlockSize: 8, Layers: 1, Heads: 2, Embed: 8})
	if err != nil {
		t.Fatal(err)
	}
	adapted, err := base.Adapt(nn.LoRA{Rank: 8})
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		m    *nn.GPT
		how  nn.LoRA
		want string
	}{
		{base, nn.LoRA{}, "adapt a GPT: the rank is 0, want at least 1"},
		{base, nn.LoRA{Rank: 9}, "adapt a GPT: the rank is 9, and layers.0.attn.qkv.weight is [24 8]: a higher rank than its own adds nothing"},
		{base, nn.LoRA{Rank: 1, Targets: []string{"mlp.gate"}}, `adapt a GPT: it has no matrices "mlp.gate", want some of attn.qkv, attn.out, mlp.up, mlp.down`},
		{adapted, nn.LoRA{Rank: 1}, "adapt a GPT: it is adapted already: adapt what it was made from, or what Merge returns"},
	}
	for _, r := range rows {
		if _, err := r.m.Adapt(r.how); err == nil || err.Error() != r.want {
			t.Errorf("got  %v\nwant %s", err, r.want)
		}
	}
	how, ok := adapted.Adaptation()
	if got := fmt.Sprint(how, ok); got != "{8 8 [attn.qkv attn.out mlp.up mlp.down] 0} true" {
		t.Errorf("the adaptation is %s", got)
	}
	if err := checkpoint.Save(t.TempDir(), adapted, device.F32, ""); err == nil || !strings.Contains(err.Error(), "adapted") {
		t.Errorf("saved as a whole: %v", err)
	}
}
