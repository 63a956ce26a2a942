package tensor

import "slices"

// Concat joins tensors along a dimension; their other dimensions are equal.
func Concat(d int, parts ...*Tensor) *Tensor {
	if len(parts) == 0 {
		fail("concat", "nothing to join")
	}
	given("concat", parts...)
	at := dim("concat", d, parts[0].Rank())
	same := unified("concat", parts)
	shape := same[0].Shape()
	for _, p := range same[1:] {
		if !fitsBut(p.layout.Shape, shape, at) {
			fail("concat", "%s and %s differ in more than dimension %d", same[0].view(), p.view(), at)
		}
		shape[at] += p.layout.Shape[at]
	}
	out := same[0].fresh("concat", shape)
	place := func(in *Tensor, from int, p *Tensor) *Tensor {
		return in.Slice(at, from, from+p.layout.Shape[at])
	}
	from := 0
	for _, p := range same {
		place(out, from, p).Assign(p)
		from += p.layout.Shape[at]
	}
	return made("concat", out, same, func(dy *Tensor) []*Tensor {
		var grads []*Tensor
		from := 0
		for _, p := range same {
			grads = append(grads, place(dy, from, p))
			from += p.layout.Shape[at]
		}
		return grads
	})
}

// Stack joins tensors of one shape along a new dimension before d.
func Stack(d int, parts ...*Tensor) *Tensor {
	if len(parts) == 0 {
		fail("stack", "nothing to join")
	}
	var all []*Tensor
	for _, p := range parts {
		given("stack", p)
		if !slices.Equal(p.layout.Shape, parts[0].layout.Shape) {
			fail("stack", "%s and %s differ in shape", parts[0].view(), p.view())
		}
		all = append(all, p.Unsqueeze(d))
	}
	return Concat(d, all...)
}

// Split cuts t along a dimension into pieces of the given sizes, which add up to its size.
func (t *Tensor) Split(d int, sizes ...int) []*Tensor {
	sum := 0
	for _, n := range sizes {
		sum += n
	}
	if slices.ContainsFunc(sizes, func(n int) bool { return n < 0 }) {
		fail("split", "sizes %v have a negative one", sizes)
	}
	if n := t.Dim(d); sum != n {
		fail("split", "sizes %v add up to %d, dimension %d of %s is %d", sizes, sum, d, t.view(), n)
	}
	var parts []*Tensor
	from := 0
	for _, n := range sizes {
		parts = append(parts, t.Slice(d, from, from+n))
		from += n
	}
	return parts
}

// unified converts tensors to the widest of their types.
func unified(op string, parts []*Tensor) []*Tensor {
	wide := parts[0].DType()
	for _, p := range parts {
		if p.Rank() != parts[0].Rank() {
			fail(op, "%s and %s differ in their number of dimensions", parts[0].view(), p.view())
		}
		wide = wider(wide, p.DType())
	}
	all := make([]*Tensor, len(parts))
	for i, p := range parts {
		all[i] = p.cast(wide)
	}
	return all
}

// fitsBut reports whether shapes are equal in all dimensions but one.
func fitsBut(a, b []int, d int) bool {
	return slices.Equal(a[:d], b[:d]) && slices.Equal(a[d+1:], b[d+1:])
}
