package tensor

import (
	"encoding/binary"
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// Item is the value of a tensor with one element.
func (t *Tensor) Item() float64 {
	if t.Size() != 1 {
		fail("item", "%s is not a single number", t.view())
	}
	return t.Float64s()[0]
}

// ItemLater is [Tensor.Item] without waiting: the value that the work handed over so far gives, copied behind that work. The function waits for the copy alone, while the
// device goes on with what came after; it is to be called once.
func (t *Tensor) ItemLater() func() float64 {
	if t.Size() != 1 {
		fail("item", "%s is not a single number", t.view())
	}
	c := t.as("item", device.F64)
	wait, err := device.Fetch(c.store.data, c.layout.Offset, device.F64.Size())
	must("item", err)
	return func() float64 {
		raw := make([]byte, device.F64.Size())
		must("item", wait(raw))
		return math.Float64frombits(binary.LittleEndian.Uint64(raw))
	}
}

// Floats is a copy of the elements in row-major order.
func (t *Tensor) Floats() []float32 {
	raw := t.raw("floats", device.F32)
	all := make([]float32, t.Size())
	for i := range all {
		all[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return all
}

// Float64s is a copy of the elements in row-major order.
func (t *Tensor) Float64s() []float64 {
	raw := t.raw("floats", device.F64)
	all := make([]float64, t.Size())
	for i := range all {
		all[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return all
}

// Ints is a copy of the elements in row-major order; fractions are cut off.
func (t *Tensor) Ints() []int32 {
	raw := t.raw("ints", device.I32)
	all := make([]int32, t.Size())
	for i := range all {
		all[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return all
}

// Bytes is a copy of the elements in row-major order, little-endian, in their own type.
func (t *Tensor) Bytes() []byte { return t.raw("bytes", t.DType()) }

// raw reads the elements as a type.
func (t *Tensor) raw(op string, dtype device.DType) []byte {
	c := t.as(op, dtype)
	raw := make([]byte, c.Size()*dtype.Size())
	if len(raw) == 0 {
		return raw // an empty view may begin behind the end of its memory
	}
	must(op, t.Device().Read(raw, c.store.data, c.layout.Offset))
	return raw
}

// as is the tensor in row-major order as a type: itself, if that is what it is, else a copy.
func (t *Tensor) as(op string, dtype device.DType) *Tensor {
	if t.DType() == dtype && t.layout.IsContiguous() {
		return t
	}
	c := empty(op, t.Device(), dtype, t.layout.Shape)
	run(op, t.Device(), device.Copy{Dst: c.view(), X: t.view()})
	return c
}
