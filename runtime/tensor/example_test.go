package tensor_test

import (
	"fmt"

	"github.com/resident-go/resident/runtime/device"
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

// The gradient of x²y is 2xy in x and x² in y. A second result adds to it.
func ExampleTensor_Backward() {
	x, y := tensor.Scalar(3).Track(), tensor.Scalar(5).Track()
	x.Square().Mul(y).Backward()
	fmt.Println(x.Grad().Item(), y.Grad().Item())
	x.Scale(100).Backward()
	fmt.Println(x.Grad().Item(), y.Grad().Item())
	// Output:
	// 30 9
	// 130 9
}

// Track on a result keeps its gradient, too.
func ExampleTensor_Track() {
	w := tensor.Vector(1, 2).Track()
	hidden := w.Scale(10).Track()
	hidden.Square().Sum().Backward()
	fmt.Println(hidden.Grad())
	fmt.Println(w.Grad())
	// Output:
	// f32[2] [20 40]
	// f32[2] [200 400]
}

// A row and a column meet in a matrix; a missing dimension, or one of size 1, is repeated.
func ExampleTensor_Add_broadcasting() {
	row, column := tensor.Vector(1, 2, 3), tensor.New([]float32{10, 20}, 2, 1)
	fmt.Println(row.Add(column))
	fmt.Println(tensor.Try(func() { row.Add(tensor.Vector(1, 2)) }))
	// Output:
	// f32[2 3]
	// [[11 12 13]
	//  [21 22 23]]
	// tensor: add: shapes [3] and [2] do not fit: 3 against 2 in dimension 1 from the right
}

// Slices are views: what is assigned to them is seen in the whole.
func ExampleTensor_Slice() {
	x := tensor.Range(12).Reshape(3, 4)
	fmt.Println(x.Slice(1, 1, -1))       // all rows, without the first and the last column
	fmt.Println(x.Index(0, -1))          // the last row
	fmt.Println(x.SliceStep(0, 0, 3, 2)) // every second row
	x.Slice(0, 0, 2).Slice(1, 0, 2).AssignFill(0)
	fmt.Println(x)
	// Output:
	// i32[3 2]
	// [[ 1  2]
	//  [ 5  6]
	//  [ 9 10]]
	// i32[4] [ 8  9 10 11]
	// i32[2 4]
	// [[ 0  1  2  3]
	//  [ 8  9 10 11]]
	// i32[3 4]
	// [[ 0  0  2  3]
	//  [ 0  0  6  7]
	//  [ 8  9 10 11]]
}

// A convolution finds the edge between dark and light, and a pooling keeps the strongest answer of each corner.
func ExampleTensor_Unfold() {
	picture := tensor.Concat(1, tensor.Zeros(4, 2), tensor.Ones(4, 3)) // [h, w]
	edge := tensor.New([]float32{-1, 1, -1, 1}, 2, 2)

	windows := picture.Unfold(0, 2, 1).Unfold(1, 2, 1) // [h-1, w-1, 2, 2]
	found := tensor.Einsum("hwij,ij->hw", windows, edge)
	fmt.Println(found)
	fmt.Println(found.Pad(0, 0, 1, 0).Unfold(0, 2, 2).Unfold(1, 2, 2).Max(-2, -1))
	// Output:
	// f32[3 4]
	// [[0 2 0 0]
	//  [0 2 0 0]
	//  [0 2 0 0]]
	// f32[2 2]
	// [[2 0]
	//  [2 0]]
}

// Causal attention over three positions, written out and in one operation. The first position sees only itself.
func ExampleAttention() {
	g := tensor.Seed(1)
	q, k, v := g.Normal(3, 4), g.Normal(3, 4), g.Normal(3, 4)

	scores := q.MatMul(k.T()).Scale(0.5) // 1/√4
	scores = scores.MaskedFill(tensor.Triu(3, 3, 1), -1e9)
	weights := scores.Softmax(-1)
	fmt.Println(weights)

	heads := func(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(1, 3, 1, 4) } // [batch, positions, heads, width]
	fused := tensor.Attention(heads(q), heads(k), heads(v), true)
	fmt.Println(fused.Reshape(3, 4).AllClose(weights.MatMul(v), 1e-5, 1e-6))
	// Output:
	// f32[3 3]
	// [[1.0000 0.0000 0.0000]
	//  [0.2098 0.7902 0.0000]
	//  [0.0978 0.1048 0.7974]]
	// true
}

func ExampleEinsum() {
	x, y := tensor.Range(6).Reshape(2, 3).To(device.F32), tensor.Range(6).Reshape(3, 2).To(device.F32)
	fmt.Println(tensor.Einsum("ij,jk->ik", x, y).Equal(x.MatMul(y)))
	fmt.Println(tensor.Einsum("ij->j", x))
	// Output:
	// true
	// f32[3] [3 5 7]
}

func ExampleTensor_TopK() {
	logits := tensor.Vector(0.5, 2, -1, 3)
	values, ids := logits.TopK(2, 0)
	fmt.Println(values)
	fmt.Println(ids)
	// Output:
	// f32[2] [3 2]
	// i32[2] [3 1]
}

// A generator's numbers depend on its seed alone.
func ExampleSeed() {
	g := tensor.Seed(7)
	fmt.Println(g.Normal(2))
	fmt.Println(g.Ints(1, 7, 6)) // six throws of a die
	fmt.Println(g.Perm(5))
	// Output:
	// f32[2] [ 0.0003 -0.3048]
	// i32[6] [3 2 2 2 6 6]
	// i32[5] [3 2 1 4 0]
}

// CheckNaN says where a NaN comes from.
func ExampleCheckNaN() {
	defer tensor.CheckNaN(tensor.CheckNaN(true))
	err := tensor.Try(func() { tensor.Vector(1, -1).Log().Exp().Mean() })
	fmt.Println(err)
	// Output: tensor: log: the result f32[2] has a NaN, the operands have none
}

// Frozen memory is read-only, for all tensors that share it.
func ExampleTensor_Freeze() {
	w := tensor.Vector(1, 2, 3)
	w.Freeze()
	fmt.Println(tensor.Try(func() { w.Slice(0, 1, 3).AssignFill(0) }))
	// Output: tensor: assign-fill: f32[2] is frozen
}

// Op puts an operation with a gradient of its own on the tape: here sign(x), whose gradient is passed straight through.
func ExampleOp() {
	straight := func(x *tensor.Tensor) *tensor.Tensor {
		return tensor.Op("straight sign", x.Detach().Sign(), []*tensor.Tensor{x}, func(dy *tensor.Tensor) []*tensor.Tensor {
			return []*tensor.Tensor{dy}
		})
	}
	x := tensor.Vector(-0.3, 0.7).Track()
	straight(x).Mul(tensor.Vector(2, 3)).Sum().Backward()
	fmt.Println(x.Grad())
	// Output: f32[2] [2 3]
}
