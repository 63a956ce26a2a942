package devicetest

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// product is the sizes and extras of a [device.MatMul].
type product struct {
	lead    []int
	m, k, n int
	extras  extras
	alpha   float64
	act     device.Activation
	aT, bT  bool // operands lie transposed
	sharedB bool // one B for all leading indices
	groups  int  // of scales, for I8
}

// extras are the optional parts of a product.
type extras uint8

const (
	withBias extras = 1 << iota
	withResidual
	withPre
	accumulating
)

// products are sizes around the tiles that kernels work in, each with some extras.
var products = []product{
	{m: 1, k: 1, n: 1}, {m: 1, k: 7, n: 5, extras: withBias}, {m: 5, k: 1, n: 3, act: device.ActReLU}, {m: 3, k: 0, n: 4, extras: withBias}, {m: 0, k: 3, n: 4}, {m: 4, k: 3, n: 0},
	{m: 6, k: 16, n: 16, alpha: 0.5}, {m: 17, k: 33, n: 31, extras: withBias | withPre, act: device.ActGELU},
	{m: 1, k: 64, n: 100, extras: withBias | withResidual, act: device.ActGELUTanh}, {m: 100, k: 64, n: 1, extras: accumulating},
	{m: 8, k: 96, n: 48, extras: withBias | withResidual | withPre | accumulating, act: device.ActSiLU, alpha: -1.5},
	{lead: []int{3}, m: 5, k: 9, n: 7, extras: withBias}, {lead: []int{2, 3}, m: 4, k: 5, n: 6, extras: withResidual, act: device.ActGELU},
	{lead: []int{2, 3}, m: 4, k: 5, n: 6, sharedB: true, extras: withPre}, {lead: []int{0}, m: 2, k: 3, n: 4},
}

// largeProducts run in threads; once in each way that a product is asked for by training: W transposed, and both gradients.
var largeProducts = []product{
	{m: 150, k: 130, n: 200, extras: withBias, act: device.ActGELUTanh, bT: true}, {m: 150, k: 200, n: 130},
	{m: 200, k: 150, n: 130, aT: true, extras: accumulating}, {lead: []int{6}, m: 50, k: 64, n: 50, bT: true, alpha: 0.125}, {m: 1, k: 700, n: 400, bT: true, extras: withBias | withResidual},
	{m: 65, k: 300, n: 97, aT: true, bT: true},
}

func matmulScenes(yield func(scene) bool) {
	for _, types := range [][2]device.DType{{device.F32, device.F32}, {device.F64, device.F64}, {device.BF16, device.BF16}, {device.F32, device.BF16}} {
		for _, p := range products {
			if !across(p.scene(types[0], types[1]), yield) {
				return
			}
		}
		for _, p := range largeProducts {
			if !yield(p.scene(types[0], types[1])) {
				return
			}
		}
	}
	for _, p := range slices.Concat(products, largeProducts) { // gradients of weights
		if !across(p.scene(device.BF16, device.BF16).mixed(0, 4, 5, 6), yield) {
			return
		}
	}
	if quantizedProducts(yield) {
		quantizeScenes(yield)
	}
}

func (p product) scene(t, tB device.DType) scene {
	dst, a, b := p.shape(p.m, p.n), p.shape(p.m, p.k), p.shape(p.k, p.n)
	optional := func(e extras, r role, shape []int) arg {
		if p.extras&e == 0 {
			return arg{role: none}
		}
		return arg{role: r, t: t, shape: shape, draw: normal}
	}
	result := arg{role: out, t: t, shape: dst}
	if p.extras&accumulating != 0 {
		result = arg{role: both, t: t, shape: dst, draw: normal}
	}
	pre := optional(withPre, out, dst)
	pre.draw = nil
	// Sums of normal numbers grow beyond what a residual or an activation leaves of them.
	s := scene{name: "matmul", bound: summed(4 * p.k), op: p.op,
		args: []arg{result, {t: t, shape: a, draw: normal, lie: p.lie(p.aT)}, {t: tB, shape: b, draw: normal, lie: p.lie(p.bT)},
			{role: none}, optional(withBias, in, []int{p.n}), optional(withResidual, in, dst), pre}}
	if t == device.BF16 && p.act == device.ActGELUTanh {
		s.bound.abs, s.bound.rel = s.bound.abs+0x1p14, s.bound.rel+0x1p12 // the hardware's tanh, of which half the number is taken
	}
	if p.extras&withResidual != 0 && p.extras&accumulating == 0 {
		s.mayShare = [][2]int{{0, 5}}
	}
	return s
}

func (p product) shape(rows, columns int) []int {
	return append(slices.Clone(p.lead), rows, columns)
}

func (p product) lie(transposed bool) lie {
	switch {
	case transposed && len(p.lead) == 0:
		return turned
	case p.sharedB:
		return repeatedRows
	}
	return packed
}

func (p product) op(v []device.View) device.Op {
	return device.MatMul{Dst: v[0], A: v[1], B: v[2], Scales: v[3], Bias: v[4], Residual: v[5], Pre: v[6],
		Act: p.act, Alpha: p.alpha, Accumulate: p.extras&accumulating != 0}
}

// quantizedProducts are those with weights in 8 bits, which lie as the transposed of [n, k]. A device may round the other operand to 8 bits,
// too: each product is then off by half a 127th of the largest number of its group, about 3.
func quantizedProducts(yield func(scene) bool) bool {
	for _, p := range []product{
		{m: 1, k: 32, n: 5, groups: 1}, {m: 3, k: 64, n: 17, groups: 2, extras: withBias}, {m: 1, k: 256, n: 100, groups: 8, extras: withBias | withResidual, act: device.ActGELU},
		{m: 5, k: 12, n: 9, groups: 3}, {m: 2, k: 7, n: 3, groups: 1}, {m: 40, k: 128, n: 64, groups: 4, extras: accumulating | withPre, alpha: 0.5}, {m: 1, k: 384, n: 513, groups: 12}, {m: 0, k: 4, n: 2, groups: 1},
	} {
		s := p.scene(device.F32, device.I8)
		s.args[2].draw = whole(-127, 128)
		s.args[3] = arg{t: device.F32, shape: []int{p.n, p.groups}, draw: between(0.005, 0.01)}
		// Half a step of 4/127 on each product, times weights of 0.5 on average, adding up at random; six sigmas.
		s.bound.abs += 0x1p23 * 6 * 0.5 * 4 / 127 * 0.5 * float64(p.k) / float64(max(1, isqrt(p.k)))
		s.narrow = true
		for _, l := range []lie{turned, packed, spread} {
			s.args[2].lie = l
			if !yield(s) {
				return false
			}
		}
		if !yield(s.laid(func(int) lie { return spread })) {
			return false
		}
	}
	return true
}

func isqrt(n int) int {
	r := 0
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}

func quantizeScenes(yield func(scene) bool) bool {
	for _, c := range []struct{ n, k, g int }{{1, 1, 1}, {3, 32, 1}, {5, 96, 3}, {2, 21, 7}, {100, 256, 8}, {0, 4, 2}, {3, 0, 1}} {
		for _, x := range []draw{normal, whole(0, 1), between(-1e-3, 1e-3)} {
			s := scene{name: "quantize", bound: rounded, narrow: true,
				args: []arg{{role: out, t: device.I8, shape: []int{c.n, c.k}}, {role: out, t: device.F32, shape: []int{c.n, c.g}}, {t: device.F32, shape: []int{c.n, c.k}, draw: x}},
				op:   func(v []device.View) device.Op { return device.Quantize{Dst: v[0], Scales: v[1], X: v[2]} }}
			if !across(s, yield) {
				return false
			}
		}
	}
	return true
}
