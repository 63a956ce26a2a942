//go:build cgo && linux

package cuda

// #include "driver.h"
import "C"

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unsafe"
)

// Profile runs f and returns what kernels took in it, the longest first. Kernels run one by one meanwhile, and wait for each other.
func (d *Device) Profile(f func()) []Timing {
	d.mu.Lock()
	d.times = map[string]*Timing{}
	d.mu.Unlock()
	f()
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []Timing
	for _, t := range d.times {
		all = append(all, *t)
	}
	d.times = nil
	slices.SortFunc(all, func(a, b Timing) int { return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Kernel, b.Kernel)) })
	return all
}

func (d *Device) handOverTimed(l *list) error {
	took := make([]C.float, len(l.commands))
	var failed C.int
	code := C.list_time(&d.session, &l.commands[0], C.int(len(l.commands)), (*C.uint8_t)(unsafe.SliceData(l.args)), &took[0], &failed)
	if code != 0 {
		return d.broke("run kernel "+l.label(int(failed)), code)
	}
	for i, ms := range took {
		name := l.names[i]
		if name == "" {
			name = d.describeProduct(l.argsOf(i))
		}
		t := d.times[name]
		if t == nil {
			t = &Timing{Kernel: name}
			d.times[name] = t
		}
		t.Calls++
		t.Time += time.Duration(float64(ms) * float64(time.Millisecond))
	}
	return nil
}

// describeProduct finds the sizes of a product by its plan.
func (d *Device) describeProduct(args []byte) string {
	call := (*C.struct_lt_call)(unsafe.Pointer(unsafe.SliceData(args)))
	for s, plan := range d.plans {
		if plan == call.plan {
			return fmt.Sprintf("product [%d %d]·[%d %d] x %d, end %d", s.n, s.k, s.k, s.m, s.batch, s.epilogue)
		}
	}
	return "product"
}
