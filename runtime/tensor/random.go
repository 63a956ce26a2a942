package tensor

import (
	"math"
	"slices"
	"sort"
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

// Uniform is f32 between low and high. Rounding may give high itself, unless low is 0.
func (g *Generator) Uniform(low, high float64, shape ...int) *Tensor {
	return g.fill(false, low, high, shape)
}

func (g *Generator) fill(normal bool, p, q float64, shape []int) *Tensor {
	t := empty("random", Default(), device.F32, shape)
	seed, stream := g.Next()
	run("random", t.Device(), device.Random{Dst: t.view(), Normal: normal, P: p, Q: q, Seed: seed, Stream: stream})
	return t
}

// fine is f64 between 0 and 1, without 1, in steps of 2⁻⁴⁸.
func (g *Generator) fine(shape []int) *Tensor {
	both := g.Uniform(0, 1, append([]int{2}, shape...)...).cast(device.F64) // 24 bits each, which f32 hold
	return both.Index(0, 0).Add(both.Index(0, 1).Scale(1.0 / (1 << 24)))
}

// Ints are i32 from low up to before high, each as likely as the others.
func (g *Generator) Ints(low, high int, shape ...int) *Tensor {
	if low >= high || low != int(int32(low)) || high != int(int32(high)) {
		fail("ints", "there are no i32 from %d up to before %d", low, high)
	}
	return g.fine(shape).Scale(float64(high - low)).Floor().AddScalar(float64(low)).cast(device.I32)
}

// Perm is the numbers 0, 1, ..., n-1 (i32) in random order.
func (g *Generator) Perm(n int) *Tensor {
	must("perm", device.CheckShape([]int{n}))
	return g.fine([]int{n}).ArgSort(0, false)
}

// Multinomial draws n indices (i32) from each row of weights [..., k], which need not add up to 1: [..., n]. An index may be drawn again.
// It is done on the host.
func (g *Generator) Multinomial(weights *Tensor, n int) *Tensor {
	given("multinomial", weights)
	if weights.Rank() == 0 || weights.Dim(-1) == 0 || n < 0 {
		fail("multinomial", "there is nothing to draw %d indices from in %s", n, weights.view())
	}
	shape, k := weights.Shape(), weights.Dim(-1)
	shape[len(shape)-1] = n
	values, dice := weights.Float64s(), g.fine(shape).Float64s()
	all := make([]int32, 0, len(dice))
	for row := range slices.Chunk(values, k) {
		sums := cumulative(row)
		for _, u := range dice[len(all):][:n] {
			all = append(all, int32(draw(sums, u)))
		}
	}
	return New(all, shape...).On(weights.Device())
}

// cumulative are the sums of a row's weights up to each.
func cumulative(weights []float64) []float64 {
	sums, sum := make([]float64, len(weights)), 0.0
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			fail("multinomial", "a weight is %v", w)
		}
		sum += w
		sums[i] = sum
	}
	if sum == 0 {
		fail("multinomial", "all weights of a row are 0")
	}
	return sums
}

// draw is the index at which the sum of weights goes beyond u times that of all.
func draw(sums []float64, u float64) int {
	sum := sums[len(sums)-1]
	if i := sort.Search(len(sums), func(i int) bool { return sums[i] > u*sum }); i < len(sums) {
		return i
	}
	return sort.SearchFloat64s(sums, sum) // rounding: the last that has a weight
}

// Dropout sets each element to 0 with probability p, and divides the others by 1-p.
func (g *Generator) Dropout(t *Tensor, p float64) *Tensor {
	given("dropout", t)
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
