//go:build cgo && linux

package cuda

// #include "driver.h"
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

// stage is host memory that the device can read and write by itself, outside of Go's heap. What goes up is put into one slot after the other, so that
// nobody waits for a copy that is under way.
type stage struct {
	slots [8]slot
	next  int
	down  []byte
}

type slot struct {
	mem   []byte
	event unsafe.Pointer
	busy  bool
}

const slotSize = 1 << 20

func (s *stage) open(d *Device) error {
	*s = stage{}
	pinned := func() ([]byte, error) {
		var host unsafe.Pointer
		var at C.uint64_t
		if code := C.memory_pinned(&d.session, &host, &at, slotSize); code != 0 {
			return nil, driverError(code)
		}
		return unsafe.Slice((*byte)(host), slotSize), nil
	}
	var err error
	for i := range s.slots {
		if s.slots[i].mem, err = pinned(); err != nil {
			return err
		}
		if code := C.event_make(&d.session, &s.slots[i].event); code != 0 {
			return driverError(code)
		}
	}
	s.down, err = pinned()
	return err
}

// Write implements [device.Device]. It does not wait for the device, unless much is written.
func (d *Device) Write(dst device.Buffer, at int, src []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	to, err := d.part(dst, at, len(src))
	if err != nil {
		return fmt.Errorf("write %d bytes at element %d: %w", len(src), at, err)
	}
	for len(src) > 0 {
		s := &d.stage.slots[d.stage.next]
		d.stage.next = (d.stage.next + 1) % len(d.stage.slots)
		if s.busy {
			if code := C.event_wait(&d.session, s.event); code != 0 {
				return d.broke("wait for a copy to the device", code)
			}
		}
		n := copy(s.mem, src)
		code := C.memory_up(&d.session, C.uint64_t(to), unsafe.Pointer(&s.mem[0]), C.size_t(n))
		if code == 0 {
			code = C.event_record(&d.session, s.event)
		}
		if code != 0 {
			return d.broke("copy to the device", code)
		}
		s.busy = true
		d.counts.Up += n
		src, to = src[n:], to+uint64(n)
	}
	return nil
}

// Read implements [device.Device].
func (d *Device) Read(dst []byte, src device.Buffer, at int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, err := d.part(src, at, len(dst))
	if err != nil {
		return fmt.Errorf("read %d bytes at element %d: %w", len(dst), at, err)
	}
	if len(dst) == 0 {
		return d.sync()
	}
	for len(dst) > 0 {
		n := min(len(dst), slotSize)
		if code := C.memory_down(&d.session, unsafe.Pointer(&d.stage.down[0]), C.uint64_t(from), C.size_t(n)); code != 0 {
			return d.broke("copy from the device", code)
		}
		copy(dst, d.stage.down[:n])
		d.counts.Down += n
		d.counts.Waits++
		dst, from = dst[n:], from+uint64(n)
	}
	d.recent = d.recent[:0]
	return d.fault.taken()
}

// part is the address of n bytes of a buffer from an element on.
func (d *Device) part(b device.Buffer, at, n int) (uint64, error) {
	mine, ok := b.(*Buffer)
	if !ok || mine.d != d {
		return 0, fmt.Errorf("the buffer is on %s", b.Device().Info().Name)
	}
	if mine.era != d.era {
		return 0, ErrLost
	}
	size := mine.dtype.Size()
	if at < 0 || at > mine.len || n > (mine.len-at)*size {
		return 0, fmt.Errorf("the buffer has %d elements of %s", mine.len, mine.dtype)
	}
	return mine.address(at), nil
}
