//go:build cgo && linux

package cuda

// #cgo CFLAGS: -O2 -Wall
// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "driver.h"
// #include "lt.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

func init() {
	device.Register("cuda:0", func() (device.Device, error) { return New(0) })
}

const driverName = "libcuda.so.1"

// driver loads the driver's library, once, and returns how many devices it has.
var driver = sync.OnceValues(func() (int, error) {
	path := os.Getenv("RESIDENT_CUDA_DRIVER")
	switch path {
	case "none":
		return 0, errors.New("hidden by RESIDENT_CUDA_DRIVER=none")
	case "":
		path = driverName
	}
	if why := load(path, func(p *C.char) *C.char { return (*C.char)(C.driver_load(p)) }); why != "" {
		return 0, fmt.Errorf("no NVIDIA driver: %s", why)
	}
	var n C.int
	if code := C.driver_count(&n); code != 0 {
		return 0, fmt.Errorf("the NVIDIA driver does not start: %w", driverError(code))
	}
	if n == 0 {
		return 0, errors.New("the NVIDIA driver has no device")
	}
	return int(n), nil
})

// load opens a library and returns what is against it.
func load(path string, open func(*C.char) *C.char) string {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	if why := open(p); why != nil {
		return C.GoString(why)
	}
	return ""
}

// products loads cublasLt, once, and returns where it is; "" if there is none.
var products = sync.OnceValue(func() string {
	for _, path := range productLibraries() {
		if load(path, func(p *C.char) *C.char { return (*C.char)(C.lt_load(p)) }) == "" {
			return path
		}
	}
	return ""
})

// productLibraries are the places where cublasLt may be: where the loader looks, a CUDA installation, the wheels of a Python environment.
func productLibraries() []string {
	switch path := os.Getenv("RESIDENT_CUBLASLT"); path {
	case "none":
		return nil
	case "":
	default:
		return []string{path}
	}
	paths := []string{"libcublasLt.so.13", "libcublasLt.so.12"}
	roots := []string{os.Getenv("VIRTUAL_ENV")}
	if python, err := exec.LookPath("python3"); err == nil {
		roots = append(roots, filepath.Dir(filepath.Dir(python)))
		if real, err := filepath.EvalSymlinks(python); err == nil {
			roots = append(roots, filepath.Dir(filepath.Dir(real)))
		}
	}
	patterns := []string{"/usr/local/cuda*/lib64/libcublasLt.so.1[23]"}
	for _, root := range roots {
		if root != "" {
			patterns = append(patterns, filepath.Join(root, "lib*", "python3*", "*-packages", "nvidia", "*", "lib", "libcublasLt.so.1[23]"))
		}
	}
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern)
		slices.SortFunc(found, func(a, b string) int { return strings.Compare(b, a) }) // the newest first
		paths = append(paths, found...)
	}
	return paths
}
