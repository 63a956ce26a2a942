package interop

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Dense is a gorgonia tensor on the memory of data, its elements in row-major order. No sizes make a scalar of one element, which is a copy: gorgonia keeps those by
// themselves.
func Dense[T float32 | float64 | int32 | int8](data []T, shape ...int) (*tensor.Dense, error) {
	rest := len(data)
	for _, n := range shape {
		if n < 1 || rest%n != 0 {
			rest = 0
			break
		}
		rest /= n
	}
	if rest != 1 {
		return nil, fmt.Errorf("gorgonia tensor: shape %v needs the product of its sizes, which are at least 1, but there are %d elements", shape, len(data))
	}
	if len(shape) == 0 {
		return tensor.New(tensor.FromScalar(data[0])), nil
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data)), nil
}

// FromDense returns the elements of a gorgonia tensor in row-major order, and its shape. They are the tensor's own memory if it keeps
// them so, and a copy if it is a part of another, transposed or column-major.
func FromDense[T float32 | float64 | int32 | int8](d *tensor.Dense) (data []T, shape []int, err error) {
	shape = []int(d.Shape().Clone())
	switch own := d.Data().(type) {
	case T:
		return []T{own}, shape, nil
	case []T:
		data = own
	default:
		return nil, nil, fmt.Errorf("gorgonia tensor: elements are %v, want %T", d.Dtype(), *new(T))
	}
	if order := d.DataOrder(); !d.RequiresIterator() && order.IsRowMajor() && order.IsContiguous() && !order.IsTransposed() {
		return data, shape, nil
	}
	if strides := d.Strides(); len(strides) == len(shape) {
		return gather(data, shape, strides), shape, nil
	}
	return nil, nil, fmt.Errorf("gorgonia tensor: shape %v has strides %v", shape, d.Strides())
}

// gather copies elements that lie strides apart.
func gather[T any](data []T, shape, strides []int) []T {
	if len(shape) == 0 {
		return data[:1]
	}
	var all []T
	for i := range shape[0] {
		all = append(all, gather(data[i*strides[0]:], shape[1:], strides[1:])...)
	}
	return all
}
