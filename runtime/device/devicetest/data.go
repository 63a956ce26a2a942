package devicetest

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// lie is how an operand lies in its buffer.
type lie uint8

const (
	packed       lie = iota // in row-major order
	shifted                 // the same, at a place that no vector is aligned to
	turned                  // in column-major order
	spread                  // every second element of a larger array, with room between the rows
	repeatedRows            // stride 0 along the first dimension
	repeatedColumns
	repeatedAll
)

var lies = [...]string{"packed", "shifted", "turned", "spread", "repeated rows", "repeated columns", "repeated"}

func (l lie) String() string { return lies[l] }

// fence is how many elements of the buffer before and behind an operand are nobody's.
const fence = 64

// layout places an array in a buffer of n elements.
func (l lie) layout(shape []int) (at device.Layout, n int) {
	last := len(shape) - 1
	at = device.Contiguous(shape...)
	n = at.Size()
	switch {
	case l == turned:
		at = device.Contiguous(backwards(shape)...)
		at = at.Permute(countdown(len(shape))...)
	case l == spread && last >= 0:
		wide := append(append([]int{}, shape[:last]...), 2*shape[last]+3)
		at = device.Contiguous(wide...).Slice(last, 1, 1+2*shape[last], 2)
		n = device.Contiguous(wide...).Size()
	case l >= repeatedRows && last >= 0:
		if l != repeatedColumns {
			at.Strides[0] = 0
		}
		if l != repeatedRows {
			at.Strides[last] = 0
		}
	}
	at.Offset += fence
	if l == shifted {
		at.Offset += 3
		n += 3
	}
	return at, n + 2*fence
}

func backwards(shape []int) []int {
	back := make([]int, len(shape))
	for i, d := range shape {
		back[len(shape)-1-i] = d
	}
	return back
}

// countdown is n-1, ..., 0.
func countdown(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = n - 1 - i
	}
	return order
}

// places lists where the elements are, in row-major order.
func places(l device.Layout) []int {
	at := []int{l.Offset}
	for i, d := range l.Shape {
		next := make([]int, 0, len(at)*d)
		for _, a := range at {
			for j := range d {
				next = append(next, a+j*l.Strides[i])
			}
		}
		at = next
	}
	return at
}

// draw makes the number at place i.
type draw func(r *rand.Rand, i int) float64

func normal(r *rand.Rand, _ int) float64 { return r.NormFloat64() }

func between(low, high float64) draw {
	return func(r *rand.Rand, _ int) float64 { return low + (high-low)*r.Float64() }
}

// whole numbers from low up to, but without, high.
func whole(low, high int) draw {
	return func(r *rand.Rand, _ int) float64 { return float64(low + r.IntN(high-low)) }
}

// listed goes through values, each of them times times in a row, again and again.
func listed(times int, values []float64) draw {
	return func(_ *rand.Rand, i int) float64 { return values[i/times%len(values)] }
}

// decode reads element i.
func decode(t device.DType, mem []byte, i int) float64 {
	b := mem[i*t.Size():]
	switch t {
	case device.F32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case device.F64:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case device.BF16:
		return float64(plain.FromBF16(binary.LittleEndian.Uint16(b)))
	case device.I32:
		return float64(int32(binary.LittleEndian.Uint32(b)))
	}
	return float64(int8(b[0]))
}

// encode writes element i, rounded to the nearest number of its type.
func encode(t device.DType, mem []byte, i int, v float64) {
	b := mem[i*t.Size():]
	switch t {
	case device.F32:
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(v)))
	case device.F64:
		binary.LittleEndian.PutUint64(b, math.Float64bits(v))
	case device.BF16:
		binary.LittleEndian.PutUint16(b, plain.ToBF16(float32(v)))
	case device.I32:
		binary.LittleEndian.PutUint32(b, uint32(int32(v)))
	case device.I8:
		b[0] = byte(int8(v))
	}
}
