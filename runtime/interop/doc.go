// Package interop joins the runtime to the numeric libraries that Go programs use: gonum and gorgonia's tensors.
//
// [UseBLAS] puts our kernels under both of them: their matrix products, and what they build from those (decompositions, solvers), run
// at the processor's speed, with no change to the programs that call them. The other functions let arrays in and out; the memory is
// shared wherever its layout allows.
package interop
