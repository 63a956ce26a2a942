// Package device is the contract between tensors and what computes them.
//
// A [Device] keeps numbers in [Buffer]s and runs operations on them. An operation is plain data: a struct such as [MatMul] or
// [Softmax] that names its operands and says in its documentation what it computes. So operations can be checked
// ([Op.Check]), printed, kept in a list and run again, or handed over to hardware many at a time.
//
// The operands are [View]s: a buffer and a [Layout] that says where in it the elements are. Every device takes every
// layout and every combination of types that Check lets through; what it does fast is its own affair.
//
// Rules:
//   - Operations run in the order in which they are handed over, as if one after the other.
//   - An operand that is written must not overlap another one, except where it is the very same view: elementwise
//     operations may work in place.
//   - The same operations on the same numbers give the same bits, on one device.
//   - A device may be used by several goroutines at once, a buffer by one at a time.
//
// Package plain is the contract in plain Go, the oracle for all other devices; package devicetest holds a device to it.
package device
