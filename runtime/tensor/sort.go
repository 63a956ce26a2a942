package tensor

import (
	"cmp"
	"math"
	"slices"
)

// Sort orders the elements along a dimension, and says where they were (i32). Equal ones keep their order; NaN is larger than all
// numbers. The order is found on the host.
func (t *Tensor) Sort(d int, descending bool) (values, indices *Tensor) {
	indices = t.order("sort", d, math.MaxInt, descending)
	return t.Gather(d, indices), indices
}

// ArgSort is where along a dimension the elements are in sorted order (i32); see [Tensor.Sort].
func (t *Tensor) ArgSort(d int, descending bool) *Tensor {
	return t.order("argsort", d, math.MaxInt, descending)
}

// TopK are the k largest elements along a dimension, the largest first, and where they are (i32); see [Tensor.Sort].
func (t *Tensor) TopK(k, d int) (values, indices *Tensor) {
	if n := t.Dim(d); k < 0 || k > n {
		fail("topk", "%d of the %d elements in dimension %d of %s", k, n, d, t.view())
	}
	indices = t.order("topk", d, k, true)
	return t.Gather(d, indices), indices
}

// order are the indices of the first k elements along a dimension when they are sorted.
func (t *Tensor) order(op string, d, k int, descending bool) *Tensor {
	given(op, t)
	at := dim(op, d, t.Rank())
	x := t.Detach().Transpose(at, -1)
	shape, n := x.Shape(), x.Dim(-1)
	k = min(k, n)
	shape[len(shape)-1] = k
	values := x.Float64s()
	all, row := make([]int32, 0, x.otherSize(x.Rank()-1)*k), make([]int32, n)
	for from := 0; from < len(values); from += n {
		for i := range row {
			row[i] = int32(i)
		}
		slices.SortStableFunc(row, func(i, j int32) int {
			c := ascending(values[from+int(i)], values[from+int(j)])
			if descending {
				return -c
			}
			return c
		})
		all = append(all, row[:k]...)
	}
	return New(all, shape...).On(t.Device()).Transpose(at, -1)
}

// ascending compares, with NaN at the end.
func ascending(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	}
	return cmp.Compare(a, b)
}
