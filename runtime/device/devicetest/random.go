package devicetest

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

func randomScenes(yield func(scene) bool) {
	for _, t := range floats {
		for _, shape := range append(slices.Clone(shapes), large) {
			for _, bell := range []bool{false, true} {
				s := scene{name: "random", bound: within(4, 4), args: []arg{{role: out, t: t, shape: shape}},
					op: func(v []device.View) device.Op {
						return device.Random{Dst: v[0], Normal: bell, P: 0.5, Q: 2, Seed: 1<<40 + 7, Stream: 3 << 33}
					}}
				if !across(s, yield) {
					return
				}
			}
			s := scene{name: "dropout", bound: rounded, mayShare: [][2]int{{0, 1}}, args: []arg{{role: out, t: t, shape: shape}, {t: t, shape: shape, draw: normal}},
				op: func(v []device.View) device.Op { return device.Dropout{Dst: v[0], X: v[1], P: 0.3, Seed: 5, Stream: 9} }}
			s.bound.rel = 2
			if !across(s, yield) {
				return
			}
		}
	}
}
