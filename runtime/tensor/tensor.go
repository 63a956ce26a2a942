package tensor

import (
	"slices"
	"sync/atomic"

	"github.com/resident-go/resident/runtime/device"
)

// Tensor is an array of numbers on a device.
type Tensor struct {
	store  *storage
	layout device.Layout // never changed: tensors share its slices
	node   *node         // how it was made, or that it is a leaf; nil if nothing tracked is behind it
	grad   *Tensor
}

// storage is memory that tensors share.
type storage struct {
	data   device.Buffer
	frozen atomic.Bool
	lent   atomic.Bool   // whether the program has the memory as a slice, too; see Share and Numbers
	param  atomic.Bool   // whether a tensor in it was made a leaf: plans and decoders know the memory of parameters by its address
	writes atomic.Uint64 // how often the Assign methods have written to it
}

func (t *Tensor) view() device.View { return device.View{Data: t.store.data, Layout: t.layout} }

// View is the tensor's memory as devices see it, for code that runs operations of its own, in inference for example. Who writes to it
// must have asked [Tensor.Frozen], and says so with [Tensor.Written].
func (t *Tensor) View() device.View { return t.view() }

// Shape is the size of each dimension.
func (t *Tensor) Shape() []int { return slices.Clone(t.layout.Shape) }

// Dim is the size of one dimension.
func (t *Tensor) Dim(d int) int { return t.layout.Shape[dim("dim", d, t.Rank())] }

// Rank is the number of dimensions.
func (t *Tensor) Rank() int { return len(t.layout.Shape) }

// Size is the number of elements.
func (t *Tensor) Size() int { return t.layout.Size() }

// DType is the type of the elements.
func (t *Tensor) DType() device.DType { return t.store.data.DType() }

// Device is where the elements are.
func (t *Tensor) Device() device.Device { return t.store.data.Device() }

// Freeze makes the memory read-only, for good and for all tensors that share it: the Assign methods and optimisers refuse it. Memory that
// the program also has as a slice ([Share], [Numbers]) is copied before, so that writing to the slice changes nothing here.
func (t *Tensor) Freeze() {
	if s := t.store; s.lent.Swap(false) {
		whole := &Tensor{store: s, layout: device.Contiguous(s.data.Len())}
		s.data = whole.Clone().store.data
	}
	t.store.frozen.Store(true)
}

// Frozen reports whether the memory is read-only.
func (t *Tensor) Frozen() bool { return t.store.frozen.Load() }

// empty is new memory of zeros.
func empty(op string, dev device.Device, t device.DType, shape []int) *Tensor {
	must(op, device.CheckShape(shape))
	layout := device.Contiguous(shape...)
	data, err := dev.Alloc(t, layout.Size())
	must(op, err)
	return &Tensor{store: &storage{data: data}, layout: layout}
}

// fresh is new memory of t's type on t's device.
func (t *Tensor) fresh(op string, shape []int) *Tensor {
	return empty(op, t.Device(), t.DType(), shape)
}

// at is another view of t's memory; it does not remember where it comes from. One without elements begins at 0, so that it does not begin
// behind the end.
func (t *Tensor) at(l device.Layout) *Tensor {
	if l.Size() == 0 {
		l.Offset = 0
	}
	return &Tensor{store: t.store, layout: l}
}

// Detach is the same memory, untracked: what is computed from it does not lead back.
func (t *Tensor) Detach() *Tensor { return t.at(t.layout) }

// Clone is a copy in memory of its own, in row-major order.
func (t *Tensor) Clone() *Tensor {
	c := t.fresh("clone", t.layout.Shape)
	run("clone", t.Device(), device.Copy{Dst: c.view(), X: t.view()})
	return made("clone", c, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy} })
}

// Contiguous is the tensor itself when its elements lie in row-major order, else a copy in which they do.
func (t *Tensor) Contiguous() *Tensor {
	if t.layout.IsContiguous() {
		return t
	}
	return t.Clone()
}
