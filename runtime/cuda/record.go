//go:build cgo && linux

package cuda

// #include "driver.h"
import "C"

import (
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

// recording is a list that is run again and again as it is: translated once, and handed over as one graph in one call.
type recording struct {
	d     *Device
	ops   []device.Op // keep the operands
	list  list
	graph *C.struct_graph
	era   int
}

// Record implements [device.Recorder].
func (d *Device) Record(ops ...device.Op) (device.Recording, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &recording{d: d, ops: slices.Clone(ops), list: list{d: d}, graph: &C.struct_graph{}, era: d.era}
	for rest := r.ops; len(rest) > 0; {
		n, err := r.list.next(rest)
		if err != nil {
			r.list.reset()
			return nil, err
		}
		rest = rest[n:]
	}
	for _, b := range r.list.blocks {
		runtime.AddCleanup(r, d.dropped.add, b)
	}
	runtime.AddCleanup(r, d.dropped.addGraph, droppedGraph{r.graph, r.era})
	return r, nil
}

// Run implements [device.Recording].
func (r *recording) Run() error {
	d, l := r.d, &r.list
	d.mu.Lock()
	defer d.mu.Unlock()
	defer runtime.KeepAlive(r)
	if r.era != d.era {
		return fmt.Errorf("a recording of %d operations: %w", len(r.ops), ErrLost)
	}
	if len(l.commands) == 0 {
		return nil
	}
	if d.times != nil || d.blocking || d.noGraphs {
		return d.handOver(l)
	}
	d.note(l)
	if r.graph.exec == nil {
		if err := d.capture(r.graph, l); err != nil {
			return err
		}
	}
	return d.launchGraph(r.graph, l, nil)
}

// fetch is memory for what comes back from the device behind other work.
type fetch struct {
	mem   []byte // pinned
	event unsafe.Pointer
	busy  bool
	uses  int
}

// use is one use of a fetch. One that nobody waits for any more is given back by the garbage collector.
type use struct {
	*fetch
	number, era int
}

// over ends a use, unless it has ended.
func (u use) over() {
	if u.uses == u.number {
		u.busy = false
	}
}

// fetchLeast is how large such memory is at least.
const fetchLeast = 1 << 10

// fetchFor returns one that has room for so many bytes.
func (d *Device) fetchFor(bytes int) (*fetch, error) {
	d.recover()
	for _, f := range d.fetches {
		if !f.busy && len(f.mem) >= bytes {
			return f, nil
		}
	}
	size := max(bytes, fetchLeast)
	f := &fetch{}
	var host unsafe.Pointer
	var at C.uint64_t
	if code := C.memory_pinned(&d.session, &host, &at, C.size_t(size)); code != 0 {
		return nil, driverError(code)
	}
	if code := C.event_make(&d.session, &f.event); code != 0 {
		return nil, driverError(code)
	}
	f.mem = unsafe.Slice((*byte)(host), size)
	d.fetches = append(d.fetches, f)
	return f, nil
}

// Fetch implements [device.Fetcher].
func (d *Device) Fetch(src device.Buffer, at, n int) (wait func(dst []byte) error, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, err := d.part(src, at, n)
	if err != nil {
		return nil, fmt.Errorf("fetch %d bytes at element %d: %w", n, at, err)
	}
	f, err := d.fetchFor(n)
	if err != nil {
		return nil, fmt.Errorf("fetch %d bytes: %w", n, err)
	}
	code := C.memory_fetch(&d.session, unsafe.Pointer(&f.mem[0]), C.uint64_t(from), C.size_t(n))
	if code == 0 {
		code = C.event_record(&d.session, f.event)
	}
	if code != 0 {
		return nil, d.broke("copy from the device", code)
	}
	f.busy = true
	f.uses++
	d.counts.Down += n
	u := &use{f, f.uses, d.era}
	runtime.AddCleanup(u, d.dropped.addUse, *u)
	return func(dst []byte) error { return d.fetched(u, dst[:n]) }, nil
}

// fetched waits for a copy alone.
func (d *Device) fetched(u *use, dst []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u.era != d.era {
		return ErrLost
	}
	defer u.over()
	d.counts.Waits++
	if code := C.event_wait(&d.session, u.event); code != 0 {
		return d.broke("wait for a copy from the device", code)
	}
	copy(dst, u.mem)
	return d.fault.taken()
}
