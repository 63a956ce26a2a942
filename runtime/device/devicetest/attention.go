package devicetest

import (
	"github.com/resident-go/resident/runtime/device"
)

// heads are the sizes of an attention.
type heads struct {
	batch, t, s, heads, kv, d int
	causal                    bool
}

var attentions = []heads{
	{1, 1, 1, 1, 1, 1, true}, {2, 3, 3, 2, 2, 4, true}, {1, 5, 5, 2, 1, 8, false}, {2, 7, 9, 4, 2, 16, true}, {1, 1, 40, 6, 2, 16, true}, {1, 4, 2, 2, 2, 3, false},
	{1, 33, 33, 1, 1, 17, true}, {0, 3, 3, 1, 1, 4, true}, {1, 0, 3, 1, 1, 4, true}, {1, 3, 0, 1, 1, 4, false},
}

// largeAttentions go over several tiles, whatever their size; the one query of the third is a step of decoding.
var largeAttentions = []heads{{2, 80, 80, 3, 3, 16, true}, {1, 70, 130, 2, 1, 24, false}, {1, 1, 700, 4, 4, 64, true}, {1, 130, 131, 1, 1, 40, true}, {1, 3, 300, 4, 2, 20, true},
	{1, 150, 170, 4, 2, 64, true}, {1, 70, 100, 2, 1, 128, true}, {1, 9, 70, 1, 1, 200, false}, {1, 2, 70, 9, 1, 24, true}}

func attentionScenes(yield func(scene) bool) {
	for _, t := range floats {
		for _, h := range attentions {
			if !across(h.scene(t, out), yield) || !across(h.scene(t, none), yield) || !across(h.gradScene(t), yield) {
				return
			}
		}
		for _, h := range largeAttentions {
			if !yield(h.scene(t, out)) || !yield(h.gradScene(t)) {
				return
			}
			if t == device.BF16 && (!across(h.scene(t, out).mixed(1), yield) || !yield(h.gradScene(t).mixed(8))) {
				return
			}
		}
	}
}

// narrowed allows for probabilities, and gradients of scores, that are rounded to BF16 before they are multiplied, as tensor cores take them: half a unit in the last place
// of weights that add up to about 1, of numbers up to 1.
func (b bound) narrowed(t device.DType) bound {
	if t == device.BF16 {
		b.abs += 0x1p14
	}
	return b
}

// unit keeps scores small, whatever the layout: their rounding is multiplied by the exponential.
var unit = between(-1, 1)

func (h heads) queries() []int { return []int{h.batch, h.t, h.heads, h.d} }
func (h heads) keys() []int    { return []int{h.batch, h.s, h.kv, h.d} }
func (h heads) rows() []int    { return []int{h.batch, h.heads, h.t} }

func (h heads) scale() float64 { return 0.25 }

func (h heads) scene(t device.DType, lse role) scene {
	return scene{name: "attention", bound: within(16, 16).narrowed(t),
		args: []arg{{role: out, t: t, shape: h.queries()}, {role: lse, t: t, shape: h.rows()}, {t: t, shape: h.queries(), draw: unit}, {t: t, shape: h.keys(), draw: unit}, {t: t, shape: h.keys(), draw: unit}},
		op: func(v []device.View) device.Op {
			return device.Attention{Out: v[0], LSE: v[1], Q: v[2], K: v[3], V: v[4], Scale: h.scale(), Causal: h.causal}
		}}
}

// gradScene takes Out and LSE as they come, not as [device.Attention] makes them: the formulas hold for any, as long as the LSE is large enough.
func (h heads) gradScene(t device.DType) scene {
	lse := between(4, 6)
	s := scene{name: "attention-grad", bound: summed(h.t + h.s + h.d).narrowed(t),
		args: []arg{{role: out, t: t, shape: h.queries()}, {role: out, t: t, shape: h.keys()}, {role: out, t: t, shape: h.keys()}, {t: t, shape: h.queries(), draw: unit},
			{t: t, shape: h.queries(), draw: unit}, {t: t, shape: h.keys(), draw: unit}, {t: t, shape: h.keys(), draw: unit}, {t: t, shape: h.queries(), draw: unit}, {t: t, shape: h.rows(), draw: lse}},
		op: func(v []device.View) device.Op {
			return device.AttentionGrad{DQ: v[0], DK: v[1], DV: v[2], DOut: v[3], Q: v[4], K: v[5], V: v[6], Out: v[7], LSE: v[8], Scale: h.scale(), Causal: h.causal}
		}}
	return s
}

func rotaryScenes(yield func(scene) bool) {
	for _, t := range floats {
		for _, shape := range [][]int{{1, 1, 1, 2}, {2, 5, 3, 8}, {1, 7, 2, 34}, {0, 3, 1, 4}, {2, 3, 1, 0}, {2, 100, 6, 64}} {
			for _, positions := range []role{in, none} {
				for _, inverse := range []bool{false, true} {
					if !across(rotaryScene(t, shape, positions, none, inverse), yield) || !across(rotaryScene(t, shape, positions, in, inverse), yield) {
						return
					}
				}
			}
		}
	}
}

func rotaryScene(t device.DType, shape []int, positions, frequencies role, inverse bool) scene {
	// An angle up to 511 is the product of two rounded numbers, here and in the oracle.
	return scene{name: "rotary", bound: within(4, 600), mayShare: [][2]int{{0, 1}},
		args: []arg{{role: out, t: t, shape: shape}, {t: t, shape: shape, draw: normal}, {role: positions, t: device.I32, shape: shape[:2], draw: whole(0, 500)},
			{role: frequencies, t: device.F64, shape: []int{shape[3] / 2}, draw: between(0, 1), dense: true}},
		op: func(v []device.View) device.Op {
			return device.Rotary{Dst: v[0], X: v[1], Positions: v[2], Frequencies: v[3], From: 11, Base: 10000, Inverse: inverse}
		}}
}
