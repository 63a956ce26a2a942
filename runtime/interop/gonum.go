package interop

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Matrix is a gonum matrix of rows by cols on the memory of data, its elements row by row.
func Matrix(rows, cols int, data []float64) (*mat.Dense, error) {
	if rows < 1 || cols < 1 || len(data)%rows != 0 || len(data)/rows != cols {
		return nil, fmt.Errorf("matrix: %d by %d needs as many elements, at least one, but has %d", rows, cols, len(data))
	}
	return mat.NewDense(rows, cols, data), nil
}

// FromMatrix returns the elements of a gonum matrix row by row. They are the matrix's own memory if it keeps them so, a copy if it is a
// part of another, transposed, symmetric, or of some other kind.
func FromMatrix(m mat.Matrix) (data []float64, rows, cols int) {
	rows, cols = m.Dims()
	if r, ok := m.(mat.RawMatrixer); ok {
		if raw := r.RawMatrix(); raw.Stride == cols || rows == 1 {
			return raw.Data[:rows*cols], rows, cols
		}
	}
	if v, ok := m.(mat.RawVectorer); ok && v.RawVector().Inc == 1 {
		return v.RawVector().Data[:rows*cols], rows, cols
	}
	data = make([]float64, rows*cols)
	for i := range rows {
		for j := range cols {
			data[i*cols+j] = m.At(i, j)
		}
	}
	return data, rows, cols
}
