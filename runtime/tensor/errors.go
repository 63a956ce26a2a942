package tensor

import (
	"fmt"
	"strings"

	"github.com/resident-go/resident/runtime/device"
)

// Error is what operations panic with when their operands do not fit.
type Error struct {
	Op  string // the operation
	Err error  // what was expected, and what came
}

func (e *Error) Error() string { return "tensor: " + e.Op + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// Try calls f and returns the [*Error] that it panics with, if it does. Other panics go on.
func Try(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

func fail(op, format string, args ...any) {
	panic(&Error{Op: op, Err: fmt.Errorf(format, args...)})
}

func must(op string, err error) {
	if err != nil {
		panic(&Error{Op: op, Err: err})
	}
}

// run hands an operation to the device of the tensor it writes to.
func run(op string, dev device.Device, o device.Op) {
	if err := dev.Run(o); err != nil {
		panic(&Error{Op: op, Err: renamed{err}})
	}
}

// renamed is a device's error without the device's name for the operation.
type renamed struct{ error }

func (r renamed) Error() string {
	text := r.error.Error()
	if name, rest, ok := strings.Cut(text, ": "); ok && !strings.ContainsAny(name, " :") {
		return rest
	}
	return text
}

func (r renamed) Unwrap() error { return r.error }

// indices refuses what does not index.
func indices(op, what string, ids *Tensor) {
	if ids.DType() != device.I32 {
		fail(op, "want i32 %s, got %s", what, ids.view())
	}
}

// given refuses a nil tensor, such as the gradient of one that has none.
func given(op string, all ...*Tensor) {
	for i, t := range all {
		if t == nil {
			fail(op, "operand %d is nil; Grad is that before Backward, and of tensors that are not tracked", i+1)
		}
	}
}

// dim resolves a dimension that may count from the end.
func dim(op string, d, rank int) int {
	at := d
	if at < 0 {
		at += rank
	}
	if at < 0 || at >= rank {
		fail(op, "dimension %d does not exist, there are %d", d, rank)
	}
	return at
}
