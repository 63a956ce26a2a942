package device

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Layout says where in a buffer the elements of an array are: element (i, j, ...) is at Offset + i*Strides[0] +
// j*Strides[1] + ... Everything is counted in elements. A stride of 0 repeats an element along its dimension.
type Layout struct {
	Shape, Strides []int
	Offset         int
}

// Contiguous is the layout of an array that lies in row-major order at the beginning of a buffer.
func Contiguous(shape ...int) Layout {
	rank := len(shape)
	both := make([]int, 2*rank) // one allocation: layouts are made all the time
	l := Layout{Shape: both[:rank:rank], Strides: both[rank:]}
	copy(l.Shape, shape)
	for i, n := rank-1, 1; i >= 0; i-- {
		l.Strides[i] = n
		n *= shape[i]
	}
	return l
}

// Size is the number of elements.
func (l Layout) Size() int {
	n := 1
	for _, d := range l.Shape {
		n *= d
	}
	return n
}

// Rank is the number of dimensions.
func (l Layout) Rank() int { return len(l.Shape) }

// IsContiguous reports whether the elements lie in row-major order without gaps (at any offset).
func (l Layout) IsContiguous() bool {
	n := 1
	for i := len(l.Shape) - 1; i >= 0; i-- {
		if l.Shape[i] != 1 && l.Strides[i] != n {
			return l.Size() == 0
		}
		n *= l.Shape[i]
	}
	return true
}

// overlaps reports whether elements lie at one place: whether some dimension does not reach beyond all that lie closer. What slices, steps, permutations and
// diagonals make of an array in row-major order is told exactly; windows of which some elements are left out may be taken for overlapping.
func (l Layout) overlaps() bool {
	if l.IsContiguous() {
		return false
	}
	var closest []int
	for d, n := range l.Shape {
		if n > 1 {
			closest = append(closest, d)
		}
	}
	distance := func(d int) int { return max(l.Strides[d], -l.Strides[d]) }
	slices.SortFunc(closest, func(a, b int) int { return distance(a) - distance(b) })
	far := 0 // from the first element to the last one, along the dimensions so far
	for _, d := range closest {
		if distance(d) <= far {
			return true
		}
		far += (l.Shape[d] - 1) * distance(d)
	}
	return false
}

// within reports whether the layout makes sense, and all elements of the array lie in a buffer of so many. Nothing that is too large to be counted gets past it.
func (l Layout) within(n int) bool {
	if len(l.Strides) != len(l.Shape) || l.Offset < 0 || CheckShape(l.Shape) != nil {
		return false
	}
	if l.Size() == 0 {
		return true
	}
	if l.Offset >= n {
		return false
	}
	before, behind := uint64(l.Offset), uint64(n-l.Offset) // the first element; of these, each dimension takes some
	for i, d := range l.Shape {
		room, stride := &behind, l.Strides[i]
		if stride < 0 {
			room, stride = &before, -stride
		}
		hi, far := bits.Mul64(uint64(d-1), uint64(stride))
		if hi != 0 || far > *room {
			return false
		}
		*room -= far
	}
	return behind > 0
}

// Permute orders the dimensions anew: dimension i of the result is dimension order[i] of l.
func (l Layout) Permute(order ...int) Layout {
	p := Layout{Offset: l.Offset}
	for _, i := range order {
		p.Shape, p.Strides = append(p.Shape, l.Shape[i]), append(p.Strides, l.Strides[i])
	}
	return p
}

// Transpose swaps two dimensions.
func (l Layout) Transpose(i, j int) Layout {
	t := l.clone()
	t.Shape[i], t.Shape[j] = t.Shape[j], t.Shape[i]
	t.Strides[i], t.Strides[j] = t.Strides[j], t.Strides[i]
	return t
}

// Slice keeps every step-th element from from up to before to along a dimension.
func (l Layout) Slice(dim, from, to, step int) Layout {
	s := l.clone()
	s.Shape[dim] = 0
	if to > from {
		s.Shape[dim] = 1 + (to-from-1)/step
	}
	s.Offset += from * l.Strides[dim]
	s.Strides[dim] *= step
	return s
}

// Drop leaves out a dimension, at an index along it.
func (l Layout) Drop(dim, index int) Layout {
	d := l.clone()
	d.Offset += index * l.Strides[dim]
	d.Shape, d.Strides = slices.Delete(d.Shape, dim, dim+1), slices.Delete(d.Strides, dim, dim+1)
	return d
}

// Unfold is windows of size elements along a dimension, each step elements after the one before: the dimension then counts windows, and a new last one the elements of each.
func (l Layout) Unfold(dim, size, step int) Layout {
	u := l.clone()
	u.Shape[dim] = (l.Shape[dim]-size)/step + 1
	u.Strides[dim] *= step
	u.Shape, u.Strides = append(u.Shape, size), append(u.Strides, l.Strides[dim])
	return u
}

// Insert adds a dimension of size 1 before dim.
func (l Layout) Insert(dim int) Layout {
	i := l.clone()
	i.Shape, i.Strides = slices.Insert(i.Shape, dim, 1), slices.Insert(i.Strides, dim, 0)
	return i
}

// Broadcast repeats the array to a larger shape, by the usual rules: shapes are compared from the right, a missing
// dimension or one of size 1 is repeated.
func (l Layout) Broadcast(shape ...int) (Layout, error) {
	more := len(shape) - len(l.Shape)
	if more < 0 {
		return Layout{}, fmt.Errorf("%s cannot be broadcast to %s, which has fewer dimensions", Shape(l.Shape), Shape(shape))
	}
	b := Layout{Shape: slices.Clone(shape), Strides: make([]int, len(shape)), Offset: l.Offset}
	for i, d := range l.Shape {
		switch {
		case d == shape[more+i]:
			b.Strides[more+i] = l.Strides[i]
		case d != 1:
			return Layout{}, fmt.Errorf("%s cannot be broadcast to %s: dimension %d is %d, neither 1 nor %d", Shape(l.Shape), Shape(shape), i, d, shape[more+i])
		}
	}
	return b, nil
}

// Reshape gives the same elements, in row-major order, another shape. It reports false when that needs a copy.
func (l Layout) Reshape(shape ...int) (Layout, bool) {
	r := Contiguous(shape...)
	r.Offset = l.Offset
	if l.IsContiguous() {
		return r, true
	}
	// Split both shapes into runs of equal products; the dimensions of a run of l must lie in row-major order.
	from, to := 0, 0
	for from < len(l.Shape) && to < len(shape) {
		fromEnd, toEnd, p, q := from+1, to+1, l.Shape[from], shape[to]
		for p != q {
			if p < q && fromEnd < len(l.Shape) {
				p *= l.Shape[fromEnd]
				fromEnd++
			} else if q < p && toEnd < len(shape) {
				q *= shape[toEnd]
				toEnd++
			} else {
				return Layout{}, false
			}
		}
		stride, ok := runStride(l, from, fromEnd)
		if !ok {
			return Layout{}, false
		}
		for i := toEnd - 1; i >= to; i-- {
			r.Strides[i] = stride
			stride *= shape[i]
		}
		from, to = fromEnd, toEnd
	}
	return r, true
}

// runStride is the innermost stride of dimensions that can be walked as one.
func runStride(l Layout, from, to int) (int, bool) {
	stride, next, seen := 0, 0, false
	for i := to - 1; i >= from; i-- {
		if l.Shape[i] == 1 {
			continue
		}
		if seen && l.Strides[i] != next {
			return 0, false
		}
		if !seen {
			stride, seen = l.Strides[i], true
		}
		next = l.Strides[i] * l.Shape[i]
	}
	return stride, true
}

func (l Layout) clone() Layout {
	return Layout{Shape: slices.Clone(l.Shape), Strides: slices.Clone(l.Strides), Offset: l.Offset}
}

// BroadcastShapes is the shape of an elementwise operation's result.
func BroadcastShapes(a, b []int) ([]int, error) {
	n := max(len(a), len(b))
	shape := make([]int, n)
	for i := range n {
		p, q := dimFromRight(a, n-i), dimFromRight(b, n-i)
		switch {
		case p == q || q == 1:
			shape[i] = p
		case p == 1:
			shape[i] = q
		default:
			return nil, fmt.Errorf("shapes %s and %s do not fit: %d against %d in dimension %d from the right", Shape(a), Shape(b), p, q, n-i)
		}
	}
	return shape, nil
}

func dimFromRight(shape []int, i int) int {
	if i > len(shape) {
		return 1
	}
	return shape[len(shape)-i]
}

// Shape prints as [2 3].
type Shape []int

func (s Shape) String() string {
	return "[" + strings.Trim(fmt.Sprint([]int(s)), "[]") + "]"
}

// CheckShape returns an error for negative dimensions, and for more elements than can be counted.
func CheckShape(shape []int) error {
	n := uint64(1)
	for _, d := range shape {
		if d < 0 {
			return fmt.Errorf("shape %s has a negative dimension", Shape(shape))
		}
		hi, lo := bits.Mul64(n, uint64(max(d, 1)))
		if hi != 0 || lo > math.MaxInt/8 {
			return fmt.Errorf("shape %s has too many elements", Shape(shape))
		}
		n = lo
	}
	return nil
}
