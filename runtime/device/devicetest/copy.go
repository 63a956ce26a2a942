package devicetest

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

var plainDevice = plain.New()

// choiceScenes are those of [device.Where].
func choiceScenes(yield func(scene) bool) {
	for _, t := range device.DTypes {
		for _, cond := range device.DTypes {
			for _, shape := range [][]int{{}, {0}, {65}, {33, 17}, {2, 3, 4, 5}, {251, 397}} {
				s := scene{name: "where", bound: exact, mayShare: [][2]int{{0, 2}, {0, 3}},
					args: []arg{{role: out, t: t, shape: shape}, {t: cond, shape: shape, draw: whole(-1, 2)},
						{t: t, shape: shape, draw: whole(-100, 100)}, {t: t, shape: shape, draw: whole(-100, 100)}},
					op: func(v []device.View) device.Op {
						return device.Where{Dst: v[0], If: v[1], X: v[2], Y: v[3]}
					}}
				if !across(s, yield) {
					return
				}
			}
		}
	}
}

// copyScenes are those of [device.Copy], between all types, and of [device.Fill].
func copyScenes(yield func(scene) bool) {
	for _, to := range device.DTypes {
		for _, from := range device.DTypes {
			for _, c := range []struct {
				shape []int
				draw  draw
			}{
				{[]int{}, whole(-128, 128)}, {[]int{0}, normal}, {[]int{65}, between(-300, 300)}, {[]int{33, 17}, between(-3, 3)},
				{[]int{4, 1, 9}, whole(-128, 128)}, {[]int{2, 3, 4, 5}, normal}, {[]int{251, 397}, normal}, {[]int{129, 70, 3}, normal},
				{[]int{len(special)}, listed(1, special)},
			} {
				if !from.IsFloat() {
					c.draw = whole(-128, 128)
				}
				if !across(copyScene(to, from, c.shape, c.draw), yield) {
					return
				}
			}
		}
		if !fillScenes(to, yield) {
			return
		}
	}
}

func copyScene(to, from device.DType, shape []int, x draw) scene {
	s := scene{name: "copy", bound: bound{signs: to == from, rel: 0.5}, narrow: true,
		args: []arg{{role: out, t: to, shape: shape}, {t: from, shape: shape, draw: x}},
		op:   func(v []device.View) device.Op { return device.Copy{Dst: v[0], X: v[1]} }}
	if to == from {
		s.bound = exact
	}
	return s
}

func fillScenes(t device.DType, yield func(scene) bool) bool {
	for _, value := range []float64{0, 1, -2.75, 1e6, nan, inf, -1e30} {
		for _, shape := range [][]int{{}, {0}, {65}, {33, 17}, {251, 397}} {
			s := scene{name: "fill", bound: rounded, narrow: true, args: []arg{{role: out, t: t, shape: shape}},
				op: func(v []device.View) device.Op { return device.Fill{Dst: v[0], Value: value} }}
			if !across(s, yield) {
				return false
			}
		}
	}
	return true
}
