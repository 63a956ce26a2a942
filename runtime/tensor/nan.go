package tensor

import (
	"math"
	"slices"
	"sync/atomic"

	"github.com/resident-go/resident/runtime/device"
)

// checking is whether results are searched for NaN.
var checking atomic.Bool

// CheckNaN turns a search on or off, for the whole program: each operation, forward and backward, then panics when its result has a NaN that its operands
// did not have, and the error names the operation. It costs a pass over every result, and is for finding out what went wrong.
func CheckNaN(on bool) (before bool) { return checking.Swap(on) }

func refuseNaN(op string, out *Tensor, inputs []*Tensor) {
	if out.hasNaN() && !slices.ContainsFunc(inputs, (*Tensor).hasNaN) {
		fail(op, "the result %s has a NaN, the operands have none", out.view())
	}
}

func (t *Tensor) hasNaN() bool {
	if !t.DType().IsFloat() || t.Size() == 0 {
		return false
	}
	return math.IsNaN(t.Detach().reduce(device.Max, nil).Item())
}
