//go:build cgo && linux

package cuda

// #include <stdlib.h>
// #include "driver.h"
import "C"

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/resident-go/resident/runtime/cuda/kernels"
	"github.com/resident-go/resident/runtime/device"
)

// list is operations as kernel launches.
type list struct {
	d        *Device
	commands []C.struct_command
	names    []string // of the kernels, "" for products
	args     []byte   // of all of them
	blocks   []*block // scratch memory
	err      error    // the first operand that is not ours
	of, part int      // how many operations it is made from, and which part of them it is
}

// grid is how many blocks a kernel runs in, in three directions.
type grid [3]int

// kernel is a kernel that the driver has.
type kernel struct {
	function uint64
	args     int // bytes
}

// sharedMost is what a kernel may ask for on all devices that we take: 99 KiB on compute capability 8.6 and 8.9.
func (d *Device) sharedMost() int { return int(d.facts.shared) }

// lookUp finds a kernel, and has the driver compile its family when it is the first of it.
func (d *Device) lookUp(name string) (*kernel, error) {
	if k := d.kernels[name]; k != nil {
		return k, nil
	}
	known, ok := kernels.All()[name]
	if !ok {
		return nil, fmt.Errorf("%s: there is no kernel %q", d.info.Name, name)
	}
	module, err := d.module(known.Family)
	if err != nil {
		return nil, err
	}
	k := &kernel{args: known.Args}
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	var f C.uint64_t
	if code := C.module_function(&d.session, module, text, C.int(d.sharedMost()), &f); code != 0 {
		return nil, d.broke("find kernel "+name, code)
	}
	k.function = uint64(f)
	d.kernels[name] = k
	return k, nil
}

func (d *Device) module(family string) (unsafe.Pointer, error) {
	if m := d.modules[family]; m != nil {
		return m, nil
	}
	ptx, err := kernels.PTX(family)
	if err != nil {
		return nil, err
	}
	text := C.CString(ptx)
	defer C.free(unsafe.Pointer(text))
	log := (*C.char)(C.calloc(1, 8<<10))
	defer C.free(unsafe.Pointer(log))
	var m unsafe.Pointer
	if code := C.module_load(&d.session, text, &m, log, 8<<10); code != 0 {
		return nil, fmt.Errorf("%w\n%s", d.broke("compile the kernels of "+family, code), C.GoString(log))
	}
	d.modules[family] = m
	return m, nil
}

// launch adds a kernel. Its arguments are a struct that has the same fields as that of the kernel.
func launch[A any](l *list, name string, g grid, threads, shared int, args A) error {
	if l.err != nil {
		return l.err
	}
	k, err := l.d.lookUp(name)
	if err != nil {
		return err
	}
	if size := int(unsafe.Sizeof(args)); size != k.args {
		return fmt.Errorf("kernel %s takes %d bytes of arguments, not %d", name, k.args, size)
	}
	l.add(name, k.function, g, threads, shared, unsafe.Slice((*byte)(unsafe.Pointer(&args)), k.args))
	return l.err
}

// count is a size as kernels take those of which there are several. One that is too large for that is an error of the list.
func (l *list) count(n int) int32 {
	if n > math.MaxInt32 {
		l.err = fmt.Errorf("%d rows, columns or blocks: the GPU's kernels count to %d: %w", n, math.MaxInt32, device.ErrUnsupported)
	}
	return int32(n)
}

// add adds a command. Arguments are aligned as the strictest of them needs it.
func (l *list) add(name string, function uint64, g grid, threads, shared int, args []byte) {
	for len(l.args)%16 != 0 {
		l.args = append(l.args, 0)
	}
	c := C.struct_command{function: C.uint64_t(function), threads: C.uint32_t(threads), shared: C.uint32_t(shared), args: C.uint32_t(len(l.args)), size: C.uint32_t(len(args))}
	for i, n := range g {
		c.grid[i] = C.uint32_t(l.count(n))
	}
	l.args = append(l.args, args...)
	l.commands = append(l.commands, c)
	l.names = append(l.names, name)
}

// addr is the address of a view's first element; 0 of an operand that was left out.
func (l *list) addr(v device.View) uint64 {
	if !v.Given() {
		return 0
	}
	b, ok := v.Data.(*Buffer)
	switch {
	case !ok || b.d != l.d:
		l.err = fmt.Errorf("an operand %s of %s is on %s", v, l.d.info.Name, v.Data.Device().Info().Name)
		return 0
	case b.era != l.d.era:
		l.err = fmt.Errorf("an operand %s: %w", v, ErrLost)
		return 0
	}
	return b.address(v.Offset)
}

// scratch is memory until the list is done.
func (l *list) scratch(bytes int) (uint64, error) {
	b, err := l.block(bytes)
	if err != nil {
		return 0, err
	}
	return b.at, nil
}

func (l *list) block(bytes int) (*block, error) {
	b, err := l.d.obtain(bytes)
	if err != nil {
		return nil, fmt.Errorf("scratch memory: %w", err)
	}
	l.blocks = append(l.blocks, b)
	return b, nil
}

// temporary is a view of scratch memory in row-major order.
func (l *list) temporary(t device.DType, shape []int) (device.View, error) {
	layout := device.Contiguous(shape...)
	n := layout.Size()
	b, err := l.block(n * t.Size())
	if err != nil {
		return device.View{}, err
	}
	return device.View{Data: &Buffer{d: l.d, dtype: t, len: n, block: b, era: l.d.era}, Layout: layout}, nil
}

// fault is where kernels note an index that leads nowhere.
func (l *list) fault() uint64 { return l.d.faultAt }

// reset empties the list. What lay in scratch memory is used in the order of the stream only, so it can go back at once.
func (l *list) reset() {
	for _, b := range l.blocks {
		l.d.pool.give(b)
	}
	l.commands, l.names, l.args, l.blocks, l.err = l.commands[:0], l.names[:0], l.args[:0], l.blocks[:0], nil
}

// suffix is how the name of a type's kernels ends.
func suffix(t device.DType) string {
	return [...]string{device.F32: "_f32", device.F64: "_f64", device.BF16: "_bf16", device.I32: "_i32", device.I8: "_i8"}[t]
}

// fit brings an operand into a form that a kernel takes. Unless it has the type t and is as ok wants it, it is replaced by a contiguous array in scratch
// memory, filled if it is read. What comes back copies a result to where it belongs.
func (l *list) fit(v *device.View, t device.DType, ok func(device.View) bool, read bool) (back func() error, err error) {
	nothing := func() error { return nil }
	if !v.Given() || v.DType() == t && (ok == nil || ok(*v)) {
		return nothing, nil
	}
	original := *v
	made, err := l.temporary(t, v.Shape)
	if err != nil {
		return nil, err
	}
	if read {
		if err := l.copy(device.Copy{Dst: made, X: original}); err != nil {
			return nil, err
		}
	}
	*v = made
	return func() error { return l.copy(device.Copy{Dst: original, X: made}) }, nil
}

// contiguous is a form for fit.
func contiguous(v device.View) bool { return v.IsContiguous() }

// rows describes a view as rows whose elements lie side by side, at one distance from each other.
func rows(v device.View) (n, width, ld int, ok bool) {
	last := v.Rank() - 1
	if last < 0 {
		return 1, 1, 1, true
	}
	n, width = 1, v.Shape[last]
	if width > 1 && v.Strides[last] != 1 {
		return 0, 0, 0, false
	}
	ld = 0
	for i := last - 1; i >= 0; i-- {
		switch {
		case v.Shape[i] == 1:
			continue
		case n == 1:
			ld = v.Strides[i]
		case v.Strides[i] != n*ld:
			return 0, 0, 0, false
		}
		n *= v.Shape[i]
	}
	if n == 1 {
		ld = width
	}
	return n, width, ld, true
}
