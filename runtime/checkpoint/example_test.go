package checkpoint_test

import (
	"fmt"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// A record tells one bit of one weight from another.
func Example() {
	weights := []float32{1, 2, 3, 4}
	model := []safetensors.Tensor{{Name: "w", DType: safetensors.F32, Shape: []int{2, 2}, Data: safetensors.Float32s(safetensors.F32, weights)}}
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

	before, err := checkpoint.NewRecord(model, day, "as trained")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(before)
	weights[3] += 1e-6
	after, err := checkpoint.NewRecord(model, day, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(checkpoint.Diff(before, after))
	// Output:
	// root 4966d777232b: 1 tensors, 4 numbers, 2026-03-01T00:00:00Z, as trained
	// changed: "w" (values)
}
