package safetensors

import (
	"bytes"
	"fmt"
	"io"
)

// Tensor is a tensor to be written.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // empty for a scalar

	// Data writes the elements, little-endian, row-major. It may be called more than once, and gives the same each time. A
	// tensor without elements needs none.
	Data func(io.Writer) error
}

// Bytes is the Data of a tensor that is in memory.
func Bytes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := bytes.NewReader(b).WriteTo(w)
		return err
	}
}

// Float32s is the Data of a tensor of type F64, F32, F16 or BF16 whose values are in memory. They are converted while they
// are written, rounded to nearest, ties to even.
func Float32s(d DType, v []float32) func(io.Writer) error {
	return func(w io.Writer) error {
		if !d.Floats() {
			return fmt.Errorf("float32 values cannot be written as %v, expected F64, F32, F16 or BF16", d)
		}
		width := d.Bits() / 8
		buf := make([]byte, min(chunkSize, len(v)*width))
		for rest := v; len(rest) > 0; {
			n := min(len(rest), len(buf)/width)
			encode(buf[:n*width], d, rest[:n])
			if _, err := w.Write(buf[:n*width]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	}
}

// Tensor is a tensor of the file as one that can be written elsewhere. Its data is read when it is written.
func (r *Reader) Tensor(name string) (Tensor, error) {
	e, err := r.entry(name)
	if err != nil {
		return Tensor{}, err
	}
	info, _ := r.Info(name)
	return Tensor{Name: name, DType: info.DType, Shape: info.Shape, Data: func(w io.Writer) error {
		n, err := io.Copy(w, io.NewSectionReader(e.file.r, e.file.data+e.Begin, e.Size()))
		if err == nil && n != e.Size() {
			err = io.ErrUnexpectedEOF
		}
		return e.wrap(err)
	}}, nil
}

// Tensors are all tensors of the file, in the order of Names.
func (r *Reader) Tensors() []Tensor {
	out := make([]Tensor, len(r.order))
	for i, name := range r.order {
		out[i], _ = r.Tensor(name)
	}
	return out
}

// Size is the number of bytes of the data. It is an error when the type does not exist, a dimension is negative, or the
// size is no whole number of bytes or too large.
func (t Tensor) Size() (int64, error) {
	if !t.DType.valid() {
		return 0, fmt.Errorf("tensor %s: data type %d does not exist", quoted(t.Name), uint8(t.DType))
	}
	n, err := byteSize(t.DType, t.Shape)
	if err != nil {
		return 0, fmt.Errorf("tensor %s: %v of shape %s: %w", quoted(t.Name), t.DType, shapeText(t.Shape), err)
	}
	return n, nil
}

// WriteData writes the data, and makes sure that it is as long as the shape says.
func (t Tensor) WriteData(w io.Writer) error {
	size, err := t.Size()
	if err != nil {
		return err
	}
	c := &counter{w: w, left: size}
	if t.Data != nil {
		err = t.Data(c)
	}
	switch {
	case c.over:
		return fmt.Errorf("tensor %s: its data is longer than the %d bytes of %v of shape %s", quoted(t.Name), size, t.DType, shapeText(t.Shape))
	case err != nil:
		return fmt.Errorf("tensor %s: %w", quoted(t.Name), err)
	case c.left > 0:
		return fmt.Errorf("tensor %s: its data is %d bytes long, expected %d for %v of shape %s",
			quoted(t.Name), size-c.left, size, t.DType, shapeText(t.Shape))
	}
	return nil
}

// counter lets as many bytes pass as there may be.
type counter struct {
	w    io.Writer
	left int64
	over bool
}

func (c *counter) Write(b []byte) (int, error) {
	if int64(len(b)) > c.left {
		c.over = true
		return 0, io.ErrShortWrite
	}
	n, err := c.w.Write(b)
	c.left -= int64(n)
	return n, err
}
