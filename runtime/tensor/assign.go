package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// The Assign methods write to a tensor's memory. They are not operations with a gradient, so they take leaves, views of leaves, and what is not
// tracked, but no results of tracked tensors; and Backward refuses what needs elements that were written over. They panic when the memory is frozen.

// Assign copies x, broadcast and converted, into t. It returns t.
func (t *Tensor) Assign(x *Tensor) *Tensor {
	src := t.source("assign", x)
	run("assign", t.Device(), device.Copy{Dst: t.view(), X: src.view()})
	return t
}

// AssignAdd adds x, broadcast, to t in place. It returns t.
func (t *Tensor) AssignAdd(x *Tensor) *Tensor { return t.assignOp("assign-add", device.Add, x) }

// AssignSub subtracts x, broadcast, from t in place. It returns t.
func (t *Tensor) AssignSub(x *Tensor) *Tensor { return t.assignOp("assign-sub", device.Sub, x) }

// AssignMul multiplies t by x, broadcast, in place. It returns t.
func (t *Tensor) AssignMul(x *Tensor) *Tensor { return t.assignOp("assign-mul", device.Mul, x) }

func (t *Tensor) assignOp(op string, b device.BinaryOp, x *Tensor) *Tensor {
	given(op, t, x)
	if x.DType().IsFloat() && !t.DType().IsFloat() {
		fail(op, "%s would lose the fractions of %s; convert it with To(device.F32) first", t.view(), x.view())
	}
	src := t.source(op, x.Detach().cast(t.DType()))
	if checking.Load() && !t.hasNaN() {
		defer refuseNaN(op, t, []*Tensor{src})
	}
	run(op, t.Device(), device.Binary{Op: b, Dst: t.view(), X: t.view(), Y: src.view()})
	return t
}

// source prepares t for being written, and x, broadcast to t's shape and on t's device, for being read meanwhile. Memory of the program's may be that of two slices
// which overlap.
func (t *Tensor) source(op string, x *Tensor) *Tensor {
	given(op, t, x)
	t.writing(op)
	src := x.repeated(op, t.layout.Shape)
	if x.store == t.store && !samePlaces(src.layout, t.layout) || x.store != t.store && x.store.lent.Load() && t.store.lent.Load() {
		src = src.Clone()
	}
	return src.to(op, t.Device())
}

// samePlaces reports whether two layouts of one shape have each element at the same place.
func samePlaces(a, b device.Layout) bool {
	return a.Offset == b.Offset && slices.Equal(a.Strides, b.Strides)
}

// AssignFill sets all elements to v. It returns t.
func (t *Tensor) AssignFill(v float64) *Tensor {
	t.writing("assign-fill")
	run("assign-fill", t.Device(), device.Fill{Dst: t.view(), Value: v})
	return t
}

// AssignBytes sets all elements, in row-major order, from little-endian numbers of t's type: what [Tensor.Bytes] returns. It returns t.
func (t *Tensor) AssignBytes(raw []byte) *Tensor {
	t.writing("assign-bytes")
	if want := t.Size() * t.DType().Size(); len(raw) != want {
		fail("assign-bytes", "%s has %d bytes, got %d", t.view(), want, len(raw))
	}
	if len(raw) > 0 && t.layout.IsContiguous() {
		must("assign-bytes", t.Device().Write(t.store.data, t.layout.Offset, raw))
		return t
	}
	c := t.fresh("assign-bytes", t.layout.Shape)
	must("assign-bytes", t.Device().Write(c.store.data, 0, raw))
	return t.Assign(c)
}

// SetAt sets one element. Indices count from the end when they are negative.
func (t *Tensor) SetAt(v float64, index ...int) {
	at := t.element("set-at", index)
	t.writing("set-at")
	at.AssignFill(v)
}

// At is one element. Indices count from the end when they are negative.
func (t *Tensor) At(index ...int) float64 { return t.element("at", index).Item() }

func (t *Tensor) element(op string, index []int) *Tensor {
	if len(index) != t.Rank() {
		fail(op, "%d indices for %s", len(index), t.view())
	}
	l := t.layout
	for d, i := range index {
		l = l.Drop(0, t.within(op, d, i))
	}
	return t.at(l)
}

// writing refuses what must not be written to, and counts.
func (t *Tensor) writing(op string) {
	if t.Frozen() {
		fail(op, "%s is frozen", t.view())
	}
	if n := t.node.source(); n != nil && !n.isLeaf() {
		fail(op, "%s comes from %s of tracked tensors, whose gradients would be wrong; make a new tensor, with Where or Concat for example, or assign to its Detach", t.view(), n.op)
	}
	t.Written()
}

// Writes is how often the memory has been written to, by the Assign methods, by optimisers, and by who says so with Written. What was computed from it is out of
// date once that has grown.
func (t *Tensor) Writes() uint64 { return t.store.writes.Load() }

// Written is for code that has written to the memory by operations of its own ([Tensor.View]): Backward refuses what needs the old elements.
func (t *Tensor) Written() { t.store.writes.Add(1) }
