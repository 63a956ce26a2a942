// Package tensor is arrays of numbers with operations on them, and the gradients of those operations.
//
//	w := tensor.Seed(1).Normal(3, 2).Track()          // a parameter
//	x := tensor.New([]float32{1, 2, 3}, 1, 3)
//	loss := x.MatMul(w).Square().Mean()
//	loss.Backward()
//	w.Assign(w.Sub(w.Grad().Scale(0.1)))              // one step of gradient descent
//
// # Gradients
//
// An operation is carried out when it is called. If an operand is tracked ([Tensor.Track]), the result remembers what it was made
// from, and [Tensor.Backward] walks back along that: each operation's gradient stands beside the operation. The tape holds the elements
// that gradients need, and no others. Where such an element was assigned to in the meantime, Backward refuses to go on.
// Gradients are not tracked themselves: there are no second derivatives.
// There is no mode without gradients: what nobody calls Backward on is only remembered as long as its results are kept. Detach ends that; Untrack does so for parameters.
//
// # Shapes and types
//
// Dimensions and indices count from 0, and from the end as -1, -2 and so on. Shapes are broadcast as in NumPy and PyTorch. Operands of
// different types meet in the wider one: integers in the float, bf16 in f32, f32 in f64. Functions whose results have fractions make f32 of
// integers; what would lose fractions is refused, and only To and Assign cut them off. I8 is for keeping: it is computed with as i32. What goes beyond
// an i32 stops at its ends.
// A single number without dimensions, as Scalar makes it, is computed with on the device of the other operands.
// Comparisons give 1 and 0, of the type they were made in.
//
// # Memory
//
// Reshaping, transposing, expanding and slicing give views: they share memory with what they were made from, as far as the layout allows.
// Everything else makes new memory; only the Assign methods, SetAt and ZeroGrad write to what is there. What [Tensor.Floats] and its like
// return is a copy. Memory is freed when nothing refers to it.
//
// # Mistakes
//
// Mistakes in shapes and types panic with an [*Error], because arithmetic that returns errors cannot be read. The doors of the
// packages above turn it into an error with [Try].
//
// A tensor may be read by several goroutines at once, and written by one when nobody reads. Backward writes to the gradients of its
// leaves.
package tensor
