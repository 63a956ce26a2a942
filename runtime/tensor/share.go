package tensor

import (
	"fmt"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

// host is a device whose memory is the program's own.
type host interface {
	Share(numbers any) (device.Buffer, error)
}

// Share is a tensor over numbers that the program has already, without copying them: each sees what the other writes. It is on the processor, whatever
// [Default] is.
func Share[T float32 | float64 | int32 | int8](numbers []T, shape ...int) *Tensor {
	if len(shape) == 0 {
		shape = []int{len(numbers)}
	}
	must("share", device.CheckShape(shape))
	layout := device.Contiguous(shape...)
	if layout.Size() != len(numbers) {
		fail("share", "shape %s needs %d numbers, there are %d", device.Shape(shape), layout.Size(), len(numbers))
	}
	dev, err := device.Open("cpu")
	must("share", err)
	data, err := dev.(host).Share(numbers)
	must("share", err)
	t := &Tensor{store: &storage{data: data}, layout: layout}
	t.store.lent.Store(true)
	return t
}

// Numbers is the memory of a tensor itself, without copying: what is written to it changes the tensor. It returns an error unless the elements are in the
// program's memory, of type T, and in row-major order; and for parameters, views of them, and frozen tensors, which only optimisers and nobody may change.
func Numbers[T float32 | float64 | int32 | int8](t *Tensor) ([]T, error) {
	type memory interface{ Bytes() []byte }
	m, inMemory := t.store.data.(memory)
	want, _ := encode([]T{})
	switch {
	case t.Tracked() || t.store.param.Load() || t.Frozen():
		return nil, fmt.Errorf("numbers: %s is a parameter or frozen", t.view())
	case !inMemory:
		return nil, fmt.Errorf("numbers: %s is on %s", t.view(), t.Device().Info().Name)
	case want != t.DType() || !t.layout.IsContiguous():
		return nil, fmt.Errorf("numbers: %s is not %s in row-major order", t.view(), want)
	}
	t.store.lent.Store(true)
	return numbersOf[T](m.Bytes())[t.layout.Offset:][:t.Size():t.Size()], nil
}

// numbersOf is bytes as the numbers that they are.
func numbersOf[T any](raw []byte) []T {
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/int(unsafe.Sizeof(zero)))
}
