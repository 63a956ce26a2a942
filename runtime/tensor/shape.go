package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// seen is another view of t's memory; back turns the gradient of the view into that of t.
func (t *Tensor) seen(op string, l device.Layout, back func(dy *Tensor) *Tensor) *Tensor {
	if !t.Tracked() {
		return t.at(l)
	}
	out := made(op, t.at(l), []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{back(dy)} })
	out.node.view = true
	return out
}

// Reshape gives the elements another shape; one dimension may be -1, which stands for whatever is left. It is a view where that is possible.
func (t *Tensor) Reshape(shape ...int) *Tensor {
	want := t.resolve(shape)
	from := t.layout.Shape
	l, ok := t.layout.Reshape(want...)
	if !ok {
		return t.Clone().Reshape(want...)
	}
	return t.seen("reshape", l, func(dy *Tensor) *Tensor { return dy.Reshape(from...) })
}

// shaped is Reshape, or t itself when it has the shape.
func (t *Tensor) shaped(shape []int) *Tensor {
	if slices.Equal(t.layout.Shape, shape) {
		return t
	}
	return t.Reshape(shape...)
}

// resolve replaces -1.
func (t *Tensor) resolve(shape []int) []int {
	want, rest, open := slices.Clone(shape), 1, -1
	for i, d := range shape {
		switch {
		case d >= 0:
			rest *= d
		case d == -1 && open < 0:
			open = i
		default:
			fail("reshape", "%s is no shape", device.Shape(shape))
		}
	}
	if open >= 0 && rest > 0 {
		want[open] = t.Size() / rest
		rest *= want[open]
	}
	if rest != t.Size() || open >= 0 && want[open] < 0 {
		fail("reshape", "%s has %d elements, which do not fill %s", t.view(), t.Size(), device.Shape(shape))
	}
	must("reshape", device.CheckShape(want)) // what was multiplied may have overflowed
	return want
}

// Flatten is the elements as a vector.
func (t *Tensor) Flatten() *Tensor { return t.Reshape(-1) }

// Transpose swaps two dimensions.
func (t *Tensor) Transpose(i, j int) *Tensor {
	i, j = dim("transpose", i, t.Rank()), dim("transpose", j, t.Rank())
	return t.seen("transpose", t.layout.Transpose(i, j), func(dy *Tensor) *Tensor { return dy.Transpose(i, j) })
}

// T swaps the last two dimensions.
func (t *Tensor) T() *Tensor { return t.Transpose(-2, -1) }

// Permute orders the dimensions anew: dimension i of the result is dimension order[i] of t.
func (t *Tensor) Permute(order ...int) *Tensor {
	to := make([]int, len(order))
	back := slices.Repeat([]int{-1}, t.Rank())
	for i, d := range order {
		to[i] = dim("permute", d, t.Rank())
		back[to[i]] = i
	}
	if len(order) != t.Rank() || slices.Contains(back, -1) {
		fail("permute", "%v does not name each of %d dimensions once", order, t.Rank())
	}
	return t.seen("permute", t.layout.Permute(to...), func(dy *Tensor) *Tensor { return dy.Permute(back...) })
}

// Unsqueeze adds a dimension of size 1 before d.
func (t *Tensor) Unsqueeze(d int) *Tensor {
	at := dim("unsqueeze", d, t.Rank()+1)
	return t.seen("unsqueeze", t.layout.Insert(at), func(dy *Tensor) *Tensor { return dy.Squeeze(at) })
}

// Squeeze leaves out a dimension of size 1.
func (t *Tensor) Squeeze(d int) *Tensor {
	at := dim("squeeze", d, t.Rank())
	if t.layout.Shape[at] != 1 {
		fail("squeeze", "dimension %d of %s is not 1", d, t.view())
	}
	return t.seen("squeeze", t.layout.Drop(at, 0), func(dy *Tensor) *Tensor { return dy.Unsqueeze(at) })
}

// Expand repeats t to a larger shape, by the rules of broadcasting, without copying.
func (t *Tensor) Expand(shape ...int) *Tensor {
	if slices.Equal(shape, t.layout.Shape) {
		return t
	}
	must("expand", device.CheckShape(shape))
	from := t.layout.Shape
	return t.seen("expand", t.repeated("expand", shape).layout, func(dy *Tensor) *Tensor { return dy.sumTo(from) })
}

// Slice keeps the elements from from up to before to along a dimension. Negative numbers count from the end.
func (t *Tensor) Slice(d, from, to int) *Tensor { return t.SliceStep(d, from, to, 1) }

// SliceStep keeps every step-th of them.
func (t *Tensor) SliceStep(d, from, to, step int) *Tensor {
	at := dim("slice", d, t.Rank())
	n := t.layout.Shape[at]
	first, end := fromEnd(from, n), fromEnd(to, n)
	if first < 0 || end > n || first > end || step < 1 {
		fail("slice", "from %d to %d by %d along dimension %d of %s", from, to, step, d, t.view())
	}
	return t.part("slice", func(l device.Layout) device.Layout { return l.Slice(at, first, end, step) })
}

// Index is the part of t at an index along a dimension, which the result no longer has.
func (t *Tensor) Index(d, i int) *Tensor {
	at := dim("index", d, t.Rank())
	j := t.within("index", at, i)
	return t.part("index", func(l device.Layout) device.Layout { return l.Drop(at, j) })
}

// part is a view of some elements, which cut finds in t's layout.
func (t *Tensor) part(op string, cut func(device.Layout) device.Layout) *Tensor {
	out := t.at(cut(t.layout))
	if made(op, out, []*Tensor{t}, nil); out.node != nil {
		out.node.part = &part{t.mold(), cut}
	}
	return out
}

// within resolves an index along a dimension.
func (t *Tensor) within(op string, d, i int) int {
	n := t.layout.Shape[d]
	j := fromEnd(i, n)
	if j < 0 || j >= n {
		fail(op, "index %d is out of range in dimension %d of %s", i, d, t.view())
	}
	return j
}

func fromEnd(i, n int) int {
	if i < 0 {
		return i + n
	}
	return i
}
