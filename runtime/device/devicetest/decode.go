package devicetest

import (
	"math"
	"math/rand/v2"

	"github.com/resident-go/resident/runtime/device"
)

// sides are layouts in which rows lie together.
func sides(s scene, yield func(scene) bool) bool {
	for _, l := range []lie{packed, shifted} {
		if !yield(s.laid(func(int) lie { return l })) {
			return false
		}
	}
	return true
}

func embedScenes(yield func(scene) bool) {
	for _, t := range []device.DType{device.F32, device.BF16, device.I8} {
		for _, shape := range [][3]int{{1, 3, 4}, {0, 3, 4}, {3, 7, 6}, {2, 40, 96}, {5, 300, 770}} {
			for _, positions := range []role{in, none} {
				n, rows, d := shape[0], shape[1], shape[2]
				scales, table := none, normal
				if t == device.I8 {
					scales, table = in, whole(-127, 128)
				}
				s := scene{name: "embed", bound: within(4, 4), narrow: true, args: []arg{{role: out, t: device.F32, shape: []int{n, d}}, {t: t, shape: []int{rows, d}, draw: table},
					{role: scales, t: device.F32, shape: []int{rows, d / 2}, draw: between(0.001, 0.01)}, {t: device.I32, shape: []int{n}, draw: whole(0, rows)},
					{role: positions, t: device.F32, shape: []int{11, d}, draw: normal}, {role: positions, t: device.I32, shape: []int{n}, draw: whole(0, 11)}},
					op: func(v []device.View) device.Op {
						return device.Embed{Dst: v[0], Table: v[1], Scales: v[2], IDs: v[3], Positions: v[4], At: v[5]}
					}}
				if !across(s, yield) {
					return
				}
			}
		}
	}
}

func cachedAttentionScenes(yield func(scene) bool) {
	for _, h := range []struct {
		limit, past, heads, kv, d int
		base                      float64 // -1: frequencies of their own
		window                    int
		cap                       float64
	}{{1, 0, 1, 1, 1, 0, 0, 0}, {9, 8, 2, 1, 6, 10000, 0, 0}, {9, 0, 4, 2, 16, 10000, 0, 0}, {70, 63, 3, 3, 20, 0, 0, 0}, {130, 64, 2, 2, 64, 0, 0, 0}, {700, 650, 4, 2, 64, 10000, 0, 0}, {5000, 4001, 2, 1, 128, 0, 0, 0},
		{300, 299, 1, 1, 126, 500, 0, 0}, {9, 8, 2, 1, 6, -1, 0, 0}, {700, 650, 4, 2, 64, -1, 0, 0}, {9, 4, 4, 2, 8, 0, 9, 0}, {9, 30, 2, 1, 6, 10000, 9, 0}, {9, 13, 2, 1, 6, 0, 4, 0.5}, {9, 20, 2, 2, 16, 0, 1, 0},
		{80, 79, 2, 1, 16, -1, 70, 2}, {200, 1000, 4, 2, 64, 0, 192, 0}, {700, 750, 2, 1, 128, 10000, 640, 1}, {300, 200, 1, 1, 20, 0, 290, 0.7}, {64, 700, 2, 1, 20, 0, 64, 0}} {
		base, frequencies := h.base, none
		if base < 0 {
			base, frequencies = 0, in
		}
		q, k, c := []int{h.heads, h.d}, []int{h.kv, h.d}, []int{h.limit, h.kv, h.d}
		s := scene{name: "cached-attention", bound: within(16, 16+float64(h.past)/16), narrow: true, args: []arg{{role: out, t: device.F32, shape: q}, {t: device.F32, shape: q, draw: unit},
			{t: device.F32, shape: k, draw: unit}, {t: device.F32, shape: k, draw: unit}, {role: both, t: device.F32, shape: c, draw: unit}, {role: both, t: device.F32, shape: c, draw: unit},
			{t: device.I32, shape: []int{1}, draw: whole(h.past, h.past+1)},
			{role: frequencies, t: device.F64, shape: []int{h.d / 2}, draw: between(0, 1), dense: true}},
			op: func(v []device.View) device.Op {
				return device.CachedAttention{Out: v[0], Q: v[1], K: v[2], V: v[3], Keys: v[4], Values: v[5], Past: v[6], Frequencies: v[7], Scale: 0.25, Base: base, Window: h.window, Cap: h.cap}
			}}
		if h.base != 0 {
			s.bound.abs += 1.2 * float64(h.past) // the angle of the oracle is rounded, too
		}
		if !sides(s, yield) {
			return
		}
	}
}

// hows are ways to choose: temperature, top-k, top-p, min-p, penalty.
var hows = [][device.HowColumns]float64{
	{1, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0.5, 0, 0, 0, 1.3}, {1, 3, 0, 0, 0}, {1, 0, 0.7, 0, 0}, {1, 0, 0, 0.2, 1}, {0.8, 40, 0.9, 0.05, 1.1}, {1, 0, 0.5, 0.5, 0}, {2, 1 << 20, 0, 0, 0.8},
	{1, 1, 0, 0, 0}, {0, 2, 0.5, 0, 1.7}, {1.5, 0, 0.999, 0, 0}, {1, 0, 1e-9, 0, 0}, {1, 200, 0.3, 1, 2},
}

func sampleScenes(yield func(scene) bool) {
	var how []float64
	for _, h := range hows {
		how = append(how, h[:]...)
	}
	steps := func(r *rand.Rand, _ int) float64 { return math.Round(4 * r.NormFloat64()) } // with many equal scores
	for _, vocab := range []int{1, 33, 1000, 5003} {
		for _, scores := range []draw{normal, steps, between(-90, 30), whole(2, 3)} {
			for round := range 2 {
				if !sides(sampleScene(vocab, len(hows), scores, round, how), yield) || !sides(sampleScene(vocab, 2, scores, round, nil), yield) {
					return
				}
			}
		}
	}
}

// sampleScene has n rows; the round tells which random number is next.
func sampleScene(vocab, n int, scores draw, round int, how []float64) scene {
	given := in
	read := both
	if how == nil {
		given, read = none, none
	}
	past := [...]role{both, none}[round%2]
	return scene{name: "sample", narrow: true, bound: within(1<<24, 1<<24), args: []arg{{role: out, t: device.I32, shape: []int{n}}, {role: out, t: device.F64, shape: []int{n, 2}},
		{t: device.F32, shape: []int{n, vocab}, draw: scores}, {role: given, t: device.F64, shape: []int{n, device.HowColumns}, draw: listed(1, append(how, 0))},
		{role: given, t: device.F64, shape: []int{n, 2}, draw: between(0, 1)}, {role: read, t: device.I32, shape: []int{n}, draw: whole(round, round+1)},
		{role: read, t: device.I32, shape: []int{n, (vocab + 31) / 32}, draw: whole(math.MinInt32, math.MaxInt32)}, {role: past, t: device.I32, shape: []int{n}, draw: whole(0, 99)}},
		op: func(v []device.View) device.Op {
			return device.Sample{Tokens: v[0], Picked: v[1], Logits: v[2], How: v[3], Uniform: v[4], Drawn: v[5], Seen: v[6], Past: v[7]}
		}}
}
