package tensor_test

import (
	"fmt"

	"github.com/resident-go/resident/runtime/tensor"
)

// A line is fitted to three points by gradient descent.
func Example() {
	x, y := tensor.Vector(0, 1, 2), tensor.Vector(1, 3, 5)
	slope, offset := tensor.Scalar(0).Track(), tensor.Scalar(0).Track()
	for range 200 {
		slope.ZeroGrad()
		offset.ZeroGrad()
		x.Mul(slope).Add(offset).MSE(y).Backward()
		slope.AssignSub(slope.Grad().Scale(0.2))
		offset.AssignSub(offset.Grad().Scale(0.2))
	}
	fmt.Printf("y = %.2fx + %.2f\n", slope.Item(), offset.Item())
	// Output: y = 2.00x + 1.00
}

func ExampleTensor_String() {
	fmt.Println(tensor.New([]float32{1, 2, 3, 4.5, 5, 6}, 2, 3))
	fmt.Println(tensor.Range(20))
	// Output:
	// f32[2 3]
	// [[1.0 2.0 3.0]
	//  [4.5 5.0 6.0]]
	// i32[20] [ 0  1  2 ... 17 18 19]
}
