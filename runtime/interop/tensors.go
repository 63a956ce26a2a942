package interop

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	gorgonia "gorgonia.org/tensor"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// OfMatrix is a gonum matrix as a tensor (f64 [rows, columns]), on the matrix' own memory where FromMatrix says so.
func OfMatrix(m mat.Matrix) *tensor.Tensor {
	data, rows, cols := FromMatrix(m)
	return tensor.Share(data, rows, cols)
}

// ToMatrix is a tensor of two dimensions as a gonum matrix. It has the tensor's own memory where [tensor.Numbers] gives it (f64, in row-major
// order, no parameter), else a copy.
func ToMatrix(t *tensor.Tensor) (*mat.Dense, error) {
	if t.Rank() != 2 {
		return nil, fmt.Errorf("to matrix: %s has not two dimensions", t.View())
	}
	data, err := tensor.Numbers[float64](t)
	if err != nil {
		data = t.Float64s()
	}
	return Matrix(t.Dim(0), t.Dim(1), data)
}

// OfDense is a gorgonia tensor of float32, float64, int32 or int8 as one of ours, on its own memory where [FromDense] says so.
func OfDense(d *gorgonia.Dense) (*tensor.Tensor, error) {
	switch d.Dtype() {
	case gorgonia.Float32:
		return ofDense[float32](d)
	case gorgonia.Float64:
		return ofDense[float64](d)
	case gorgonia.Int32:
		return ofDense[int32](d)
	case gorgonia.Int8:
		return ofDense[int8](d)
	}
	return nil, fmt.Errorf("of dense: there are no tensors of %v here", d.Dtype())
}

func ofDense[T float32 | float64 | int32 | int8](d *gorgonia.Dense) (*tensor.Tensor, error) {
	data, shape, err := FromDense[T](d)
	if err != nil {
		return nil, err
	}
	return tensor.Share(data, max1(shape)...), nil
}

// max1 is a shape with at least one dimension: no dimensions would mean a vector.
func max1(shape []int) []int {
	if len(shape) == 0 {
		return []int{1}
	}
	return shape
}

// ToDense is a tensor as one of gorgonia's, on the tensor's own memory where [tensor.Numbers] gives it, else on a copy. Gorgonia has no bf16: that becomes
// float32.
func ToDense(t *tensor.Tensor) (*gorgonia.Dense, error) {
	switch t.DType() {
	case device.F64:
		return toDense(t, t.Float64s)
	case device.I32:
		return toDense(t, t.Ints)
	case device.I8:
		return toDense(t, func() []int8 {
			narrow := make([]int8, t.Size())
			for i, v := range t.Ints() {
				narrow[i] = int8(v)
			}
			return narrow
		})
	}
	return toDense(t, t.Floats)
}

func toDense[T float32 | float64 | int32 | int8](t *tensor.Tensor, copied func() []T) (*gorgonia.Dense, error) {
	data, err := tensor.Numbers[T](t)
	if err != nil {
		data = copied()
	}
	return Dense(data, t.Shape()...)
}
