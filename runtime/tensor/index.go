package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// Rows picks rows of a matrix [rows, d]: for indices (i32) of shape [...] the result is [..., d]. It is what an embedding does.
func (t *Tensor) Rows(ids *Tensor) *Tensor {
	given("rows", t, ids)
	if t.Rank() != 2 {
		fail("rows", "%s is no matrix", t.view())
	}
	indices("rows", "indices", ids)
	return t.rows("rows", ids)
}

func (t *Tensor) rows(op string, ids *Tensor) *Tensor {
	whole, at := t.mold(), ids.Detach()
	out := t.fresh(op, append(ids.Shape(), t.layout.Shape[1]))
	run(op, t.Device(), device.Gather{Dst: out.view(), Table: t.view(), IDs: ids.view()})
	return made(op, out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		dt := whole.zeros(op)
		run(op, dt.Device(), device.ScatterAdd{Table: dt.view(), IDs: at.view(), X: dy.view()})
		return []*Tensor{dt}
	}, at)
}

// Pick takes one element of each row: for t [..., n] and indices (i32) [...] the result is [...]. A negative index gives 0.
func (t *Tensor) Pick(ids *Tensor) *Tensor {
	given("pick", t, ids)
	if ids.DType() != device.I32 || t.Rank() == 0 || !slices.Equal(ids.layout.Shape, t.layout.Shape[:t.Rank()-1]) {
		fail("pick", "want i32 indices [...] for rows [..., n], got %s for %s", ids.view(), t.view())
	}
	whole, at := t.mold(), ids.Detach()
	out := t.fresh("pick", ids.layout.Shape)
	run("pick", t.Device(), device.Pick{Dst: out.view(), X: t.view(), IDs: ids.view()})
	return made("pick", out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		dx := whole.zeros("pick")
		run("pick", dx.Device(), device.PickGrad{DX: dx.view(), DY: dy.view(), IDs: at.view()})
		return []*Tensor{dx}
	}, at)
}

// OneHot is 1 at each index and 0 elsewhere: indices (i32) [...] become f32 [..., n]. An index that is not below n gives zeros.
func OneHot(ids *Tensor, n int) *Tensor {
	given("one-hot", ids)
	indices("one-hot", "indices", ids)
	classes := Range(n).On(ids.Device())
	if n <= 1<<24 { // as f32, which hold these exactly, they are compared faster, and give f32
		return ids.Unsqueeze(-1).cast(device.F32).Eq(classes.cast(device.F32))
	}
	return ids.Unsqueeze(-1).Eq(classes).cast(device.F32)
}

// IndexSelect picks along a dimension what a vector of indices (i32) names, in its order.
func (t *Tensor) IndexSelect(d int, ids *Tensor) *Tensor {
	at, first := t.alongFirst("index-select", d, ids)
	picked := first.rows("index-select", ids)
	return picked.Reshape(t.firstShape(at, ids.Size())...).MoveDim(0, at)
}

// IndexAdd is t with parts of x added: its part i along a dimension is added to t's part ids[i]. Ids is a vector (i32), x has t's shape but
// for that dimension, where it has as many parts as there are indices.
func (t *Tensor) IndexAdd(d int, ids, x *Tensor) *Tensor {
	given("index-add", t, ids, x)
	at, first := t.Detach().alongFirst("index-add", d, ids)
	a, b := meet("index-add", t, x)
	want := slices.Clone(t.layout.Shape)
	want[at] = ids.Size()
	if !slices.Equal(b.layout.Shape, want) {
		fail("index-add", "want %s for %s and %d indices, got %s", device.Shape(want), t.view(), ids.Size(), x.view())
	}
	sum := first.cast(a.DType()).Clone()
	_, parts := b.Detach().alongFirst("index-add", at, ids)
	run("index-add", t.Device(), device.ScatterAdd{Table: sum.view(), IDs: ids.view(), X: parts.view()})
	out, ids := sum.Reshape(t.firstShape(at, t.Dim(at))...).MoveDim(0, at), ids.Detach()
	return made("index-add", out, []*Tensor{a, b}, func(dy *Tensor) []*Tensor { return []*Tensor{dy, dy.IndexSelect(at, ids)} }, ids)
}

// alongFirst is t as a matrix whose rows lie along a dimension, which it returns counted from 0.
func (t *Tensor) alongFirst(op string, d int, ids *Tensor) (at int, m *Tensor) {
	given(op, t, ids)
	at = dim(op, d, t.Rank())
	if ids.Rank() != 1 || ids.DType() != device.I32 {
		fail(op, "want a vector of i32 indices, got %s", ids.view())
	}
	n := t.layout.Shape[at]
	return at, t.MoveDim(at, 0).Reshape(n, t.otherSize(at))
}

// otherSize is the number of elements along all dimensions but one.
func (t *Tensor) otherSize(at int) int {
	n := 1
	for d, size := range t.layout.Shape {
		if d != at {
			n *= size
		}
	}
	return n
}

// firstShape is t's shape with the dimension at in front, in a new size.
func (t *Tensor) firstShape(at, n int) []int {
	return slices.Concat([]int{n}, t.layout.Shape[:at], t.layout.Shape[at+1:])
}
