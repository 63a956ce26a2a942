//go:build !cgo

package cpu

// vector reports whether there are kernels with vector instructions.
const vector = false

func (c *call) kernel() { panic("cpu: there are no kernels") }
