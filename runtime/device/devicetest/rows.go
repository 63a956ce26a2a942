package devicetest

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// rowShapes have a last dimension to go along.
var rowShapes = [][]int{{1}, {7}, {64}, {0, 5}, {3, 1}, {5, 3}, {33, 17}, {4, 65}, {2, 3, 4, 5}, {3, 200}}

// largeRows are for threads: many, and long.
var largeRows = [][]int{{700, 129}, {3, 30001}}

func softmaxScenes(yield func(scene) bool) {
	for _, t := range floats {
		for _, log := range []bool{false, true} {
			for _, shape := range slices.Concat(rowShapes, largeRows, [][]int{{3, 0}}) {
				if !across(softmaxScene(t, log, shape, normal), yield) || !across(softmaxGradScene(t, log, shape), yield) {
					return
				}
			}
			if !softmaxSpecials(t, log, yield) {
				return
			}
		}
	}
}

// mixedNorms have what belongs to a column or a row in F32, beside BF16.
func mixedNorms(yield func(scene) bool) bool {
	for _, rms := range []bool{false, true} {
		for without := range 4 {
			for _, shape := range rowShapes {
				if !across(normScene(device.BF16, rms, without, shape).mixed(2, 3, 4, 5), yield) || !across(normGradScene(device.BF16, rms, without, shape).mixed(1, 2, 5, 6, 7), yield) {
					return false
				}
			}
		}
		shape := largeRows[0]
		if !yield(normScene(device.BF16, rms, 0, shape).mixed(4, 5)) || !yield(normGradScene(device.BF16, rms, 0, shape).mixed(1, 2, 6, 7)) {
			return false
		}
	}
	return true
}

func softmaxScene(t device.DType, log bool, shape []int, x draw) scene {
	// A device may add up one number after the other.
	return scene{name: "softmax", bound: within(20+math.Sqrt(float64(size(shape)))/4, float64(truth(log))*8), mayShare: [][2]int{{0, 1}},
		args: []arg{{role: out, t: t, shape: shape}, {t: t, shape: shape, draw: x}},
		op:   func(v []device.View) device.Op { return device.Softmax{Dst: v[0], X: v[1], Log: log} }}
}

// softmaxSpecials are rows with numbers left out by -Inf, with large ones, and with one that is none.
func softmaxSpecials(t device.DType, log bool, yield func(scene) bool) bool {
	rows := [][]float64{{1, -inf, 2, 3, -inf}, {-inf, -inf, -inf, -inf, -inf}, {1, 2, nan, 3, 4}, {1000, 1001, 1002, -1000, 0}, {-1e30, 1e30, 3, 4, 5},
		{-120, -20, 0, -88, -90}, {1e-40, 0, -1e-40, 0, 0}}
	for _, times := range []int{1, 9} {
		s := softmaxScene(t, log, []int{len(rows), 5 * times}, listed(times, slices.Concat(rows...)))
		if !yield(s) || !yield(s.laid(func(int) lie { return turned })) {
			return false
		}
	}
	return true
}

func softmaxGradScene(t device.DType, log bool, shape []int) scene {
	y := between(0, 1)
	if log {
		y = between(-8, 0)
	}
	n := 1
	if len(shape) > 0 {
		n = shape[len(shape)-1]
	}
	return scene{name: "softmax-grad", bound: summed(n), mayShare: [][2]int{{0, 1}, {0, 2}},
		args: []arg{{role: out, t: t, shape: shape}, {t: t, shape: shape, draw: normal}, {t: t, shape: shape, draw: y}},
		op:   func(v []device.View) device.Op { return device.SoftmaxGrad{DX: v[0], DY: v[1], Y: v[2], Log: log} }}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func normScenes(yield func(scene) bool) {
	for _, t := range floats {
		for _, rms := range []bool{false, true} {
			for without := range 4 {
				for _, shape := range rowShapes {
					if !across(normScene(t, rms, without, shape), yield) || !across(normGradScene(t, rms, without, shape), yield) {
						return
					}
				}
			}
			for _, shape := range append([][]int{{130, 96}}, largeRows...) {
				if !yield(normScene(t, rms, 0, shape)) || !yield(normGradScene(t, rms, 0, shape)) {
					return
				}
			}
		}
	}
	mixedNorms(yield)
}

// normScene leaves out, by the bits of without, the bias and the statistics; with both, the weight too.
func normScene(t device.DType, rms bool, without int, shape []int) scene {
	last := len(shape) - 1
	// Where all numbers of a row are alike, what is left of them after the mean is the rounding of that.
	s := scene{name: "norm", bound: within(16, 600), mayShare: [][2]int{{0, 1}},
		args: []arg{{role: out, t: t, shape: shape}, {t: t, shape: shape, draw: around(2)},
			{t: t, shape: shape[last:], draw: normal}, {t: t, shape: shape[last:], draw: normal}, {role: out, t: t, shape: shape[:last]}, {role: out, t: t, shape: shape[:last]}},
		op: func(v []device.View) device.Op {
			return device.Norm{Dst: v[0], X: v[1], Weight: v[2], Bias: v[3], Mean: v[4], Rstd: v[5], Eps: 0.5, RMS: rms}
		}}
	if without&1 != 0 {
		s.args[3].role = none
	}
	if without&2 != 0 {
		s.args[4].role, s.args[5].role = none, none
	}
	if without == 3 {
		s.args[2].role = none
	}
	if rms {
		s.args[4].role = none
	}
	return s
}

// around is a distribution with a mean, which a careless variance loses digits by.
func around(mean float64) draw {
	return func(r *rand.Rand, i int) float64 { return mean + normal(r, i) }
}

// normGradScene leaves out, by without, nothing; DX; DWeight and DBias; the weight, its gradient and the residual.
func normGradScene(t device.DType, rms bool, without int, shape []int) scene {
	last := len(shape) - 1
	full, column, row := shape, shape[last:], shape[:last]
	s := scene{name: "norm-grad", bound: summed(max(size(row), size(column))).times(1), mayShare: [][2]int{{0, 3}, {0, 8}},
		args: []arg{{role: out, t: t, shape: full}, {role: both, t: t, shape: column, draw: normal}, {role: both, t: t, shape: column, draw: normal},
			{t: t, shape: full, draw: normal}, {t: t, shape: full, draw: normal}, {t: t, shape: column, draw: normal},
			{t: t, shape: row, draw: between(-0.5, 0.5)}, {t: t, shape: row, draw: between(0.5, 1.5)}, {t: t, shape: full, draw: normal}},
		op: func(v []device.View) device.Op {
			return device.NormGrad{DX: v[0], DWeight: v[1], DBias: v[2], DY: v[3], X: v[4], Weight: v[5], Mean: v[6], Rstd: v[7], Residual: v[8], RMS: rms}
		}}
	var gone []int
	switch without {
	case 1:
		gone = []int{0, 8}
	case 2:
		gone = []int{1, 2}
	case 3:
		gone = []int{1, 5, 8}
	}
	if rms {
		gone = append(gone, 6)
	}
	for _, i := range gone {
		s.args[i].role = none
	}
	s.mayShare = slices.DeleteFunc(s.mayShare, func(pair [2]int) bool { return s.args[pair[0]].role == none || s.args[pair[1]].role == none })
	if t == device.BF16 {
		// Sums over rows may be rounded each time something is added.
		s.bound.abs += 0x1p15 * float64(size(row))
	}
	return s
}

func crossEntropyScenes(yield func(scene) bool) {
	for _, t := range floats {
		for _, gradient := range []role{out, none} {
			for _, c := range [][2]int{{1, 1}, {5, 3}, {33, 65}, {7, 200}, {0, 4}, {3, 0}, {4, 1000}} {
				if !across(crossEntropyScene(t, c[0], c[1], gradient, normal), yield) {
					return
				}
			}
			for _, c := range [][2]int{{512, 65}, {9, 20001}} {
				if !yield(crossEntropyScene(t, c[0], c[1], gradient, normal)) {
					return
				}
			}
			if !yield(crossEntropyScene(t, 6, 4, gradient, listed(1, []float64{1000, 0, -1000, 1001, -inf, 2, 3, -inf}))) {
				return
			}
			if t == device.BF16 && (!across(crossEntropyScene(t, 33, 65, gradient, normal).mixed(0), yield) || !yield(crossEntropyScene(t, 9, 20001, gradient, normal).mixed(0))) {
				return
			}
		}
	}
}

func crossEntropyScene(t device.DType, n, classes int, gradient role, x draw) scene {
	s := scene{name: "cross-entropy", bound: within(20, 8),
		args: []arg{{role: out, t: t, shape: []int{n}}, {t: t, shape: []int{n, classes}, draw: x}, {t: device.I32, shape: []int{n}, draw: whole(-1, classes)},
			{role: gradient, t: t, shape: []int{n, classes}}},
		op: func(v []device.View) device.Op {
			return device.CrossEntropy{Losses: v[0], Logits: v[1], Targets: v[2], DLogits: v[3], Scale: 0.25}
		}}
	if gradient == out {
		s.mayShare = [][2]int{{3, 1}}
	}
	return s
}
