package tensor

import (
	"encoding/binary"
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// Number is what tensors are made from: int, int64 and uint8 become i32.
type Number interface {
	float32 | float64 | int32 | int8 | int | int64 | uint8
}

// New is a tensor with a copy of these numbers, in row-major order. Without a shape it is a vector.
func New[T Number](data []T, shape ...int) *Tensor {
	if len(shape) == 0 {
		shape = []int{len(data)}
	}
	must("new", device.CheckShape(shape))
	if n := device.Contiguous(shape...).Size(); n != len(data) {
		fail("new", "shape %s needs %d numbers, there are %d", device.Shape(shape), n, len(data))
	}
	dtype, raw := encode(data)
	t := empty("new", Default(), dtype, shape)
	must("new", t.Device().Write(t.store.data, 0, raw))
	return t
}

func encode[T Number](data []T) (device.DType, []byte) {
	switch d := any(data).(type) {
	case []float32:
		return device.F32, bytesOf(d)
	case []float64:
		return device.F64, bytesOf(d)
	case []int32:
		return device.I32, bytesOf(d)
	case []int8:
		return device.I8, bytesOf(d)
	case []int:
		return device.I32, narrowed(d)
	case []int64:
		return device.I32, narrowed(d)
	case []uint8:
		return device.I32, narrowed(d)
	}
	panic("unreachable")
}

// narrowed is integers as i32.
func narrowed[T int | int64 | uint8](data []T) []byte {
	narrow := make([]int32, len(data))
	for i, v := range data {
		if int64(v) != int64(int32(v)) {
			fail("new", "%d does not fit into an i32", v)
		}
		narrow[i] = int32(v)
	}
	return bytesOf(narrow)
}

// bytesOf is the numbers as devices want them written.
func bytesOf(data any) []byte {
	raw, err := binary.Append(nil, binary.LittleEndian, data)
	if err != nil {
		panic(err)
	}
	return raw
}

// Vector is a vector of f32.
func Vector(values ...float32) *Tensor { return New(values) }

// Scalar is a single f32, without dimensions.
func Scalar(v float64) *Tensor { return Full(v) }

// Zeros is f32 zeros.
func Zeros(shape ...int) *Tensor { return empty("zeros", Default(), device.F32, shape) }

// Ones is f32 ones.
func Ones(shape ...int) *Tensor { return Full(1, shape...) }

// Full is a shape filled with an f32.
func Full(v float64, shape ...int) *Tensor {
	return empty("full", Default(), device.F32, shape).AssignFill(v)
}

// ZerosLike is zeros of t's shape, type and device.
func (t *Tensor) ZerosLike() *Tensor { return t.fresh("zeros", t.layout.Shape) }

// OnesLike is ones of t's shape, type and device.
func (t *Tensor) OnesLike() *Tensor {
	o := t.ZerosLike()
	o.AssignFill(1)
	return o
}

// Range is the i32 vector 0, 1, ..., n-1.
func Range(n int) *Tensor {
	if n < 0 || n-1 > math.MaxInt32 {
		fail("range", "%d elements", n)
	}
	return filled("range", []int{n}, func(i int) int32 { return int32(i) })
}

// Linspace is n numbers (f32) at equal distances, from the first to the last.
func Linspace(first, last float64, n int) *Tensor {
	if n < 2 {
		fail("linspace", "needs at least the two ends, got n = %d", n)
	}
	return filled("linspace", []int{n}, func(i int) float32 { return float32(first + (last-first)*float64(i)/float64(n-1)) })
}

// Arange is the f32 vector first, first+step, first+2·step, ... up to before end.
func Arange(first, end, step float64) *Tensor {
	n := math.Ceil((end - first) / step)
	if step == 0 || !(n < math.MaxInt) {
		fail("arange", "from %v to %v by %v", first, end, step)
	}
	return filled("arange", []int{int(max(0, n))}, func(i int) float32 { return float32(first + float64(i)*step) })
}

// Eye is the n×n identity matrix in f32.
func Eye(n int) *Tensor {
	return mask("eye", n, n, func(i, j int) bool { return i == j })
}

// Tril is an n×m matrix (f32) with ones on and below the diagonal that is shifted right by k: a causal mask.
func Tril(n, m, k int) *Tensor {
	return mask("tril", n, m, func(i, j int) bool { return j-i <= k })
}

// Triu is an n×m matrix (f32) with ones on and above the diagonal that is shifted right by k.
func Triu(n, m, k int) *Tensor {
	return mask("triu", n, m, func(i, j int) bool { return j-i >= k })
}

// mask is an n×m matrix with ones at some places.
func mask(op string, n, m int, in func(i, j int) bool) *Tensor {
	return filled(op, []int{n, m}, func(i int) float32 {
		if in(i/m, i%m) {
			return 1
		}
		return 0
	})
}

// filled is new memory whose element i in row-major order is f(i). It is written piece by piece, so that there never is a second copy of it.
func filled[T Number](op string, shape []int, f func(i int) T) *Tensor {
	dtype, _ := encode([]T{})
	t := empty(op, Default(), dtype, shape)
	piece := make([]T, 0, min(t.Size(), 1<<16))
	for i := range t.Size() {
		if piece = append(piece, f(i)); len(piece) == cap(piece) || i == t.Size()-1 {
			_, raw := encode(piece)
			must(op, t.Device().Write(t.store.data, i+1-len(piece), raw))
			piece = piece[:0]
		}
	}
	return t
}
