package main

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// train does steps of training: forwards, backwards, AdamW without decay.
func train(path string, batch, length int) error {
	m, err := readWeights(path)
	if err != nil {
		return err
	}
	return trainAll(m, m.Params(), batch, length)
}

// adapt does steps of training of adapters (LoRA) of all matrices.
func adapt(path string, batch, length, rank int) error {
	base, err := readWeights(path)
	if err != nil {
		return err
	}
	m, err := base.Adapt(nn.LoRA{Rank: rank})
	if err != nil {
		return err
	}
	var adapters []nn.Param
	for _, p := range m.Params() {
		if !p.Tracked() {
			continue
		}
		if strings.HasSuffix(p.Name, "lora_a") {
			p.Assign(tensor.New(small(p.Size(), 7), p.Shape()...).Scale(0.05))
		}
		adapters = append(adapters, p)
	}
	return trainAll(m, adapters, batch, length)
}

// trainAll trains some parameters.
func trainAll(m *nn.GPT, params []nn.Param, batch, length int) error {
	opt, err := optim.AdamW{LR: 1e-4}.New(params)
	if err != nil {
		return err
	}
	f, n := formula(1), batch*length
	return serve(0, "f32", func() (seconds, result float64, err error) {
		tokens := f.tokens(n+1, m.Config.VocabSize)
		ids, targets := tensor.New(tokens[:n], batch, length), tensor.New(tokens[1:], batch, length)
		begun := time.Now()
		err = tensor.Try(func() {
			opt.ZeroGrad()
			loss := m.Loss(ids, targets)
			loss.Backward()
			opt.Step()
			result = loss.Item()
		})
		return time.Since(begun).Seconds(), result, err
	})
}

// weightTypes are the types of weights by their names.
var weightTypes = map[string]device.DType{"f32": device.F32, "bf16": device.BF16, "i8": device.I8}

// decode reads a prompt, which is not timed, and then tokens one by one.
func decode(path, weights string, prompt, count int) error {
	m, err := readWeights(path)
	if err != nil {
		return err
	}
	dtype, ok := weightTypes[weights]
	if !ok {
		return fmt.Errorf("weights of type %s: want f32, bf16 or i8", weights)
	}
	d, err := m.Decoder(dtype)
	if err != nil {
		return err
	}
	cache, err := d.NewCache()
	if err != nil {
		return err
	}
	vocab := m.Config.VocabSize
	m = nil // a decoder with smaller weights does not need it
	debug.FreeOSMemory()
	f := formula(1)
	tokens, room := f.tokens(prompt+count, vocab), make([]float32, vocab)
	return serve(d.Bytes()+cache.Bytes(), weights+" weights, f32 cache", func() (seconds, result float64, err error) {
		cache.Truncate(0)
		if _, err := d.Forward(nn.Input{Cache: cache, Tokens: tokens[:prompt]}); err != nil {
			return 0, 0, err
		}
		begun := time.Now()
		for i := prompt; i < len(tokens); i++ {
			logits, err := d.Forward(nn.Input{Cache: cache, Tokens: tokens[i : i+1], Logits: room})
			if err != nil {
				return 0, 0, err
			}
			result = greatest(logits[0])
		}
		return time.Since(begun).Seconds() / float64(count), result, nil
	})
}

// greatest is what the peers look for in each token's logits; [slices.Max], which minds NaN, would take a hundredth of the token's time.
func greatest(x []float32) float64 {
	most := x[0]
	for _, v := range x {
		if v > most {
			most = v
		}
	}
	return float64(most)
}

// matmul multiplies matrices of small numbers, whose sums are exact in every order.
func matmul(transposed bool, m, n, k, times int) error {
	a, b, c := tensor.New(small(m*k, 7), m, k), tensor.New(small(n*k, 5), k, n), tensor.Zeros(m, n)
	if transposed {
		b = b.Reshape(n, k).Transpose(0, 1)
	}
	product := device.MatMul{Dst: c.View(), A: a.View(), B: b.View()}
	return serve(0, "f32", func() (seconds, result float64, err error) {
		begun := time.Now()
		for range times {
			if err := c.Device().Run(product); err != nil {
				return 0, 0, err
			}
		}
		seconds = time.Since(begun).Seconds() / float64(times)
		for _, v := range c.Float64s() {
			result += v
		}
		return seconds, result, nil
	})
}

// small is quarters around zero that repeat after an odd number of them.
func small(n, period int) []float32 {
	all := make([]float32, n)
	for i := range all {
		all[i] = float32(i%period-period/2) / 4
	}
	return all
}
