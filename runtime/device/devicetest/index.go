package devicetest

import (
	"github.com/resident-go/resident/runtime/device"
)

// lookups are shapes of ids, and the size of the table.
var lookups = []struct {
	ids     []int
	rows, d int
}{{[]int{}, 3, 4}, {[]int{0}, 3, 4}, {[]int{5}, 1, 1}, {[]int{7}, 10, 33}, {[]int{2, 9}, 5, 16}, {[]int{2, 3, 2}, 40, 7}, {[]int{3}, 4, 0}, {[]int{300}, 65, 384}}

func indexScenes(yield func(scene) bool) {
	for _, t := range device.DTypes {
		for _, l := range lookups {
			row := append(append([]int{}, l.ids...), l.d)
			x := normal
			if !t.IsFloat() {
				x = whole(-3, 4)
			}
			ids := arg{t: device.I32, shape: l.ids, draw: whole(0, l.rows)}
			table := arg{t: t, shape: []int{l.rows, l.d}, draw: x}
			gather := scene{name: "gather", bound: exact, args: []arg{{role: out, t: t, shape: row}, table, ids},
				op: func(v []device.View) device.Op { return device.Gather{Dst: v[0], Table: v[1], IDs: v[2]} }}
			table.role = both
			n := size(l.ids) // all may go to one row
			scatter := scene{name: "scatter-add", bound: summed(n).times(n), args: []arg{table, ids, {t: t, shape: row, draw: x}},
				op: func(v []device.View) device.Op { return device.ScatterAdd{Table: v[0], IDs: v[1], X: v[2]} }}
			if t == device.BF16 {
				scatter.bound.abs += float64(n) * 0x1p15 // sums are rounded on the way, where they may be larger than in the end
			}
			if t == device.I8 {
				scatter.args[2].draw = whole(0, 1)
			}
			if !across(gather, yield) || !across(scatter, yield) {
				return
			}
			if t == device.BF16 && !across(scatter.mixed(0), yield) {
				return
			}
		}
		if !pickScenes(t, yield) {
			return
		}
	}
}

func pickScenes(t device.DType, yield func(scene) bool) bool {
	for _, l := range lookups {
		if l.d == 0 {
			continue
		}
		row := append(append([]int{}, l.ids...), l.d)
		x := normal
		if !t.IsFloat() {
			x = whole(-9, 9)
		}
		ids := arg{t: device.I32, shape: l.ids, draw: whole(-1, l.d)}
		pick := scene{name: "pick", bound: exact, args: []arg{{role: out, t: t, shape: l.ids}, {t: t, shape: row, draw: x}, ids},
			op: func(v []device.View) device.Op { return device.Pick{Dst: v[0], X: v[1], IDs: v[2]} }}
		grad := scene{name: "pick-grad", bound: rounded, args: []arg{{role: both, t: t, shape: row, draw: x}, {t: t, shape: l.ids, draw: x}, ids},
			op: func(v []device.View) device.Op { return device.PickGrad{DX: v[0], DY: v[1], IDs: v[2]} }}
		if !across(pick, yield) || !across(grad, yield) {
			return false
		}
	}
	return true
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
