package nn

import (
	"fmt"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// BenchmarkDecode is one token of one sequence, half-way through the block.
func BenchmarkDecode(b *testing.B) {
	for _, size := range []struct {
		name string
		cfg  GPTConfig
	}{
		{"tiny", GPTConfig{VocabSize: 64, BlockSize: 64, Layers: 6, Heads: 2, Embed: 32}}, // shows what is not arithmetic
		{"10.8M", GPTConfig{VocabSize: 65, BlockSize: 256, Layers: 6, Heads: 6, Embed: 384}},
	} {
		for _, weights := range []device.DType{device.F32, device.BF16, device.I8} {
			b.Run(fmt.Sprint(size.name, "/", weights), func(b *testing.B) {
				m := newGPT(b, size.cfg)
				d := newDecoder(b, m, weights)
				c := newCache(b, d)
				if _, err := d.Forward(Input{Cache: c, Tokens: make([]int32, size.cfg.BlockSize/2)}); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					c.Truncate(size.cfg.BlockSize / 2)
					if _, err := d.Forward(Input{Cache: c, Tokens: []int32{1}}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkLoss is the forward and backward passes of a training step.
func BenchmarkLoss(b *testing.B) {
	m := newGPT(b, GPTConfig{VocabSize: 65, BlockSize: 256, Layers: 6, Heads: 6, Embed: 384})
	ids, targets := batch(m.Config, 4, 256)
	for b.Loop() {
		m.Loss(ids, targets).Backward()
	}
}
