package checkpoint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/optim"
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

// A frozen model refuses whatever would change it, and a digest of each parameter proves that nothing has.
func ExampleFreeze() {
	m, err := nn.NewMLP([]int{2, 8, 2}, nn.Seed(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	frozen, err := checkpoint.Freeze(m)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = optim.AdamW{LR: 0.1}.New(m.Params())
	fmt.Println(err)
	proof, err := checkpoint.Verify(frozen)
	fmt.Println("unchanged:", proof.Same(), err)
	// Output:
	// adamw: layers.0.weight is frozen, so it cannot be trained
	// unchanged: true <nil>
}

// Parameters are written to a file, and read into another model of the same form.
func ExampleWrite() {
	folder, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "mlp.safetensors")
	trained, err := nn.NewMLP([]int{2, 8, 2}, nn.Seed(1))
	if err == nil {
		err = checkpoint.Write(path, trained, "an example")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, sizes := range [][]int{{2, 8, 2}, {2, 9, 2}} {
		m, err := nn.NewMLP(sizes, nn.Seed(2))
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := checkpoint.Read(path, m); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), folder, "FOLDER"))
			continue
		}
		fmt.Println("the same weights:", m.Params()[0].Equal(trained.Params()[0].Tensor))
	}
	// Output:
	// the same weights: true
	// read parameters: FOLDER/mlp.safetensors: tensor "layers.0.weight" is [8 2], want [9 2]
}
