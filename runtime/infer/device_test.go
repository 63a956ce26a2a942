//go:build cgo && linux

package infer

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/resident-go/resident/runtime/cuda"
	"github.com/resident-go/resident/runtime/cuda/fake"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/nn/rope"
)

// both are one model on the processor and on the GPU, which is the fake one where there is none. It is not trained: its answers hang on every choice.
func both(t *testing.T, cfg nn.GPTConfig, tok Tokenizer, weights Weights) (cpu, gpu *Session) {
	t.Helper()
	fake.Use(t)
	cfg.VocabSize = tok.Size()
	sessions := make([]*Session, 2)
	for i, name := range []string{"cpu", "cuda:0"} {
		dev, err := device.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := nn.NewGPT(cfg, nn.Seed(6), nn.On(dev))
		if err != nil {
			t.Fatal(err)
		}
		sessions[i] = newSession(t, m, tok, weights)
	}
	return sessions[0], sessions[1]
}

// TestDevices: a device that chooses by itself says what the processor says, whatever the options; and the session stands where it should, so that it goes on alike.
func TestDevices(t *testing.T) {
	tok := tokenizer.Byte("<|end|>")
	cfg := nn.GPTConfig{BlockSize: 24, Layers: 2, Heads: 2, Embed: 32}
	qwen3 := nn.GPTConfig{BlockSize: 24, Layers: 2, Heads: 4, KVHeads: 2, Embed: 32, QKNorm: true, QKVBias: true,
		RopeScaling: rope.Scaling{Kind: rope.Llama3, Factor: 8, Original: 12, LowFreq: 1, HighFreq: 4}}
	gemma := nn.GPTConfig{BlockSize: 24, Layers: 2, Heads: 2, KVHeads: 1, Embed: 32, RMSNorm: true, Rotary: true, GeGLU: true, NoBias: true, EmbedScale: 5.6}
	for _, row := range []struct {
		name    string
		cfg     nn.GPTConfig
		weights device.DType
	}{{"gpt-2", cfg, device.F32}, {"llama", cfg.Llama(), device.F32}, {"bf16", cfg, device.BF16}, {"qwen3", qwen3.Llama(), device.F32}, {"gemma", gemma, device.F32}} {
		cpu, gpu := both(t, row.cfg, tok, Weights(row.weights))
		rows := append(slices.Clone(kinds), Options{Temperature: 1, Stop: []string{"e", "a"}}, Options{Temperature: 1, StopTokens: []int32{1, 2, 3, 4, 5, 6, 7, 8, 9}})
		if row.name != "gpt-2" {
			rows = rows[4:7]
		}
		for i, o := range rows {
			o.Seed, o.MaxTokens = uint64(i), 5
			if i == 3 {
				o.MaxTokens = 36 // the block is full several times
			}
			a, b := generate(t, cpu, "Light", o), generate(t, gpu, "Light", o)
			if a != b || !slices.Equal(cpu.Context(), gpu.Context()) || cpu.Dropped() != gpu.Dropped() {
				t.Fatalf("%s, %+v: the processor says %q, the GPU %q; contexts %v and %v", row.name, o, a, b, cpu.Context(), gpu.Context())
			}
			if x, y := cpu.Usage(), gpu.Usage(); x.PromptTokens != y.PromptTokens || x.NewTokens != y.NewTokens || x.Passes != y.Passes {
				t.Fatalf("%s, %+v: usage %+v on the processor, %+v on the GPU", row.name, o, x, y)
			}
		}
	}
}

// TestDeviceTokens compares what is told beside a token.
func TestDeviceTokens(t *testing.T) {
	cpu, gpu := both(t, nn.GPTConfig{BlockSize: 32, Layers: 1, Heads: 2, Embed: 32}, tokenizer.Byte(), Weights(device.F32))
	o := Options{MaxTokens: 8, Temperature: 0.9, TopK: 20, TopP: 0.9, LogProbs: 3, Seed: 5}
	var want []Token
	for tok, err := range cpu.Tokens(t.Context(), "a ray", o) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, tok)
	}
	i := 0
	for tok, err := range gpu.Tokens(t.Context(), "a ray", o) {
		if err != nil {
			t.Fatal(err)
		}
		same := func(a, b Candidate) bool { return a.Token == b.Token && math.Abs(a.Prob-b.Prob) < 1e-6 }
		if w := want[i]; tok.ID != w.ID || math.Abs(tok.Prob-w.Prob) > 1e-5 || math.Abs(tok.LogProb-w.LogProb) > 1e-4 || !slices.EqualFunc(tok.Top, w.Top, same) {
			t.Errorf("token %d is %+v on the GPU, %+v on the processor", i, tok, w)
		}
		i++
	}
	if i != len(want) {
		t.Errorf("%d tokens, want %d", i, len(want))
	}
}

// TestDeviceTogether: sessions in a batch, of which one after the other ends.
func TestDeviceTogether(t *testing.T) {
	cpu, gpu := both(t, nn.GPTConfig{BlockSize: 32, Layers: 1, Heads: 2, Embed: 32}, tokenizer.Byte(), Weights(device.F32))
	prompts := []string{"a", "the red", "of light"}
	o := Options{MaxTokens: 12, Temperature: 1, RepetitionPenalty: 1.2, MinP: 0.1, StopTokens: tokenizer.Byte().Encode("etaoinshrdlu"), Seed: 3}
	answers := make([][]string, 2)
	for i, first := range []*Session{cpu, gpu} {
		sessions := []*Session{first}
		for range prompts[1:] {
			s, err := first.New()
			if err != nil {
				t.Fatal(err)
			}
			sessions = append(sessions, s)
		}
		var err error
		if answers[i], err = Together(t.Context(), sessions, prompts, o); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(answers[0], answers[1]) {
		t.Errorf("the processor says %q, the GPU %q", answers[0], answers[1])
	}
}

// TestDeviceDraws compares how often a GPU draws tokens with the distribution that Distribution shows.
func TestDeviceDraws(t *testing.T) {
	fake.Use(t)
	dev, err := device.Open("cuda:0")
	if err != nil {
		t.Fatal(err)
	}
	const rows, rounds = 50, 5
	context := []int32{2, 5, 0}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, o := range []Options{kinds[0], kinds[2], kinds[4], kinds[6], kinds[7]} {
		stages, err := Distribution(scores, context, o)
		if err != nil {
			t.Fatal(err)
		}
		want := stages[len(stages)-1].Candidates
		count := map[int32]int{}
		for range rounds {
			for _, c := range drawOn(t, dev, rows, context, o, rng) {
				if i := slices.IndexFunc(want, func(w Candidate) bool { return w.Token == c.Token }); i < 0 || math.Abs(want[i].Prob-c.Prob) > 1e-9 {
					t.Fatalf("%+v: drew %v, which is not in %v", o, c, want)
				}
				count[c.Token]++
			}
		}
		if p := fit(count, want, rows*rounds); p < 1e-4 {
			t.Errorf("%+v: drew %v of %v: p = %g", o, count, want, p)
		}
	}
}

// drawOn draws from as many rows of the same scores.
func drawOn(t *testing.T, dev device.Device, rows int, context []int32, o Options, rng *rand.Rand) []Candidate {
	t.Helper()
	view := func(dt device.DType, shape ...int) device.View {
		b, err := dev.Alloc(dt, device.Contiguous(shape...).Size())
		if err != nil {
			t.Fatal(err)
		}
		return device.Of(b, shape...)
	}
	write := func(v device.View, mem []byte) device.View {
		if err := dev.Write(v.Data, 0, mem); err != nil {
			t.Fatal(err)
		}
		return v
	}
	uniform, seen := make([]float64, rows), int32(0)
	for i := range uniform {
		uniform[i] = rng.Float64()
	}
	for _, id := range context {
		seen |= 1 << id
	}
	how := []float64{o.Temperature, float64(o.TopK), o.TopP, o.MinP, o.RepetitionPenalty}
	picked := view(device.F64, rows, 2)
	op := device.Sample{Logits: write(view(device.F32, rows, len(scores)), bytesOf(slices.Repeat(scores, rows))), How: write(view(device.F64, rows, len(how)), bytesOf(slices.Repeat(how, rows))),
		Uniform: write(view(device.F64, rows, 1), bytesOf(uniform)), Drawn: view(device.I32, rows), Seen: write(view(device.I32, rows, 1), bytesOf(slices.Repeat([]int32{seen}, rows))),
		Tokens: view(device.I32, rows), Picked: picked}
	if err := dev.Run(op); err != nil {
		t.Fatal(err)
	}
	numbers, all := make([]float64, 2*rows), make([]Candidate, rows)
	if err := dev.Read(bytesOf(numbers), picked.Data, 0); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i] = Candidate{int32(numbers[2*i]), numbers[2*i+1]}
	}
	return all
}

// TestWork counts what the host does for each token: one graph, one small copy, one wait.
func TestWork(t *testing.T) {
	_, gpu := both(t, nn.GPTConfig{BlockSize: 64, Layers: 2, Heads: 2, Embed: 32}, tokenizer.Byte(), Weights(device.F32))
	dev := gpu.engine.decoder.Device().(*cuda.Device)
	var counts []cuda.Counts
	for token, err := range gpu.Tokens(t.Context(), "a", Options{MaxTokens: 40, Temperature: 1, TopK: 10}) {
		if err != nil {
			t.Fatal(token, err)
		}
		counts = append(counts, dev.Counts())
	}
	n := 20
	a, b := counts[4], counts[4+n]
	if b.Launches != a.Launches || b.Updates != a.Updates || b.Graphs-a.Graphs != n || b.Waits-a.Waits != n || b.Up != a.Up || b.Down-a.Down != 16*n {
		t.Errorf("%d tokens took %+v up to %+v: want one graph, one wait and 16 bytes each, and nothing else", n, a, b)
	}
}

func bytesOf[T float64 | float32 | int32](s []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), int(unsafe.Sizeof(one))*len(s))
}
