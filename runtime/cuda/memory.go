//go:build cgo && linux

package cuda

// #include "driver.h"
import "C"

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/resident-go/resident/runtime/device"
)

// Buffer is memory of a GPU. It goes back to the device's pool when nothing refers to it any more.
type Buffer struct {
	d     *Device
	dtype device.DType
	len   int
	block *block // nil if there are no elements
	era   int    // of the device's memory; see Device.era
}

// Device implements [device.Buffer].
func (b *Buffer) Device() device.Device { return b.d }

// DType implements [device.Buffer].
func (b *Buffer) DType() device.DType { return b.dtype }

// Len implements [device.Buffer].
func (b *Buffer) Len() int { return b.len }

// address of an element.
func (b *Buffer) address(at int) uint64 {
	if b.block == nil {
		return 0
	}
	return b.block.at + uint64(at*b.dtype.Size())
}

// dropped are blocks that nothing refers to any more, on their way back to the pool: the garbage collector leaves them here.
type dropped struct {
	sync.Mutex
	blocks []*block
}

func (d *dropped) add(b *block) {
	d.Lock()
	defer d.Unlock()
	d.blocks = append(d.blocks, b)
}

func (d *dropped) taken() []*block {
	d.Lock()
	defer d.Unlock()
	all := d.blocks
	d.blocks = nil
	return all
}

// Alloc implements [device.Device]. When the device's memory is full, what is garbage is collected and what lies idle is given back before that is an error.
func (d *Device) Alloc(t device.DType, n int) (device.Buffer, error) {
	const most = 1 << 46
	if n < 0 || n > most/t.Size() {
		return nil, fmt.Errorf("allocate %d elements of %s: no such size", n, t)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	b := &Buffer{d: d, dtype: t, len: n, era: d.era}
	if n == 0 {
		return b, nil
	}
	size := n * t.Size()
	block, err := d.obtain(size)
	if err != nil {
		return nil, fmt.Errorf("allocate %d elements of %s: %w", n, t, err)
	}
	b.block = block
	runtime.AddCleanup(b, d.dropped.add, block)
	if code := C.memory_clear(&d.session, C.uint64_t(block.at), C.size_t(size)); code != 0 {
		return nil, d.broke("clear new memory", code)
	}
	return b, nil
}

// obtain returns a block.
func (d *Device) obtain(size int) (*block, error) {
	d.recover()
	if d.pool.used+size > d.collectAt { // the garbage collector sees only the small ends of what lies on the device
		collect()
		d.recover()
		d.collectAt = max(1<<30, 2*(d.pool.used+size))
	}
	if b := d.pool.take(size); b != nil {
		return b, nil
	}
	for _, makeRoom := range []func(){func() {}, func() { collect(); d.recover() }, d.giveBack} {
		makeRoom()
		if b := d.pool.take(size); b != nil {
			return b, nil
		}
		segment := d.pool.segmentFor(size)
		var at C.uint64_t
		code := C.memory_alloc(&d.session, &at, C.size_t(segment))
		switch code {
		case 0:
			d.pool.add(uint64(at), segment, size)
			return d.pool.take(size), nil
		case C.CUDA_OUT_OF_MEMORY:
		default:
			return nil, d.broke("allocate memory", code)
		}
	}
	return nil, d.full(size)
}

// recover puts blocks that were dropped back into the pool.
func (d *Device) recover() {
	for _, b := range d.dropped.taken() {
		if b.arena == &d.pool.small || b.arena == &d.pool.large { // else it went with an earlier memory
			d.pool.give(b)
		}
	}
}

// collect runs the garbage collector and lets it report what it found.
func collect() {
	done := make(chan struct{})
	runtime.AddCleanup(new([64]byte), func(done chan struct{}) { close(done) }, done)
	runtime.GC()
	select { // cleanups run in the order in which they are found, on a goroutine of the runtime's
	case <-done:
	case <-time.After(time.Second):
	}
	runtime.Gosched()
}

// giveBack returns segments of which nothing is used to the driver. Graphs may have their addresses.
func (d *Device) giveBack() {
	if C.session_sync(&d.session) != 0 {
		return
	}
	d.dropGraphs()
	for _, s := range d.pool.idle() {
		C.memory_free(&d.session, C.uint64_t(s.at))
	}
}

// room is how much of the device's memory nobody uses, other programs included, and how much there is; 0 if the driver does not say.
func (d *Device) room() (free, total int) {
	var f, t C.size_t
	if C.memory_info(&d.session, &f, &t) != 0 {
		return 0, 0
	}
	return int(f), int(t)
}

func (d *Device) full(size int) error {
	free, total := d.room()
	return fmt.Errorf("%w: %s of %s are wanted; %s has %s, of which %s are free and %s are in use by %d buffers of this program", ErrMemory,
		megabytes(size), d.info.Name, d.info.Model, megabytes(total), megabytes(free), megabytes(d.pool.used), d.pool.blocks)
}

func megabytes(n int) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// Used is how many bytes of the device's memory buffers take.
func (d *Device) Used() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recover()
	return d.pool.used
}
