package tensor

import (
	"sync/atomic"

	"github.com/resident-go/resident/runtime/device"
)

// Generator makes random tensors. The same seed gives the same numbers in the same order, on every machine. It may be used by several
// goroutines at once, which then share the order.
type Generator struct {
	seed   uint64
	stream atomic.Uint64 // one for each tensor
}

// Seed returns a generator.
func Seed(seed uint64) *Generator { return &Generator{seed: seed} }

// Seed is what the generator was made from.
func (g *Generator) Seed() uint64 { return g.seed }

// State is where the generator stands: how many tensors it has made.
func (g *Generator) State() uint64 { return g.stream.Load() }

// Restore sets it to a state.
func (g *Generator) Restore(state uint64) { g.stream.Store(state) }

// Next takes a place in the order, for code that makes random numbers of its own with [device.Random].
func (g *Generator) Next() (seed, stream uint64) { return g.seed, g.stream.Add(1) - 1 }

// Normal is normally distributed f32 with mean 0 and standard deviation 1.
func (g *Generator) Normal(shape ...int) *Tensor { return g.fill(true, 0, 1, shape) }

// Uniform is f32 between low and high, without high.
func (g *Generator) Uniform(low, high float64, shape ...int) *Tensor {
	return g.fill(false, low, high, shape)
}

func (g *Generator) fill(normal bool, p, q float64, shape []int) *Tensor {
	t := Zeros(shape...)
	seed, stream := g.Next()
	run("random", t.Device(), device.Random{Dst: t.view(), Normal: normal, P: p, Q: q, Seed: seed, Stream: stream})
	return t
}

// Dropout sets each element to 0 with probability p, and divides the others by 1-p.
func (g *Generator) Dropout(t *Tensor, p float64) *Tensor {
	if p == 0 {
		return t
	}
	seed, stream := g.Next()
	drop := func(x *Tensor) *Tensor {
		out := x.fresh("dropout", x.layout.Shape)
		run("dropout", x.Device(), device.Dropout{Dst: out.view(), X: x.view(), P: p, Seed: seed, Stream: stream})
		return out
	}
	return made("dropout", drop(t), []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{drop(dy)} })
}
