package safetensors_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Write two tensors, and read one of them.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, safetensors.FileName)

	weights := []float32{1, 2, 3, 4, 5, 6}
	err = safetensors.WriteFile(path, []safetensors.Tensor{
		{Name: "weight", DType: safetensors.BF16, Shape: []int{2, 3}, Data: safetensors.Float32s(safetensors.BF16, weights)},
		{Name: "mask", DType: safetensors.Bool, Shape: []int{2}, Data: safetensors.Bytes([]byte{0, 1})},
	}, map[string]string{"made by": "an example"})
	if err != nil {
		fmt.Println(err)
		return
	}

	r, err := safetensors.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for _, name := range r.Names() {
		info, _ := r.Info(name)
		fmt.Println(info.Name, info.DType, info.Shape, info.Size(), "bytes")
	}
	read := make([]float32, 6)
	if err := r.Float32s("weight", read); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read, r.Metadata())
	// Output:
	// weight BF16 [2 3] 12 bytes
	// mask BOOL [2] 2 bytes
	// [1 2 3 4 5 6] map[made by:an example]
}
