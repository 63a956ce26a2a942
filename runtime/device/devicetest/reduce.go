package devicetest

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// reductions are shapes of operands and of results.
var reductions = [][2][]int{
	{{}, {}}, {{1}, {1}}, {{7}, {1}}, {{64}, {1}}, {{100}, {1}}, {{5, 3}, {5, 1}}, {{5, 3}, {1, 3}}, {{5, 3}, {1, 1}}, {{5, 3}, {5, 3}},
	{{33, 65}, {33, 1}}, {{33, 65}, {1, 65}}, {{33, 65}, {1, 1}}, {{4, 9, 35}, {4, 1, 35}}, {{4, 9, 35}, {1, 9, 1}}, {{4, 9, 35}, {1, 1, 35}},
	{{2, 3, 4, 5}, {2, 1, 4, 1}}, {{2, 3, 4, 5}, {1, 3, 1, 5}}, {{3, 0, 2}, {3, 0, 1}}, {{0}, {0}},
	{{70001}, {1}}, {{251, 397}, {251, 1}}, {{251, 397}, {1, 397}}, {{2000, 33}, {1, 33}},
}

// emptyReductions are those over no elements, which only sums and products have.
var emptyReductions = [][2][]int{{{0}, {1}}, {{4, 0}, {4, 1}}, {{0, 5}, {1, 5}}, {{3, 0, 2}, {1, 1, 2}}}

func reduceScenes(yield func(scene) bool) {
	for _, op := range device.ReduceOps() {
		for _, t := range append([]device.DType{device.I32}, floats...) {
			all := reductions
			if op <= device.Prod && !(op == device.Mean && t == device.I32) {
				all = append(all[:len(all):len(all)], emptyReductions...)
			}
			for _, shapes := range all {
				s, ok := reduceScene(op, t, shapes[1], shapes[0])
				if ok && !across(s, yield) {
					return
				}
				if t == device.BF16 && op <= device.SumSquares && !across(s.mixed(0), yield) {
					return
				}
			}
		}
		if !reduceSpecials(op, yield) {
			return
		}
	}
}

func reduceScene(op device.ReduceOp, t device.DType, to, from []int) (scene, bool) {
	arg0 := arg{role: out, t: t, shape: to}
	n, dims := 1, 0
	for i, d := range from {
		if to[i] != d {
			n *= d
			dims++
		}
	}
	s := scene{name: op.String(), op: func(v []device.View) device.Op { return device.Reduce{Op: op, Dst: v[0], X: v[1]} }}
	x := normal
	switch op {
	case device.ArgMax, device.ArgMin:
		if dims > 1 {
			return scene{}, false
		}
		arg0.t, x = device.I32, whole(-20, 20) // there are equals
	case device.Max, device.Min:
	case device.Prod:
		s.bound = within(float64(n)+2, 0)
		x = between(0.9, 1.1)
	case device.Mean:
		s.bound = within(4, 4+math.Sqrt(float64(n))/2)
	default:
		s.bound = summed(n)
	}
	if t == device.F64 && n <= 5000 && op <= device.SumSquares {
		// The oracle adds in float64, too. A repeated operand's sums grow with n, and the errors of all additions go the same way.
		grown := float64(n) * float64(n) / 16
		if op == device.Mean {
			grown /= float64(n)
		}
		s.bound.abs += grown
	}
	if t == device.I32 {
		x = whole(-20, 20)
		if op == device.Prod {
			x = whole(-1, 2)
		}
	}
	s.args = []arg{arg0, {t: t, shape: from, draw: x}}
	return s, true
}

// reduceSpecials are rows with infinities, zeros of both signs, and numbers that are none.
func reduceSpecials(op device.ReduceOp, yield func(scene) bool) bool {
	rows := []float64{
		1, inf, 2, 3, 1, -inf, 2, 3, -inf, -inf, -inf, -inf, inf, inf, inf, inf, nan, 1, 2, 3, 1, 2, 3, nan, 5, nan, nan, 9,
		1e30, -1e30, 1, 2, 0, 0, 0, 0, 3, 3, 3, 3, -5, -4, -3, -6,
	}
	for _, shape := range [][2][]int{{{11, 4}, {11, 1}}, {{11, 4}, {1, 4}}} {
		for _, l := range []lie{packed, turned} {
			s, _ := reduceScene(op, device.F32, shape[1], shape[0])
			s.args[1].draw = listed(1, rows)
			if l == packed {
				// The same in rows as long as vectors.
				s.args[1].shape, s.args[0].shape = []int{11, 80}, []int{11, 1}
				s.args[1].draw = listed(20, rows)
				s.bound.abs = 1e9
			}
			if op == device.Sum || op == device.Mean {
				s.bound.abs = 1e31 // one side of a cancellation
			}
			if !yield(s.laid(func(int) lie { return l })) {
				return false
			}
		}
	}
	return true
}
