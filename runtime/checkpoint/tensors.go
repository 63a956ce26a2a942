package checkpoint

import (
	"fmt"
	"io"
	"slices"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// dtypes are the types that tensors have in files.
var dtypes = map[device.DType]safetensors.DType{
	device.F32: safetensors.F32, device.F64: safetensors.F64, device.BF16: safetensors.BF16, device.I32: safetensors.I32, device.I8: safetensors.I8,
}

// Stored is a tensor as a file holds it. Its elements are read when it is written.
func Stored(name string, t *tensor.Tensor) safetensors.Tensor {
	return safetensors.Tensor{Name: name, DType: dtypes[t.DType()], Shape: t.Shape(), Data: func(w io.Writer) error {
		var raw []byte
		if err := tensor.Try(func() { raw = t.Bytes() }); err != nil { // its device may be lost
			return err
		}
		_, err := w.Write(raw)
		return err
	}}
}

// Restore reads a tensor of a file into t, which has its shape. Floats are converted, other types must be the same.
func Restore(t *tensor.Tensor, file *safetensors.Reader, name string) error {
	info, ok := file.Info(name)
	if !ok {
		return fmt.Errorf("%s has no tensor %q", file.Name(), name)
	}
	if !slices.Equal(info.Shape, t.Shape()) {
		return fmt.Errorf("%s: tensor %q is %v, want %v", file.Name(), name, info.Shape, t.Shape())
	}
	if info.DType == dtypes[t.DType()] {
		raw, err := file.Bytes(name)
		if err != nil {
			return err
		}
		return tensor.Try(func() { t.AssignBytes(raw) })
	}
	if !info.DType.Floats() || !t.DType().IsFloat() {
		return fmt.Errorf("%s: tensor %q is %s, want %s", file.Name(), name, info.DType, dtypes[t.DType()])
	}
	values := make([]float32, t.Size())
	if err := file.Float32s(name, values); err != nil {
		return err
	}
	return tensor.Try(func() { t.Assign(tensor.New(values).Reshape(t.Shape()...)) })
}
