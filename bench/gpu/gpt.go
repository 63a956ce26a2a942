package main

import (
	"fmt"
	"time"

	"github.com/resident-go/resident/runtime/cuda"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

func (b bench) model(precision device.DType) *nn.GPT {
	m, err := nn.NewGPT(b.size, nn.On(b.dev), nn.Seed(1))
	check(err)
	check(m.SetPrecision(precision))
	return m
}

// text is made-up tokens, those of bench/gpu/llmc.cu for the same seed, and those that follow.
func (b bench) text(seed uint32) (x, y *tensor.Tensor) {
	ids := make([]int, b.batch*b.tokens+1)
	for i := range ids {
		seed = seed*1664525 + 1013904223 // the linear congruential generator of Numerical Recipes
		ids[i] = int((seed >> 8) % uint32(b.size.VocabSize))
	}
	dev, err := device.Open("cpu")
	check(err)
	at := func(from int) *tensor.Tensor { return tensor.New(ids[from:len(ids)-1+from], b.batch, b.tokens).On(dev) }
	return at(0), at(1)
}

// step is a whole step of training.
func (b bench) step(m *nn.GPT) func() {
	opt, err := optim.AdamW{LR: 3e-4, WeightDecay: 0.1}.New(m.Params())
	check(err)
	x, y := b.text(1)
	return func() {
		opt.ZeroGrad()
		m.Loss(x, y).Backward()
		opt.Clip(1)
		opt.Step()
	}
}

// train measures whole steps: loss, gradients, clipping, AdamW.
func (b bench) train() {
	for _, precision := range []device.DType{device.BF16, device.F32} {
		m := b.model(precision)
		took := b.median(b.steps, b.step(m))
		tokens := float64(b.batch * b.tokens)
		flops := m.Config.Cost().TrainFLOPs(b.tokens) * tokens
		row("train "+precision.String(), took.Seconds()*1e3, "ms/step", fmt.Sprintf("%d x %d tokens, %.0f tokens/s, %.0f TFLOP/s", b.batch, b.tokens, tokens/took.Seconds(), flops/took.Seconds()/1e12))
	}
}

// profile prints what the kernels of a step and of a token take.
func (b bench) profile() {
	dev, ok := b.dev.(interface{ Profile(func()) []cuda.Timing })
	if !ok {
		return
	}
	m := b.model(device.BF16)
	step := b.step(m)
	step()
	printTimings("step", dev.Profile(step))
	d, err := m.Decoder(device.BF16)
	check(err)
	next := b.answer(d, nn.Sampling{})
	next(1)
	printTimings("token", dev.Profile(func() { next(1) }))
}

func printTimings(of string, all []cuda.Timing) {
	sum := time.Duration(0)
	for _, t := range all {
		sum += t.Time
	}
	fmt.Printf("# %s: %v in kernels\n", of, sum)
	for _, t := range all[:min(25, len(all))] {
		fmt.Printf("# %8.3f ms %4d x %s\n", t.Time.Seconds()*1e3, t.Calls, t.Kernel)
	}
}

// answer begins to continue half a block of tokens, and returns what gives the next one, when so many more are wanted.
func (b bench) answer(d *nn.Decoder, how nn.Sampling) (next func(more int)) {
	cache, err := d.NewCache()
	check(err)
	for range b.size.BlockSize {
		how.Uniform = append(how.Uniform, 0.5)
	}
	g, err := d.Generate([]nn.Input{{Cache: cache, Tokens: make([]int32, b.size.BlockSize/2)}}, []nn.Sampling{how})
	check(err)
	return func(more int) {
		_, err := g.Next(more)
		check(err)
	}
}

// decode measures one token after the other, after half a block, each read by the host: the likeliest, and drawn from the likeliest that have 95 % of the probability. It
// says, too, what the host has had the device do for a token.
func (b bench) decode() {
	m := b.model(device.F32)
	for _, weights := range []device.DType{device.BF16, device.F32, device.I8} {
		d, err := m.Decoder(weights)
		check(err)
		b.tokensOf("decode "+weights.String(), b.answer(d, nn.Sampling{}))
		if weights == device.BF16 {
			b.tokensOf("decode bf16 top-p", b.answer(d, nn.Sampling{Temperature: 1, TopP: 0.95}))
		}
	}
}

func (b bench) tokensOf(name string, next func(more int)) {
	const warm = 8
	n := b.size.BlockSize / 2
	count := min(200, n-warm)
	for i := range warm {
		next(warm + count - i)
	}
	dev, counts := b.dev.(interface{ Counts() cuda.Counts })
	var before cuda.Counts
	if counts {
		before = dev.Counts()
	}
	begin := time.Now()
	for i := range count {
		next(count - i)
	}
	took, note := time.Since(begin), fmt.Sprintf("batch 1, after %d tokens", n)
	if counts {
		note += perToken(before, dev.Counts())
	}
	row(name, took.Seconds()*1e3/float64(count), "ms/token", note)
}

// perToken says what was handed over for one token.
func perToken(a, b cuda.Counts) string {
	graphs := max(1, b.Graphs-a.Graphs)
	return fmt.Sprintf(", %d kernels in a graph, %d arguments changed, %d bytes up, %d down", (b.Kernels-a.Kernels)/graphs, (b.Updates-a.Updates)/graphs, (b.Up-a.Up)/graphs, (b.Down-a.Down)/graphs)
}

// loss prints the losses of ten steps in f32 and in bf16 on the same tokens, and on the processor where that does not take too long.
func (b bench) loss() {
	b.batch, b.tokens = 4, min(64, b.tokens)
	for _, precision := range []device.DType{device.F32, device.BF16} {
		m := b.model(precision)
		opt, err := optim.AdamW{LR: 1e-4}.New(m.Params())
		check(err)
		x, y := b.text(2)
		for i := range 10 {
			opt.ZeroGrad()
			loss := m.Loss(x, y)
			loss.Backward()
			row(fmt.Sprintf("loss %s step %d", precision, i), loss.Item(), "nats", "")
			opt.Step()
		}
	}
}
