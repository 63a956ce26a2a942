package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// The Assign methods write to a tensor's memory. They are not operations with a gradient: what was computed from the old values must not
// be walked back afterwards. They panic when the memory is frozen.

// Assign copies x, broadcast and converted, into t. It returns t.
func (t *Tensor) Assign(x *Tensor) *Tensor {
	t.writable("assign")
	l, err := x.layout.Broadcast(t.layout.Shape...)
	must("assign", err)
	src := x.at(l)
	if x.store == t.store {
		src = src.Clone() // they may overlap
	}
	run("assign", t.Device(), device.Copy{Dst: t.view(), X: src.to("assign", t.Device()).view()})
	return t
}

// AssignAdd adds x, broadcast, to t in place. It returns t.
func (t *Tensor) AssignAdd(x *Tensor) *Tensor { return t.assignOp("assign-add", device.Add, x) }

// AssignSub subtracts x, broadcast, from t in place. It returns t.
func (t *Tensor) AssignSub(x *Tensor) *Tensor { return t.assignOp("assign-sub", device.Sub, x) }

func (t *Tensor) assignOp(op string, b device.BinaryOp, x *Tensor) *Tensor {
	t.writable(op)
	x = x.Detach().cast(t.DType())
	l, err := x.layout.Broadcast(t.layout.Shape...)
	must(op, err)
	src := x.at(l)
	if x.store == t.store && !slices.Equal(l.Strides, t.layout.Strides) {
		src = src.Clone()
	}
	run(op, t.Device(), device.Binary{Op: b, Dst: t.view(), X: t.view(), Y: src.view()})
	return t
}

// AssignFill sets all elements to v. It returns t.
func (t *Tensor) AssignFill(v float64) *Tensor {
	t.writable("assign-fill")
	run("assign-fill", t.Device(), device.Fill{Dst: t.view(), Value: v})
	return t
}

// AssignBytes sets all elements, in row-major order, from little-endian numbers of t's type: what [Tensor.Bytes] returns. It returns t.
func (t *Tensor) AssignBytes(raw []byte) *Tensor {
	t.writable("assign-bytes")
	if want := t.Size() * t.DType().Size(); len(raw) != want {
		fail("assign-bytes", "%s has %d bytes, got %d", t.view(), want, len(raw))
	}
	if t.layout.IsContiguous() {
		must("assign-bytes", t.Device().Write(t.store.data, t.layout.Offset, raw))
		return t
	}
	c := t.fresh("assign-bytes", t.layout.Shape)
	must("assign-bytes", t.Device().Write(c.store.data, 0, raw))
	return t.Assign(c)
}

// SetAt sets one element.
func (t *Tensor) SetAt(v float64, index ...int) { t.element("set-at", index).AssignFill(v) }

// At is one element.
func (t *Tensor) At(index ...int) float64 { return t.element("at", index).Item() }

func (t *Tensor) element(op string, index []int) *Tensor {
	if len(index) != t.Rank() {
		fail(op, "%d indices for %s", len(index), t.view())
	}
	l := t.layout
	for d, i := range index {
		if i < 0 || i >= t.layout.Shape[d] {
			fail(op, "index %d is out of range in dimension %d of %s", i, d, t.view())
		}
		l = l.Drop(0, i)
	}
	return t.at(l)
}

func (t *Tensor) writable(op string) {
	if t.Frozen() {
		fail(op, "%s is frozen", t.view())
	}
}
