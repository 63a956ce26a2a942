package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// MoveDim takes a dimension out and puts it in at another place; the others keep their order.
func (t *Tensor) MoveDim(from, to int) *Tensor {
	i, j := dim("move-dim", from, t.Rank()), dim("move-dim", to, t.Rank())
	order := upTo(t.Rank())
	order = slices.Insert(slices.Delete(order, i, i+1), j, i)
	return t.Permute(order...)
}

// Flip reverses the order along dimensions, of all when none is named.
func (t *Tensor) Flip(dims ...int) *Tensor {
	if len(dims) == 0 {
		dims = upTo(t.Rank())
	}
	for _, d := range dims {
		back := upTo(t.Dim(d))
		slices.Reverse(back)
		t = t.IndexSelect(d, New(back).On(t.Device()))
	}
	return t
}

// Roll moves the elements n places on along a dimension; those that leave at the end come in at the beginning.
func (t *Tensor) Roll(d, n int) *Tensor {
	size := t.Dim(d)
	if size == 0 {
		return t
	}
	cut := (size - n%size) % size
	return Concat(d, t.Slice(d, cut, size), t.Slice(d, 0, cut))
}

// Repeat lays copies of t side by side, so many along each dimension; there may be more numbers than dimensions, for new ones in front.
func (t *Tensor) Repeat(times ...int) *Tensor {
	more := len(times) - t.Rank()
	if more < 0 || slices.Min(append([]int{0}, times...)) < 0 {
		fail("repeat", "%v times for %s", times, t.view())
	}
	// Before each dimension, one along which it is repeated.
	var single, repeated, joined []int
	for i, n := range times {
		size := 1
		if i >= more {
			size = t.layout.Shape[i-more]
		}
		single, repeated, joined = append(single, 1, size), append(repeated, n, size), append(joined, n*size)
	}
	return t.Reshape(single...).Expand(repeated...).Reshape(joined...)
}

// Chunk cuts t along a dimension into n pieces of equal size.
func (t *Tensor) Chunk(d, n int) []*Tensor {
	if n < 1 || t.Dim(d)%n != 0 {
		fail("chunk", "%d pieces do not divide dimension %d of %s", n, d, t.view())
	}
	return t.Split(d, slices.Repeat([]int{t.Dim(d) / n}, n)...)
}

// Diagonal is a view of the diagonal of matrices [..., n, m] that is shifted right by k.
func (t *Tensor) Diagonal(k int) *Tensor {
	r := t.Rank()
	if r < 2 || k < -t.Dim(-2) || k > t.Dim(-1) {
		fail("diagonal", "%s has no diagonal %d", t.view(), k)
	}
	return t.part("diagonal", func(l device.Layout) device.Layout {
		rows, cols := l.Strides[r-2], l.Strides[r-1]
		return device.Layout{
			Shape:   append(slices.Clone(l.Shape[:r-2]), min(l.Shape[r-2]+min(k, 0), l.Shape[r-1]-max(k, 0))),
			Strides: append(slices.Clone(l.Strides[:r-2]), rows+cols),
			Offset:  l.Offset - min(k, 0)*rows + max(k, 0)*cols,
		}
	})
}

// Diag is the square matrix with a vector on the diagonal that is shifted right by k, and 0 elsewhere.
func (t *Tensor) Diag(k int) *Tensor {
	if t.Rank() != 1 {
		fail("diag", "%s is no vector", t.view())
	}
	n := t.Size() + max(k, -k)
	out := t.fresh("diag", []int{n, n})
	out.Diagonal(k).Assign(t)
	return made("diag", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.Diagonal(k)} })
}

// Tril is t [..., n, m] on and below the diagonal that is shifted right by k, and 0 above.
func (t *Tensor) Tril(k int) *Tensor { return t.triangle("tril", Tril, k) }

// Triu is t [..., n, m] on and above the diagonal that is shifted right by k, and 0 below.
func (t *Tensor) Triu(k int) *Tensor { return t.triangle("triu", Triu, k) }

func (t *Tensor) triangle(op string, mask func(n, m, k int) *Tensor, k int) *Tensor {
	if t.Rank() < 2 {
		fail(op, "%s is no matrix", t.view())
	}
	return t.where(mask(t.Dim(-2), t.Dim(-1), k).On(t.Device()))
}

// MaskedFill is v where mask (broadcast to t's shape) is not zero, else t.
func (t *Tensor) MaskedFill(mask *Tensor, v float64) *Tensor {
	given("masked-fill", t, mask)
	t.holds("masked-fill", v)
	return Where(mask.repeated("masked-fill", t.layout.Shape), t.single(v), t)
}

// upTo are the numbers from 0 up to before n.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
