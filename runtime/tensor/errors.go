package tensor

import (
	"fmt"

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

// run hands operations to the device of the tensor they write to.
func run(op string, dev device.Device, ops ...device.Op) {
	for _, o := range ops {
		must(op, dev.Run(o))
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
