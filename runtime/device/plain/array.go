package plain

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// array reads and writes a view's elements as float64, by their place in the buffer.
type array struct {
	device.View
	get func(at int) float64
	set func(at int, v float64)
}

func open(v device.View) array {
	b := v.Data.(*Buffer)
	a := array{View: v}
	switch b.dtype {
	case device.F32:
		s := Slice[float32](b)
		a.get, a.set = func(i int) float64 { return float64(s[i]) }, func(i int, v float64) { s[i] = float32(v) }
	case device.F64:
		s := Slice[float64](b)
		a.get, a.set = func(i int) float64 { return s[i] }, func(i int, v float64) { s[i] = v }
	case device.BF16:
		s := Slice[uint16](b)
		a.get, a.set = func(i int) float64 { return float64(FromBF16(s[i])) }, func(i int, v float64) { s[i] = ToBF16(float32(v)) }
	case device.I32:
		s := Slice[int32](b)
		a.get, a.set = func(i int) float64 { return float64(s[i]) }, func(i int, v float64) { s[i] = int32(whole(v, math.MinInt32, math.MaxInt32)) }
	case device.I8:
		s := Slice[int8](b)
		a.get, a.set = func(i int) float64 { return float64(s[i]) }, func(i int, v float64) { s[i] = int8(whole(v, math.MinInt8, math.MaxInt8)) }
	}
	return a
}

// openSums opens a view to add to. The sums are kept in float64 until done adds them to what is there.
func openSums(v device.View) (sums *array, done func()) {
	if !v.Given() {
		return nil, func() {}
	}
	a, mem := open(v), make([]float64, v.Data.Len())
	sums = &array{View: v, get: func(i int) float64 { return mem[i] }, set: func(i int, v float64) { mem[i] = v }}
	return sums, func() { walk([]device.View{v}, func(at []int) { accumulate(&a, at[0], mem[at[0]]) }) }
}

func accumulate(a *array, at int, v float64) { a.set(at, a.get(at)+v) }

// openAll opens operands, leaving nil what is not given.
func openAll(views ...device.View) []*array {
	all := make([]*array, len(views))
	for i, v := range views {
		if v.Given() {
			a := open(v)
			all[i] = &a
		}
	}
	return all
}

// whole truncates to an integer in a range.
func whole(v, low, high float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return math.Trunc(min(max(v, low), high))
}

// FromBF16 widens.
func FromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// ToBF16 rounds to the nearest, ties to even; a NaN stays one.
func ToBF16(f float32) uint16 {
	bits := math.Float32bits(f)
	if f != f {
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// at is the place of an element.
func (a *array) at(index ...int) int {
	at := a.Offset
	for i, x := range index {
		at += x * a.Strides[i]
	}
	return at
}

// walk calls f with the place of each element of views of one shape, in row-major order.
func walk(views []device.View, f func(at []int)) {
	shape, at := views[0].Shape, make([]int, len(views))
	for i, v := range views {
		at[i] = v.Offset
	}
	var step func(dim int)
	step = func(dim int) {
		if dim == len(shape) {
			f(at)
			return
		}
		for range shape[dim] {
			step(dim + 1)
			for i, v := range views {
				at[i] += v.Strides[dim]
			}
		}
		for i, v := range views {
			at[i] -= shape[dim] * v.Strides[dim]
		}
	}
	step(0)
}

// rows calls f for each row along the last dimension, with the place where it begins in each view. Views of one dimension less have
// one element per row.
func rows(views []device.View, f func(at []int)) {
	last := views[0].Rank() - 1
	heads := make([]device.View, len(views))
	for i, v := range views {
		heads[i] = v
		if v.Rank() > last {
			heads[i].Layout = device.Layout{Shape: v.Shape[:last], Strides: v.Strides[:last], Offset: v.Offset}
		}
	}
	walk(heads, f)
}

// stride is the distance between elements of a row.
func (a *array) stride() int { return a.Strides[a.Rank()-1] }
