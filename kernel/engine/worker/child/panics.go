package child

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"

	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/kernel/engine/worker"
)

// outcome says how a task's own goroutine ended. It is called from the deferred function that recovered, while the
// frames of the panic are still on the stack.
func outcome(t *task, returned bool, v any) worker.Event {
	pcs := callers()
	switch {
	case v != nil || !returned && panicking(pcs):
		return ending(v, pcs, 0)
	case t.cut.Load():
		return worker.Event{Status: "interrupted"}
	}
	return worker.Event{Status: "ok"} // returned, or called runtime.Goexit itself
}

// ending is the event for a goroutine that ended with the panic value v, which it panicked with again so many times.
func ending(v any, pcs []uintptr, repanicked int) worker.Event {
	return worker.Event{
		Status: "panic",
		Type:   fmt.Sprintf("%T", v),
		Value:  panicText(v),
		Frames: frames(pcs, repanicked),
		Stack:  string(debug.Stack()),
	}
}

func callers() []uintptr {
	pcs := make([]uintptr, 64)
	for {
		n := runtime.Callers(2, pcs)
		if n < len(pcs) || n >= maxFrames {
			return pcs[:n]
		}
		pcs = make([]uintptr, 4*len(pcs))
	}
}

// maxFrames bounds the trace of a runaway recursion.
const maxFrames = 4096

// panicking reports whether the stack goes through a panic; without one, a goroutine that did not return was ended by
// runtime.Goexit. (A recovered nil does not tell: panic(nil) under GODEBUG=panicnil=1 looks the same.)
func panicking(pcs []uintptr) bool {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == "runtime.gopanic" {
			return true
		}
		if !more {
			return false
		}
	}
}

// frames returns the user's part of the stack: from the call that panicked to the cell's function, or to the one that
// a go statement called. The runtime's own frames are left out, and all that runs after the panic: of a
// value that was recovered and panicked with again, the first panic counts.
func frames(pcs []uintptr, repanicked int) []worker.Frame {
	var trace []worker.Frame
	before := repanicked + 1 // panics to pass on the way down
	all := runtime.CallersFrames(pcs)
	for {
		f, more := all.Next()
		switch {
		case strings.HasPrefix(f.Function, workerPackage):
			if before <= 0 {
				return trace
			}
		case f.Function == "runtime.gopanic":
			before--
		case before <= 0 && !strings.HasPrefix(f.Function, "runtime.") && f.File != "":
			trace = append(trace, worker.Frame{Func: nameOf(f), File: f.File, Line: f.Line})
		}
		if !more {
			return trace
		}
	}
}

// nameOf is the function of a frame. The runtime keeps names in a table for each library and takes offset 0 to mean
// no name; in the small library of a cell, a function of the cell can be first in the table.
func nameOf(f runtime.Frame) string {
	if f.Function != "" {
		return f.Function
	}
	m := findfunc(f.PC).module
	if m == nil || *m.magic != pclntabMagic {
		return ""
	}
	name, _, _ := bytes.Cut(m.funcnametab, []byte{0})
	return string(name)
}

//go:linkname findfunc runtime.findfunc
func findfunc(pc uintptr) funcInfo

// funcInfo is runtime.funcInfo.
type funcInfo struct {
	_      unsafe.Pointer // the function
	module *moduleHead
}

// pclntabMagic says that the tables are as this package knows them.
const pclntabMagic = 0xfffffff1

// moduleHead is the head of runtime.moduledata.
type moduleHead struct {
	magic       *uint32 // pcHeader, whose first field it is
	funcnametab []byte
}

var workerPackage = reflect.TypeFor[task]().PkgPath() + "."

// panicText is the value as the runtime prints it after "panic: ", except that what the runtime gives as an address
// is written out.
func panicText(v any) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("(%T: panic while printing the value: %v)", v, r)
		}
	}()
	switch v := v.(type) {
	case nil:
		return "nil"
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	return plainPanic(reflect.ValueOf(v))
}

func plainPanic(v reflect.Value) string {
	named := v.Type().PkgPath() != ""
	k := v.Kind()
	if k != reflect.String && (k < reflect.Bool || k > reflect.Complex128) {
		return fmt.Sprintf("(%s) %s", v.Type(), display.Plain(v.Interface()))
	}
	text := fmt.Sprint(v)
	switch {
	case !named:
		return text
	case k == reflect.String:
		return fmt.Sprintf(`%s("%s")`, v.Type(), text)
	case k == reflect.Complex64 || k == reflect.Complex128: // has its parentheses
		return v.Type().String() + text
	}
	return fmt.Sprintf("%s(%s)", v.Type(), text)
}
