package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// Unfold is a view of windows along a dimension: of size elements each, and each begins step elements after the one before. It has a place for each window that fits where
// t has dimension d, and a new last dimension along which the elements of a window lie: [n, c, h, w] becomes [n, c, (h-size)/step+1, w, size] for d = 2. With
// overlapping windows it can be read only. Convolutions and poolings of pictures look through windows along two dimensions:
//
//	windows := x.Pad(2, 1, 1, 0).Pad(3, 1, 1, 0).Unfold(2, 3, 1).Unfold(3, 3, 1)   // [n, c, h, w] becomes [n, c, h, w, 3, 3]
//	y := tensor.Einsum("nchwij,ocij->nohw", windows, kernel)                       // kernel [o, c, 3, 3]
//	pooled := y.Unfold(2, 2, 2).Unfold(3, 2, 2).Max(-2, -1)                        // [n, o, h/2, w/2]
func (t *Tensor) Unfold(d, size, step int) *Tensor {
	given("unfold", t)
	at := dim("unfold", d, t.Rank())
	if size < 1 || size > t.layout.Shape[at] || step < 1 {
		fail("unfold", "windows of %d elements, %d apart, along dimension %d of %s", size, step, at, t.view())
	}
	if step >= size { // no element is in two windows
		return t.part("unfold", func(l device.Layout) device.Layout { return l.Unfold(at, size, step) })
	}
	whole, l := t.mold(), t.layout.Unfold(at, size, step)
	return t.seen("unfold", l, func(dy *Tensor) *Tensor {
		dx := whole.zeros("unfold")
		for i := range size { // the elements at place i of all windows are different ones
			dx.SliceStep(at, i, i+(l.Shape[at]-1)*step+1, step).AssignAdd(dy.Index(-1, i))
		}
		return dx
	})
}

// Pad puts so many v before and behind the elements along a dimension. Integers take a whole v only.
func (t *Tensor) Pad(d, before, after int, v float64) *Tensor {
	given("pad", t)
	at := dim("pad", d, t.Rank())
	if before < 0 || after < 0 {
		fail("pad", "%d before and %d behind dimension %d of %s", before, after, at, t.view())
	}
	t.holds("pad", v)
	shape, n := slices.Clone(t.layout.Shape), t.layout.Shape[at]
	shape[at] += before + after
	out := t.fresh("pad", shape).AssignFill(v)
	out.Slice(at, before, before+n).Assign(t)
	return made("pad", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.Slice(at, before, before+n)} })
}
