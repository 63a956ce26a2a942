//go:build cgo && linux

package cuda

// #include "driver.h"
// #include "lt.h"
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Error is a result of the driver that is no success, or a status of cublas.
type Error struct {
	Code int    // of the driver's; a status of cublas has 1<<16 added
	Name string // CUDA_ERROR_ILLEGAL_ADDRESS
	Text string // what the driver says about it
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%s, %d)", e.Text, e.Name, e.Code) }

func driverError(code C.int) error {
	if code == 0 {
		return nil
	}
	if status := code - C.LT_STATUS; status > 0 {
		return &Error{int(code), fmt.Sprintf("CUBLAS_STATUS %d", status), "cublasLt failed"}
	}
	return &Error{int(code), C.GoString(C.driver_error_name(code)), C.GoString(C.driver_error_text(code))}
}

// lasting are the errors after which a context can do nothing any more: illegal address, launch timeout, assert, hardware stack error, illegal instruction,
// misaligned address, invalid address space, invalid pc, launch failed; "unknown"; and those of cublas that come of such: mapping error, execution failed,
// internal error.
var lasting = []int{700, 702, 710, 714, 715, 716, 717, 718, 719, 999, C.LT_STATUS + 11, C.LT_STATUS + 13, C.LT_STATUS + 14}

// ErrLost is wrapped by errors about buffers whose contents were lost when the device had to be started afresh.
var ErrLost = errors.New("lost when the device was started afresh after an error")

// broke is called with an error of the driver. After one that lasts, the context is thrown away and another begun, so that the session can go on; what was in the
// device's memory is lost.
func (d *Device) broke(doing string, code C.int) error {
	err := driverError(code)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %s: %w", d.info.Name, doing, err)
	if !slices.Contains(lasting, int(code)) {
		return err
	}
	suspects := d.suspects()
	if again := d.restart(); again != nil {
		return errors.Join(err, fmt.Errorf("%s cannot be started afresh: %w", d.info.Name, again))
	}
	return fmt.Errorf("%w; it came from %s; the device was started afresh, what was in its memory is lost", err, suspects)
}

// suspects names the kernels that were handed over since the device was last known to be well.
func (d *Device) suspects() string {
	if len(d.recent) == 0 {
		return "a copy"
	}
	names := slices.Compact(slices.Sorted(slices.Values(d.recent)))
	if len(names) == 1 {
		return "kernel " + names[0]
	}
	return "one of the kernels " + strings.Join(names, ", ") + " (RESIDENT_CUDA_BLOCKING=1 tells which)"
}
