package safetensors

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

// Info is what the header says about a tensor.
type Info struct {
	Name       string
	DType      DType
	Shape      []int // empty for a scalar
	Begin, End int64 // where the data stands in its file, counted from the first byte behind the header
}

// Size is the number of bytes of the data.
func (i Info) Size() int64 { return i.End - i.Begin }

// Elements is the number of elements, 1 for a scalar.
func (i Info) Elements() int {
	n := 1
	for _, d := range i.Shape {
		n *= d
	}
	return n
}

var (
	errOverflow = errors.New("more bytes than can be counted")
	errPacked   = errors.New("not a whole number of bytes")
)

// byteSize is the size of a tensor. Like the reference implementation, it multiplies from left to right and refuses what
// does not fit on the way, even when a later dimension is 0.
func byteSize(d DType, shape []int) (int64, error) {
	n := uint64(d.Bits())
	elements := uint64(1)
	for _, dim := range shape {
		if dim < 0 {
			return 0, fmt.Errorf("dimension %d is negative", dim)
		}
		hi, lo := bits.Mul64(elements, uint64(dim))
		if hi != 0 || lo > math.MaxInt64 {
			return 0, errOverflow
		}
		elements = lo
	}
	hi, total := bits.Mul64(elements, n)
	switch {
	case hi != 0 || total > math.MaxInt64:
		return 0, errOverflow
	case total%8 != 0:
		return 0, errPacked
	}
	return int64(total / 8), nil
}

// shapeText prints a shape as the header does, and stops when it gets long.
func shapeText(shape []int) string {
	const most = 16
	b := []byte{'['}
	for i, d := range shape {
		if i > 0 {
			b = append(b, ',')
		}
		if i == most {
			b = append(b, "..."...)
			break
		}
		b = strconv.AppendInt(b, int64(d), 10)
	}
	return string(append(b, ']'))
}
