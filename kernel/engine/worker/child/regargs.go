package child

import (
	"math"
	"reflect"
	"runtime"
	"unsafe"
)

// Functions that package reflect makes (MakeFunc, method values) keep the arguments that came in registers in an object on the stack, of
// which the runtime tells the collector where its pointers are: a bit mask at a distance from its library's constants. In a
// shared library, Go's linker (1.26) makes the compiler's load of that mask's address one of something else: the mask is a part of a
// symbol, and the distance from its beginning becomes one from the entry in the table of addresses. The collector then takes
// numbers in registers for pointers ("found bad pointer in Go heap"). So the worker says it again.

// stackObject is runtime.stackObjectRecord.
type stackObject struct {
	offset, size, pointers int32
	mask                   uint32 // from the library's constants
}

//go:linkname regArgsObject runtime.methodValueCallFrameObjs
var regArgsObject [1]stackObject

// regArgsMask has a bit for each word of internal/abi.RegArgs: of its parts, Ints, Floats and Ptrs, the last holds pointers.
var regArgsMask [16]byte

// regArgs are the numbers of registers for integers and for floats.
var regArgs = map[string][2]int{"amd64": {9, 15}, "arm64": {16, 16}}[runtime.GOARCH]

// mendRegArgs sets the mask. Where anything is not as it is known here, everything stays as it is.
func mendRegArgs() {
	o := &regArgsObject[0]
	ints, words := regArgs[0], 2*regArgs[0]+regArgs[1]
	if ints == 0 || int(o.pointers) != 8*words || words > 8*len(regArgsMask) {
		return
	}
	rodata, ok := constantsOf(uintptr(unsafe.Pointer(o)))
	distance := uintptr(unsafe.Pointer(&regArgsMask)) - rodata
	if !ok || distance > math.MaxUint32 {
		return
	}
	for i := words - ints; i < words; i++ {
		regArgsMask[i/8] |= 1 << (i % 8)
	}
	o.mask = uint32(distance)
}

// constantsOf returns where the constants are of the library that has a variable without pointers and initial value at addr.
func constantsOf(addr uintptr) (rodata uintptr, ok bool) {
	frame, _ := reflect.TypeFor[runtime.Frame]().FieldByName("funcInfo")
	if frame.Type == nil {
		return 0, false
	}
	module, _ := frame.Type.FieldByName("datap")
	if module.Type == nil || module.Type.Kind() != reflect.Pointer {
		return 0, false
	}
	var at [3]uintptr
	for i, name := range []string{"noptrbss", "enoptrbss", "rodata"} {
		f, found := module.Type.Elem().FieldByName(name)
		if !found {
			return 0, false
		}
		at[i] = f.Offset
	}
	for _, m := range activeModules() {
		word := func(i int) uintptr { return *(*uintptr)(unsafe.Add(m, at[i])) }
		if word(0) <= addr && addr < word(1) {
			return word(2), true
		}
	}
	return 0, false
}
