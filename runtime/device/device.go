package device

import (
	"errors"
	"fmt"
)

// Device computes.
type Device interface {
	Info() Info
	// Alloc returns a buffer of n elements, all zero.
	Alloc(t DType, n int) (Buffer, error)
	// Write copies bytes into a buffer, from its element at on.
	Write(dst Buffer, at int, src []byte) error
	// Read waits for what was handed over before and copies elements of a buffer, from element at on, until dst is full.
	Read(dst []byte, src Buffer, at int) error
	// Run hands operations over. A device that works on its own may not be done when Run returns, and what goes wrong then is
	// returned by Sync. An operation that Check refuses is not run, nor are those behind it.
	Run(ops ...Op) error
	// Sync waits for all that was handed over.
	Sync() error
}

// Buffer is memory of a device: numbers of one type. It is freed when nothing refers to it any more.
type Buffer interface {
	Device() Device
	DType() DType
	Len() int // in elements
}

// View is an array in a buffer. The zero View stands for an operand that is left out.
type View struct {
	Data Buffer
	Layout
}

// Given reports whether the operand was not left out.
func (v View) Given() bool { return v.Data != nil }

// DType is the type of the elements.
func (v View) DType() DType { return v.Data.DType() }

func (v View) String() string {
	if !v.Given() {
		return "none"
	}
	return v.DType().String() + Shape(v.Shape).String()
}

// Of returns the view of a whole buffer in row-major order.
func Of(b Buffer, shape ...int) View { return View{b, Contiguous(shape...)} }

// At returns the view with another layout.
func (v View) At(l Layout) View { return View{v.Data, l} }

// Info describes a device to people and to programs that plan for it.
type Info struct {
	Name    string  // "cpu", "cuda:0"
	Model   string  // what the maker calls it
	Detail  string  // instruction set, libraries, whatever decides its speed
	Threads int     // how many threads compute
	Memory  int64   // bytes, 0 if unknown
	Peak    float64 // FLOP/s of F32 products as measured on this machine, 0 if unknown
}

// Op is an operation with its operands.
type Op interface {
	// Check returns an error that names the operation and its operands when they do not fit each other.
	Check() error
}

// ErrUnsupported is wrapped by errors about operations that a device does not have.
var ErrUnsupported = errors.New("not supported by this device")

// complain makes the error of an operation: its name, what is wrong, and the operands as they are.
func complain(op, why string, operands ...View) error {
	msg := op + ": " + why
	for i, v := range operands {
		if i == 0 {
			msg += " ("
		} else {
			msg += ", "
		}
		msg += v.String()
	}
	if len(operands) > 0 {
		msg += ")"
	}
	return errors.New(msg)
}

// check returns the first error of an operation: an operand that is missing, reaches out of its buffer or lives elsewhere.
func check(op string, operands ...View) error {
	for i, v := range operands {
		if !v.Given() {
			return complain(op, fmt.Sprintf("operand %d is missing", i+1), operands...)
		}
	}
	return checkOptional(op, operands[0], operands...)
}

// checkOptional is check for operands that may be left out, beside the first one of the operation.
func checkOptional(op string, first View, operands ...View) error {
	for i, v := range operands {
		switch {
		case !v.Given():
		case !v.within(v.Data.Len()):
			return complain(op, fmt.Sprintf("operand %d, with strides %v from %d on, reaches out of its buffer of %d", i+1, v.Strides, v.Offset, v.Data.Len()), operands...)
		case v.Data.Device() != first.Data.Device():
			return complain(op, fmt.Sprintf("operands are on %s and %s", first.Data.Device().Info().Name, v.Data.Device().Info().Name), operands...)
		}
	}
	return nil
}

// given are the operands that were not left out.
func given(operands ...View) []View {
	var out []View
	for _, v := range operands {
		if v.Given() {
			out = append(out, v)
		}
	}
	return out
}
