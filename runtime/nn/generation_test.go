package nn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// oracle chooses from logits with package plain's operation.
type oracle struct {
	t    *testing.T
	how  Sampling
	seen []int32
	made int
}

func (o *oracle) choose(logits []float32) int32 {
	o.t.Helper()
	dev := plain.New()
	view := func(numbers any, shape ...int) device.View {
		b, err := dev.Share(numbers)
		if err != nil {
			o.t.Fatal(err)
		}
		return device.Of(b, shape...)
	}
	vocab := len(logits)
	words, token := make([]int32, (vocab+31)/32), []int32{0}
	for _, id := range o.seen {
		words[id/32] |= 1 << (id % 32)
	}
	h := o.how
	op := device.Sample{Logits: view(logits, 1, vocab), How: view([]float64{h.Temperature, float64(h.TopK), h.TopP, h.MinP, h.Penalty}, 1, 5), Uniform: view(append(h.Uniform, 0), 1, len(h.Uniform)+1),
		Drawn: view([]int32{int32(min(o.made, len(h.Uniform)))}, 1), Seen: view(words, 1, len(words)), Tokens: view(token, 1), Picked: view(make([]float64, 2), 1, 2)}
	if err := dev.Run(op); err != nil {
		o.t.Fatal(err)
	}
	o.made++
	o.seen = append(o.seen, token[0])
	return token[0]
}

// TestGeneration compares tokens that are chosen on the device with those that are chosen from the logits of a second decoder, one by one.
func TestGeneration(t *testing.T) {
	uniform := []float64{0.3, 0.99, 0.01, 0.5, 0.72, 0.2, 0.88}
	for _, form := range forms {
		for i, how := range [][2]Sampling{{{}, {}}, {{Temperature: 1, Uniform: uniform}, {Temperature: 2, TopK: 3, Uniform: uniform[1:]}}, {{Penalty: 3, Seen: []int32{1, 4}}, {Temperature: 1, TopP: 0.8, Penalty: 1.5, Seen: []int32{2}, Uniform: uniform}}} {
			t.Run(fmt.Sprintf("%s %d", form.name, i), func(t *testing.T) {
				m := newGPT(t, form.cfg)
				m.Train(false)
				for _, prompts := range [][][]int32{{{1}}, {{1, 4, 2}}, {{1, 4}, {2, 0}}, {{3}, {2}}} {
					compareGeneration(t, newDecoder(t, m, device.F32), newDecoder(t, m, device.F32), prompts, how[:len(prompts)])
				}
			})
		}
	}
}

// TestGenerationPrecision: with smaller weights, too, tokens are those of the same weights without a generation.
func TestGenerationPrecision(t *testing.T) {
	cfg := GPTConfig{VocabSize: 40, BlockSize: 8, Layers: 2, Heads: 2, Embed: 32}
	for _, cfg := range []GPTConfig{cfg, cfg.Llama()} {
		for _, weights := range []device.DType{device.BF16, device.I8} {
			m := newGPT(t, cfg)
			compareGeneration(t, newDecoder(t, m, weights), newDecoder(t, m, weights), [][]int32{{3, 5, 1}}, []Sampling{{Temperature: 1, TopK: 9, Uniform: []float64{0.3, 0.99, 0.01, 0.5, 0.72, 0.2}}})
		}
	}
}

func compareGeneration(t *testing.T, d, other *Decoder, prompts [][]int32, how []Sampling) {
	t.Helper()
	var inputs []Input
	var oracles []*oracle
	var logits [][]float32
	var caches []*Cache
	for i, p := range prompts {
		inputs = append(inputs, Input{Cache: newCache(t, d), Tokens: p})
		oracles = append(oracles, &oracle{t: t, how: how[i], seen: how[i].Seen})
		caches = append(caches, newCache(t, other))
		l, err := other.Forward(Input{Cache: caches[i], Tokens: p})
		if err != nil {
			t.Fatal(err)
		}
		logits = append(logits, l[0])
	}
	g, err := d.Generate(inputs, how)
	if err != nil {
		t.Fatal(err)
	}
	for step := 0; g.Left() > 0; step++ {
		got, err := g.Next(3)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			want := oracles[i].choose(logits[i])
			if got[i].Token != want || got[i].Prob <= 0 || got[i].Prob > 1 || math.IsNaN(got[i].Prob) {
				t.Fatalf("prompts %v, step %d, sequence %d: chose %+v, want %d", prompts, step, i, got[i], want)
			}
			if held := len(prompts[i]) + step; inputs[i].Cache.Len() != held || !g.Current() {
				t.Fatalf("the cache holds %d tokens, want %d", inputs[i].Cache.Len(), held)
			}
			if caches[i].Len() == d.config.BlockSize {
				continue
			}
			l, err := other.Forward(Input{Cache: caches[i], Tokens: []int32{want}})
			if err != nil {
				t.Fatal(err)
			}
			logits[i] = l[0]
		}
	}
	if _, err := g.Next(1); err == nil || !strings.Contains(err.Error(), "no room or no random number") {
		t.Errorf("after the last token: error %v", err)
	}
}

// TestGenerationAbandoned goes on with Forward, and with another generation, where one was left although the device was told of more tokens.
func TestGenerationAbandoned(t *testing.T) {
	m := newGPT(t, GPTConfig{VocabSize: 40, BlockSize: 30, Layers: 2, Heads: 2, Embed: 32})
	d, other := newDecoder(t, m, device.F32), newDecoder(t, m, device.F32)
	c, same := newCache(t, d), newCache(t, other)
	var read []int32
	for round := range 3 {
		prompt := []int32{5, int32(round), 7}
		g, err := d.Generate([]Input{{Cache: c, Tokens: prompt}}, []Sampling{{}})
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, prompt...)
		for range 2 {
			got, err := g.Next(20)
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, got[0].Token)
		}
		c.Truncate(c.Len() - 1)
		if g.Current() {
			t.Error("a generation does not notice that its cache was cut")
		}
		read = read[:c.Len()]
	}
	got, err := d.Forward(Input{Cache: c, Tokens: []int32{9}})
	if err != nil {
		t.Fatal(err)
	}
	want, err := other.Forward(Input{Cache: same, Tokens: append(read, 9)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, got[0], want[0], 1e-4)
	g, err := d.Generate([]Input{{Cache: c, Tokens: []int32{3}}}, []Sampling{{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Next(1); err != nil {
		t.Fatal(err)
	}
	scores := make([]float32, 40)
	if err := g.Logits(0, scores); err != nil {
		t.Fatal(err)
	}
	if want, err = other.Forward(Input{Cache: same, Tokens: []int32{3}}); err != nil {
		t.Fatal(err)
	}
	near(t, scores, want[0], 1e-4)
}

func TestGenerationErrors(t *testing.T) {
	d := newDecoder(t, newGPT(t, forms[0].cfg), device.F32)
	if _, err := d.Generate([]Input{{Cache: newCache(t, d), Tokens: []int32{1}}}, nil); err == nil || err.Error() != "decoder: 1 sequences, but 0 ways to choose" {
		t.Error(err)
	}
	if _, err := d.Generate([]Input{{Cache: newCache(t, d), Tokens: []int32{11}}}, make([]Sampling, 1)); err == nil || !strings.HasPrefix(err.Error(), "decoder: token 11 in sequence 0") {
		t.Error(err)
	}
}
