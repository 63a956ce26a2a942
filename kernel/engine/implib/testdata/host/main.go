// Host loads libraries of cells and runs their main functions. It does what the worker does, in the fewest lines.
//
// usage: host LIBRARY...
package main

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>

static void *open_library(const char *path, char **err) {
	void *h = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!h) *err = dlerror();
	return h;
}
*/
import "C"

import (
	"log"
	"os"
	"unsafe"

	// Who is imported here is initialized before the first cell.
	_ "bytes"
	_ "encoding/json"
	_ "errors"
	_ "fmt"
	_ "iter"
	_ "maps"
	_ "math/big"
	_ "net/url"
	_ "reflect"
	_ "runtime/debug"
	_ "slices"
	_ "sort"
	_ "strings"
	_ "sync"
	_ "text/tabwriter"
	_ "time"
)

type initTask struct{}

//go:linkname modulesinit runtime.modulesinit
func modulesinit()

//go:linkname typelinksinit runtime.typelinksinit
func typelinksinit()

//go:linkname itabsinit runtime.itabsinit
func itabsinit()

//go:linkname doInit1 runtime.doInit1
func doInit1(t *initTask)

func main() {
	log.SetFlags(0)
	for _, path := range os.Args[1:] {
		load(path)
	}
}

// load opens a library, initializes what is new in it and runs its main, if any. A cell may hold a copy of a package of
// the carrier, which must not be initialized again.
func load(path string) {
	var msg *C.char
	h := C.open_library(C.CString(path), &msg)
	if h == nil {
		log.Fatal(C.GoString(msg))
	}
	modulesinit()
	typelinksinit()
	itabsinit()
	inits := []string{"cells/carrier.v2/leaf", "cells/carrier%2ev2"}
	run := C.dlsym(h, C.CString("main.main.abiinternal"))
	if run != nil {
		inits = []string{"main"}
	}
	for _, name := range inits {
		// An init task is {state, number of functions uint32}; doInit1 wants at least one.
		if p := C.dlsym(h, C.CString(name+"..inittask")); p != nil && (*[2]uint32)(p)[1] > 0 {
			doInit1((*initTask)(p))
		}
	}
	if run != nil {
		pc := uintptr(run)
		fn := &pc
		(*(*func())(unsafe.Pointer(&fn)))()
	}
}
