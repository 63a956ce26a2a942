package cpu

import (
	"math"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// This file is for what the vector kernels do not compute with: float64, integers, and everything where there is no C compiler. It is
// computed in float64, in blocks that stay in the processor's cache. A row of float64 that lies together is worked on in place.

// wideBlock is the size of a block in elements.
const wideBlock = 512

// array is a view's buffer as what it holds; the other slices are nil.
type array struct {
	f64  []float64
	f32  []float32
	bf16 []uint16
	i32  []int32
	i8   []int8
}

func open(v device.View) (a array) {
	if !v.Given() {
		return a
	}
	b := v.Data.(*plain.Buffer)
	switch b.DType() {
	case device.F64:
		a.f64 = plain.Slice[float64](b)
	case device.F32:
		a.f32 = plain.Slice[float32](b)
	case device.BF16:
		a.bf16 = plain.Slice[uint16](b)
	case device.I32:
		a.i32 = plain.Slice[int32](b)
	case device.I8:
		a.i8 = plain.Slice[int8](b)
	}
	return a
}

// load copies elements, stride apart, to float64s.
func (a array) load(to []float64, at, stride int) {
	switch {
	case a.f64 != nil:
		widen(to, a.f64, at, stride)
	case a.f32 != nil:
		widen(to, a.f32, at, stride)
	case a.i32 != nil:
		widen(to, a.i32, at, stride)
	case a.i8 != nil:
		widen(to, a.i8, at, stride)
	default:
		for i := range to {
			to[i] = float64(plain.FromBF16(a.bf16[at+i*stride]))
		}
	}
}

func widen[T float64 | float32 | int32 | int8](to []float64, from []T, at, stride int) {
	for i := range to {
		to[i] = float64(from[at+i*stride])
	}
}

// store is the way back. Integers are truncated, and kept to what their type holds.
func (a array) store(from []float64, at, stride int) {
	switch {
	case a.f64 != nil:
		for i, v := range from {
			a.f64[at+i*stride] = v
		}
	case a.f32 != nil:
		for i, v := range from {
			a.f32[at+i*stride] = float32(v)
		}
	case a.bf16 != nil:
		for i, v := range from {
			a.bf16[at+i*stride] = plain.ToBF16(float32(v))
		}
	case a.i32 != nil:
		for i, v := range from {
			a.i32[at+i*stride] = int32(within(v, math.MinInt32, math.MaxInt32))
		}
	default:
		for i, v := range from {
			a.i8[at+i*stride] = int8(within(v, math.MinInt8, math.MaxInt8))
		}
	}
}

func within(v, low, high float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return min(max(v, low), high)
}

// slice is a row as it lies, nil if it has to be copied.
func (a array) slice(at, stride, n int) []float64 {
	if a.f64 == nil || stride != 1 && n > 1 {
		return nil
	}
	return a.f64[at : at+n]
}

// cursor goes through the rows of a call's operands.
type cursor struct {
	c     *call
	at    [maxOperands]int // where the row begins, in elements of the buffer
	index [maxDims]int64
}

func (c *call) cursor(views []device.View) cursor {
	p := cursor{c: c}
	for k, v := range views {
		p.at[k] = v.Offset
	}
	return p
}

// next goes to the next row.
func (p *cursor) next(operands int) {
	for d := p.c.dims - 1; d >= 0; d-- {
		p.index[d]++
		wraps := p.index[d] == p.c.shape[d]
		back := int64(0)
		if wraps {
			p.index[d], back = 0, p.c.shape[d]
		}
		for k := range operands {
			p.at[k] += int((1 - back) * p.c.v[k].outer[d])
		}
		if !wraps {
			return
		}
	}
}

// wide works on the call's operands block by block. reads and writes have a bit for each operand; index is the place of a block's first element in
// row-major order.
func (c *call) wide(f func(v [][]float64, index int), reads, writes uint, views ...device.View) {
	arrays, blocks, now := make([]array, len(views)), make([][]float64, len(views)), make([][]float64, len(views))
	memory := make([]float64, len(views)*wideBlock)
	for k, v := range views {
		arrays[k], blocks[k] = open(v), memory[k*wideBlock:][:wideBlock]
	}
	p := c.cursor(views)
	for row := range int(c.rows) {
		for i := 0; i < int(c.n); i += wideBlock {
			n := min(wideBlock, int(c.n)-i)
			for k, a := range arrays {
				stride := int(c.v[k].inner)
				at := p.at[k] + i*stride
				if now[k] = a.slice(at, stride, n); now[k] == nil {
					now[k] = blocks[k][:n]
					if reads>>k&1 != 0 {
						a.load(now[k], at, stride)
					}
				}
			}
			f(now, row*int(c.n)+i)
			for k, a := range arrays {
				if writes>>k&1 != 0 && unsafe.SliceData(now[k]) == unsafe.SliceData(blocks[k]) {
					a.store(now[k], p.at[k]+i*int(c.v[k].inner), int(c.v[k].inner))
				}
			}
		}
		p.next(len(views))
	}
}
