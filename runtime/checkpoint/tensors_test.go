package checkpoint

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// TestRestore: a tensor of a file comes back in its own type, and as another type of floats, whatever its shape.
func TestRestore(t *testing.T) {
	for _, shape := range [][]int{{}, {0}, {3}, {2, 1, 3}} {
		n := device.Contiguous(shape...).Size()
		whole := tensor.Range(n).AddScalar(2).Reshape(shape...)
		for _, from := range device.DTypes {
			path := filepath.Join(t.TempDir(), "t.safetensors")
			if err := safetensors.WriteFile(path, []safetensors.Tensor{Stored("t", whole.To(from))}, nil); err != nil {
				t.Fatal(err)
			}
			file, err := safetensors.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, to := range device.DTypes {
				got := whole.To(to).ZerosLike()
				err := Restore(got, file, "t")
				if fits := from == to || from.IsFloat() && to.IsFloat(); !fits {
					if err == nil {
						t.Errorf("%s was restored as %s", from, to)
					}
					continue
				}
				if err != nil || !slices.Equal(got.Float64s(), whole.Float64s()) {
					t.Errorf("%s%v as %s: %v, error %v", from, shape, to, got, err)
				}
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
