package hf

import (
	"fmt"
	"io"
	"slices"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// block is how many rows of a matrix are transposed at a time: a cache line of their columns and more.
const block = 32

// Read reads a parameter into v, which has as many elements as Shape, row by row. The map must come from [Match].
func (e Entry) Read(r *safetensors.Reader, v []float32) error {
	if len(v) != elements(e.Shape) {
		return fmt.Errorf("read %s: shape %v has %d elements, but there is room for %d", e.Ours, e.Shape, elements(e.Shape), len(v))
	}
	if e.Transpose {
		return e.readTransposed(r, v)
	}
	if e.part() {
		return e.readPart(r, v)
	}
	rest := v
	for _, p := range e.Theirs {
		n := elements(p.Shape)
		if err := r.Float32s(p.Name, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	shift(v, e.Offset)
	return nil
}

// readPart reads the rows that are the parameter's.
func (e Entry) readPart(r *safetensors.Reader, v []float32) error {
	info, ok := r.Info(e.Theirs[0].Name)
	section, err := r.Section(e.Theirs[0].Name)
	if err != nil || !ok {
		return err
	}
	number := info.DType.Bits() / 8
	raw := make([]byte, len(v)*number)
	if _, err := section.ReadAt(raw, int64(e.First*(len(v)/e.Shape[0])*number)); err != nil {
		return fmt.Errorf("read %q: tensor %q: %w", r.Name(), info.Name, err)
	}
	if err := safetensors.Decode(v, info.DType, raw); err != nil {
		return fmt.Errorf("read %q: tensor %q: %w", r.Name(), info.Name, err)
	}
	return nil
}

// readTransposed reads [in, out] into [out, in], some rows at a time.
func (e Entry) readTransposed(r *safetensors.Reader, v []float32) error {
	info, ok := r.Info(e.Theirs[0].Name)
	section, err := r.Section(e.Theirs[0].Name)
	if err != nil || !ok {
		return err
	}
	out, in := e.Shape[0], e.Shape[1]
	width := out * info.DType.Bits() / 8
	raw, values := make([]byte, block*width), make([]float32, block*out)
	for first := 0; first < in; first += block {
		n := min(block, in-first)
		if _, err := io.ReadFull(section, raw[:n*width]); err != nil {
			return fmt.Errorf("read %q: tensor %q: %w", r.Name(), info.Name, err)
		}
		if err := safetensors.Decode(values[:n*out], info.DType, raw[:n*width]); err != nil {
			return fmt.Errorf("read %q: tensor %q: %w", r.Name(), info.Name, err)
		}
		for o := range out {
			row := v[o*in+first:][:n]
			for i := range row {
				row[i] = values[i*out+o]
			}
		}
	}
	return nil
}

// shift adds an offset to all values.
func shift(v []float32, offset float32) {
	if offset != 0 {
		for i := range v {
			v[i] += offset
		}
	}
}

// Tensors lists the tensors of a file of type F64, F32, F16 or BF16. values gives the values of a parameter of ours; it is
// called when they are written, possibly several times, and what it returns is not kept.
func (m Map) Tensors(d safetensors.DType, values func(ours string) ([]float32, error)) []safetensors.Tensor {
	var out []safetensors.Tensor
	for i, e := range m {
		if e.part() {
			if e.First == 0 {
				out = append(out, m[i:].together(d, values))
			}
			continue
		}
		first := 0
		for _, p := range e.Theirs {
			begin, end := first, first+elements(p.Shape)
			first = end
			out = append(out, safetensors.Tensor{Name: p.Name, DType: d, Shape: p.Shape, Data: func(w io.Writer) error {
				v, err := values(e.Ours)
				switch {
				case err != nil:
					return err
				case len(v) != elements(e.Shape):
					return fmt.Errorf("%s has %d values, expected %d for shape %v", e.Ours, len(v), elements(e.Shape), e.Shape)
				case e.Transpose:
					return writeTransposed(w, d, v, e.Shape[0], e.Shape[1])
				}
				v = v[begin:end]
				if e.Offset != 0 {
					v = slices.Clone(v)
					shift(v, -e.Offset)
				}
				return safetensors.Float32s(d, v)(w)
			}})
		}
	}
	return out
}

// together is the tensor that the first entries are the rows of.
func (m Map) together(d safetensors.DType, values func(ours string) ([]float32, error)) safetensors.Tensor {
	whole := m[0].Theirs[0]
	return safetensors.Tensor{Name: whole.Name, DType: d, Shape: whole.Shape, Data: func(w io.Writer) error {
		for _, e := range m {
			if e.Theirs[0].Name != whole.Name {
				break
			}
			v, err := values(e.Ours)
			if err == nil && len(v) != elements(e.Shape) {
				err = fmt.Errorf("%s has %d values, expected %d for shape %v", e.Ours, len(v), elements(e.Shape), e.Shape)
			}
			if err == nil {
				err = safetensors.Float32s(d, v)(w)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

// writeTransposed writes [out, in] as [in, out], some rows of the result at a time.
func writeTransposed(w io.Writer, d safetensors.DType, v []float32, out, in int) error {
	values := make([]float32, block*out)
	for first := 0; first < in; first += block {
		n := min(block, in-first)
		for o := range out {
			for i, f := range v[o*in+first:][:n] {
				values[i*out+o] = f
			}
		}
		if err := safetensors.Float32s(d, values[:n*out])(w); err != nil {
			return err
		}
	}
	return nil
}
