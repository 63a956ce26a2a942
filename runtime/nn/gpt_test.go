package nn

import (
	"fmt"
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/device/plain"
	"github.com/resident-go/resident/runtime/nn/rope"
	"github.com/resident-go/resident/runtime/tensor"
)

// Small models of all forms.
var forms = []struct {
	name string
	cfg  GPTConfig
}{
	{"gpt-2", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, Embed: 8}},
	{"llama", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 4, KVHeads: 2, Embed: 16}.Llama()},
	{"dropout", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, Embed: 8, Dropout: 0.2}},
	{"rotary with biases", GPTConfig{VocabSize: 5, BlockSize: 7, Layers: 3, Heads: 1, Embed: 6, Rotary: true, Untied: true}},
	{"no layers", GPTConfig{VocabSize: 5, BlockSize: 7, Layers: 1, Heads: 1, Embed: 4, NoBias: true, RMSNorm: true}},
	{"wide heads", GPTConfig{VocabSize: 5, BlockSize: 7, Layers: 2, Heads: 3, KVHeads: 1, Embed: 8, HeadSize: 6, GELU: true, Rotary: true}},
	{"gates with dropout", GPTConfig{VocabSize: 5, BlockSize: 7, Layers: 2, Heads: 1, Embed: 4, SwiGLU: true, Dropout: 0.5}},
	{"qwen2", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 4, KVHeads: 2, Embed: 16, QKVBias: true}.Llama()},
	{"qwen3", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 4, KVHeads: 2, Embed: 16, HeadSize: 6, QKNorm: true, Dropout: 0.1}.Llama()},
	{"gemma", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, KVHeads: 1, Embed: 8, HeadSize: 6, RMSNorm: true, Rotary: true, GeGLU: true, NoBias: true, EmbedScale: 2.8}},
	{"llama 3", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, Embed: 16, QKVBias: true, OutBias: true, RopeBase: 50,
		RopeScaling: rope.Scaling{Kind: rope.Llama3, Factor: 8, Original: 4, LowFreq: 1, HighFreq: 4}}.Llama()},
	{"window", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 4, KVHeads: 2, Embed: 16, Window: 3}.Llama()},
	{"gemma 2", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, KVHeads: 1, Embed: 8, HeadSize: 6, RMSNorm: true, Rotary: true, GeGLU: true, NoBias: true, EmbedScale: 2.8, PostNorm: true,
		Window: 2, Pattern: "wf", AttnScale: 0.9, AttnCap: 0.1, LogitCap: 0.5}},
	{"gemma 3", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 3, Heads: 2, KVHeads: 1, Embed: 8, HeadSize: 6, RMSNorm: true, Rotary: true, GeGLU: true, NoBias: true, EmbedScale: 2.8, PostNorm: true, QKNorm: true,
		Window: 4, Pattern: "wf", RopeBase: 50, LocalRopeBase: 7, RopeScaling: rope.Scaling{Kind: rope.Linear, Factor: 3}, Dropout: 0.1}},
	{"post-norms with biases", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, Embed: 8, PostNorm: true, Window: 6}},
	{"no positions", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 3, Heads: 2, Embed: 16, Pattern: "fn", RopeScaling: rope.Scaling{Kind: rope.YaRN, Factor: 4, Original: 20}}.Llama()},
	{"longrope", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, Embed: 8, RopeBase: 50, RopeScaling: rope.Scaling{Kind: rope.LongRoPE, Factor: 4, Original: 20, Pairs: []float64{1.2, 3}}}.Llama()},
	{"yarn", GPTConfig{VocabSize: 11, BlockSize: 7, Layers: 2, Heads: 2, Embed: 16, RopeBase: 50, QKNorm: true, RopeScaling: rope.Scaling{Kind: rope.YaRN, Factor: 4, Original: 20}}.Llama()},
}

func newGPT(t testing.TB, cfg GPTConfig, wishes ...Option) *GPT {
	t.Helper()
	m, err := NewGPT(cfg, append([]Option{Seed(3)}, wishes...)...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// batch is made-up ids and targets, some of which do not count.
func batch(cfg GPTConfig, b, t int) (ids, targets *tensor.Tensor) {
	x, y := make([]int, b*t), make([]int, b*t)
	for i := range x {
		x[i], y[i] = (i*7+i/3)%cfg.VocabSize, (i*5+1)%cfg.VocabSize
		if i%6 == 4 {
			y[i] = -1
		}
	}
	return tensor.New(x, b, t), tensor.New(y, b, t)
}

// TestPlan compares the loss and all gradients by a plan with those of the tape.
func TestPlan(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			ids, targets := batch(form.cfg, 3, 5)
			byPlan, byTape := newGPT(t, form.cfg), newGPT(t, form.cfg)
			byTape.Stepwise(true)
			for round := range 2 { // the second one adds to the gradients
				var losses []float64
				for _, m := range []*GPT{byPlan, byTape} {
					loss := m.Loss(ids, targets)
					loss.Scale(0.5).Backward()
					losses = append(losses, loss.Item())
				}
				if math.Abs(losses[0]-losses[1]) > 1e-5 {
					t.Errorf("round %d: loss by plan %g, by tape %g", round, losses[0], losses[1])
				}
				for i, p := range byPlan.Params() {
					if d := distance(p.Grad(), byTape.Params()[i].Grad()); d > 1e-5 {
						t.Errorf("round %d: gradients of %s differ by %g", round, p.Name, d)
					}
				}
			}
		})
	}
}

// distance is the largest difference of elements.
func distance(a, b *tensor.Tensor) float64 { return a.Sub(b).Abs().Max().Item() }

// TestPlanKeepsEarlierLosses checks that the gradient of an earlier loss is right although the memory was used again.
func TestPlanKeepsEarlierLosses(t *testing.T) {
	cfg := forms[2].cfg
	m, twin := newGPT(t, cfg), newGPT(t, cfg)
	ids, targets := batch(cfg, 2, 4)
	first := m.Loss(ids, targets)
	m.Loss(targets.Maximum(targets.ZerosLike()), ids)
	first.Backward()
	twin.Loss(ids, targets).Backward()
	for i, p := range m.Params() {
		if d := distance(p.Grad(), twin.Params()[i].Grad()); d != 0 {
			t.Errorf("gradients of %s differ by %g", p.Name, d)
		}
	}
}

// TestEvaluating checks that a model that is not trained gives the loss without dropout and without gradients.
func TestEvaluating(t *testing.T) {
	for _, form := range forms {
		m := newGPT(t, form.cfg)
		m.Train(false)
		ids, targets := batch(form.cfg, 2, 6)
		a := m.Loss(ids, targets)
		m.Stepwise(true)
		b := m.Loss(ids, targets)
		if a.Tracked() || b.Tracked() || math.Abs(a.Item()-b.Item()) > 1e-5 {
			t.Errorf("%s: loss by plan %v (tracked %v), by tape %v (tracked %v)", form.name, a.Item(), a.Tracked(), b.Item(), b.Tracked())
		}
	}
}

// TestCost compares the number of parameters with what package cost makes of the configuration.
func TestCost(t *testing.T) {
	for _, form := range forms {
		if got, want := form.cfg.Cost().Params, int64(Count(newGPT(t, form.cfg))); got != want {
			t.Errorf("%s: cost counts %d parameters, the model has %d", form.name, got, want)
		}
	}
}

// TestDevices checks that a model is the same on a plainer device.
func TestDevices(t *testing.T) {
	for _, form := range forms {
		m := newGPT(t, form.cfg)
		m.Train(false)
		p, err := m.To(plain.New())
		if err != nil {
			t.Fatal(err)
		}
		p.Train(false)
		ids, targets := batch(form.cfg, 2, 6)
		if a, b := m.Loss(ids, targets).Item(), p.Loss(ids, targets).Item(); math.Abs(a-b) > 1e-5 {
			t.Errorf("%s: loss %g here, %g on %s", form.name, a, b, p.Device().Info().Name)
		}
	}
}

// TestBlank checks that a blank model has the parameters of another, all zero, so that each token is equally likely.
func TestBlank(t *testing.T) {
	for _, form := range forms {
		m, twin := newGPT(t, form.cfg, Blank()), newGPT(t, form.cfg)
		for i, p := range m.Params() {
			if q := twin.Params()[i]; p.Name != q.Name || p.Decay != q.Decay || p.Abs().Max().Item() != 0 {
				t.Errorf("%s: %s (decay %v) is %v, want zeros for %s (decay %v)", form.name, p.Name, p.Decay, p, q.Name, q.Decay)
			}
		}
		ids, targets := batch(form.cfg, 2, 6)
		if loss := m.Loss(ids, targets).Item(); math.Abs(loss-math.Log(float64(form.cfg.VocabSize))) > 1e-5 {
			t.Errorf("%s: loss %g", form.name, loss)
		}
	}
}

// TestInitialLoss checks that a new model knows nothing: each token is about equally likely.
func TestInitialLoss(t *testing.T) {
	m := newGPT(t, GPTConfig{VocabSize: 65, BlockSize: 32, Layers: 3, Heads: 4, Embed: 64})
	ids, targets := batch(m.Config, 4, 32)
	if loss := m.Loss(ids, targets).Item(); math.Abs(loss-math.Log(65)) > 0.1 {
		t.Errorf("loss %g, want about %g", loss, math.Log(65))
	}
}

func TestGPTErrors(t *testing.T) {
	rows := []struct {
		name string
		cfg  GPTConfig
		want string
	}{
		{"empty", GPTConfig{}, "GPT configuration: VocabSize is 0, must be at least 1"},
		{"heads", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 3, Embed: 8}, "GPT configuration: Heads (3) does not divide Embed (8)"},
		{"groups", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 4, KVHeads: 3, Embed: 8}, "GPT configuration: KVHeads (3) does not divide Heads (4)"},
		{"rotary", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 4, Embed: 12, Rotary: true}, "GPT configuration: HeadSize is 3, must be positive, and even for rotary positions"},
		{"dropout", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Dropout: 1}, "GPT configuration: Dropout is 1, must be in [0, 1)"},
		{"dropout of nothing", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Dropout: math.NaN()}, "GPT configuration: Dropout is NaN, must be in [0, 1)"},
		{"epsilon", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Eps: -1e-5}, "GPT configuration: Eps is -1e-05, must be positive and finite"},
		{"epsilon of nothing", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Eps: math.NaN()}, "GPT configuration: Eps is NaN, must be positive and finite"},
		{"base", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Rotary: true, RopeBase: -2}, "GPT configuration: RopeBase is -2, must be positive and finite"},
		{"letters", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Pattern: "fx"}, `GPT configuration: Pattern is "fx", must be letters f, w and n`},
		{"no window", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Pattern: "fw"}, `GPT configuration: Window is 0 and Pattern "fw", must both name a window, or neither`},
		{"no windowed layer", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Pattern: "fn", Rotary: true, Window: 3}, `GPT configuration: Window is 3 and Pattern "fn", must both name a window, or neither`},
		{"bare", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Pattern: "fn"}, "GPT configuration: Pattern has layers without positions, which are for Rotary ones"},
		{"cap", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, AttnCap: -1}, "GPT configuration: AttnCap is -1, must be positive, or 0"},
		{"local base", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Rotary: true, LocalRopeBase: 5}, "GPT configuration: LocalRopeBase is for a Window and Rotary positions"},
		{"pairs", GPTConfig{VocabSize: 5, BlockSize: 4, Layers: 1, Heads: 1, Embed: 4, Rotary: true, RopeScaling: rope.Scaling{Kind: rope.LongRoPE, Factor: 2, Original: 4, Pairs: []float64{1}}},
			"GPT configuration: longrope scaling has factors for 1 pairs, expected 2 for heads of 4"},
	}
	for _, row := range rows {
		_, err := NewGPT(row.cfg)
		if err == nil || firstLine(err.Error()) != row.want {
			t.Errorf("%s: got %v, want %s", row.name, err, row.want)
		}
	}
	m := newGPT(t, forms[0].cfg)
	ids, targets := batch(m.Config, 2, 8)
	inputs := []struct {
		ids, targets *tensor.Tensor
		want         string
	}{
		{ids, targets, "tensor: gpt loss: 8 tokens are more than the model's block of 7"},
		{ids.Slice(1, 0, 4), targets, "tensor: gpt loss: want targets like ids, got i32[2 8] and i32[2 4]"},
		{ids.Flatten(), targets, "tensor: gpt loss: want ids i32[batch t], got i32[16]"},
		{ids.Slice(1, 0, 4).Add(tensor.New([]int{7})), targets.Slice(1, 0, 4), "tensor: gpt loss: token 14 with target 6 at 1: the vocabulary has 11"},
	}
	for _, row := range inputs {
		if err := tensor.Try(func() { m.Loss(row.ids, row.targets) }); err == nil || err.Error() != row.want {
			t.Errorf("got %v, want %s", err, row.want)
		}
	}
}

func firstLine(s string) string {
	for i, r := range s {
		if r == '\n' {
			return s[:i]
		}
	}
	return s
}

func ExampleGPT() {
	m, err := NewGPT(GPTConfig{VocabSize: 65, BlockSize: 256, Layers: 6, Heads: 6, Embed: 384}, Seed(1337))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(Count(m), "parameters")
	// Output: 10770816 parameters
}
