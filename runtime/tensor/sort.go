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
	all := make([]int32, 0, x.otherSize(x.Rank()-1)*k)
	if cap(all) == 0 {
		return New(all, shape...).On(t.Device()).Transpose(at, -1)
	}
	s := sorter{row: make([]ranked, 0, n), spare: make([]ranked, n)}
	for row := range slices.Chunk(x.Float64s(), n) {
		for _, r := range s.first(k, row, descending) {
			all = append(all, r.at)
		}
	}
	return New(all, shape...).On(t.Device()).Transpose(at, -1)
}

// ranked is an element of a row: its key, by which it is sorted, and where it is.
type ranked struct {
	key uint64
	at  int32
}

// keyOf has the order of numbers, with NaN behind all of them, or the reverse of that.
func keyOf(v float64, descending bool) uint64 {
	key := uint64(math.MaxUint64)
	if !math.IsNaN(v) {
		key = math.Float64bits(v + 0) // -0 + 0 is 0
		if key>>63 == 1 {
			key = ^key
		} else {
			key |= 1 << 63
		}
	}
	if descending {
		key = ^key
	}
	return key
}

// sorter sorts rows, in memory that it keeps.
type sorter struct{ row, spare []ranked }

// first are the first k elements of a row in sorted order, until the next call. Where k is small beside the row, most elements are only looked at: all that is
// kept is what can still be among the first.
func (s *sorter) first(k int, row []float64, descending bool) []ranked {
	s.row = s.row[:0]
	room, worst := len(row), uint64(math.MaxUint64)
	if k < room/4 {
		room = 2 * k
	}
	for i, v := range row {
		key := keyOf(v, descending)
		if len(s.row) >= k && key >= worst && room < len(row) {
			continue
		}
		if len(s.row) == room {
			s.sort()
			s.row = s.row[:k]
			worst = s.row[k-1].key
			if key >= worst {
				continue
			}
		}
		s.row = append(s.row, ranked{key, int32(i)})
	}
	s.sort()
	return s.row[:k]
}

// sort sorts s.row, in which the elements stand in the order of their places: long rows digit by digit from the last one on, which leaves equal ones as they were.
func (s *sorter) sort() {
	if len(s.row) < 256 {
		slices.SortFunc(s.row, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.at, b.at))
		})
		return
	}
	for shift := 0; shift < 64; shift += 8 {
		var from [256]int
		for _, r := range s.row {
			from[byte(r.key>>shift)]++
		}
		if from[byte(s.row[0].key>>shift)] == len(s.row) {
			continue // all have the same digit
		}
		sum := 0
		for digit, n := range from {
			from[digit] = sum
			sum += n
		}
		sorted := s.spare[:len(s.row)]
		for _, r := range s.row {
			digit := byte(r.key >> shift)
			sorted[from[digit]] = r
			from[digit]++
		}
		s.row, s.spare = sorted, s.row[:cap(s.row)]
	}
}
