//go:build cgo

package cpu

// #cgo linux LDFLAGS: -lm
// #include "kern.h"
// #cgo noescape kern_run
// #cgo nocallback kern_run
import "C"

import "unsafe"

// Both sides agree on the size of a call, and on the numbers of its last family.
var (
	_ [unsafe.Sizeof(call{})]byte = [C.sizeof_kern_call]byte{}
	_ [familyScatterAdd + 1]byte  = [C.FAMILIES]byte{}
)

// vector reports whether there are kernels with vector instructions.
const vector = true

// kernel runs a call with the kernels of the level in use. The operation that it was made of must live until it returns.
func (c *call) kernel() {
	poolStart()
	C.kern_run((*C.kern_call)(unsafe.Pointer(c)))
}
