//go:build cgo && linux

package cuda_test

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/cuda/fake"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/nn/rope"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// TestTour trains small models on the GPU and lets them speak, in several forms and both precisions, beside the same on the processor. It comes past all that training and decoding use, and
// is short enough for a tool that watches every access to memory.
func TestTour(t *testing.T) {
	fake.Use(t)
	gpu, err := device.Open("cuda:0")
	if err != nil {
		t.Fatal(err)
	}
	cpu, err := device.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	form := nn.GPTConfig{VocabSize: 1031, BlockSize: 48, Layers: 2, Heads: 2, Embed: 128, Dropout: 0.1}
	qwen3 := nn.GPTConfig{VocabSize: 1031, BlockSize: 48, Layers: 1, Heads: 4, KVHeads: 2, Embed: 64, QKNorm: true, QKVBias: true, RopeScaling: rope.Scaling{Kind: rope.YaRN, Factor: 4, Original: 12}}.Llama()
	gemma := nn.GPTConfig{VocabSize: 1031, BlockSize: 48, Layers: 1, Heads: 2, KVHeads: 1, Embed: 64, RMSNorm: true, Rotary: true, GeGLU: true, NoBias: true, EmbedScale: 8}
	for _, cfg := range []nn.GPTConfig{form, form.Llama(), qwen3, gemma} {
		for _, precision := range []device.DType{device.F32, device.BF16} {
			want, got := journey(t, cfg, precision, cpu), journey(t, cfg, precision, gpu)
			within := map[device.DType]float64{device.F32: 2e-4, device.BF16: 2e-2}[precision]
			for i := range want {
				if !(math.Abs(float64(got[i]-want[i])) <= within) {
					t.Errorf("%+v, %s: number %d is %v on the GPU, %v on the processor", cfg, precision, i, got[i], want[i])
				}
			}
		}
	}
}

// journey returns the losses of some steps, and scores after some tokens.
func journey(t *testing.T, cfg nn.GPTConfig, precision device.DType, dev device.Device) (numbers []float32) {
	t.Helper()
	m, err := nn.NewGPT(cfg, nn.Seed(5), nn.On(dev))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetPrecision(precision); err != nil {
		t.Fatal(err)
	}
	opt, err := optim.AdamW{LR: 1e-3, WeightDecay: 0.1}.New(m.Params())
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int, 2*40)
	for i := range ids {
		ids[i] = i * 37 % cfg.VocabSize
	}
	x := tensor.New(ids, 2, 40)
	for range 3 {
		opt.ZeroGrad()
		loss := m.Loss(x, x)
		loss.Backward()
		opt.Clip(1)
		opt.Step()
		numbers = append(numbers, float32(loss.Item()))
	}
	d, err := m.Decoder(device.F32)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := d.NewCache()
	if err != nil {
		t.Fatal(err)
	}
	for _, tokens := range [][]int32{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {13}, {14}, {15}} {
		logits, err := d.Forward(nn.Input{Cache: cache, Tokens: tokens})
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, logits[0][:8]...)
	}
	return numbers
}
