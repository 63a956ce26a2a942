//go:build cgo && linux

package cuda

// #include "driver.h"
// #include "lt.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
)

// ErrMemory is wrapped by errors about memory that is not there.
var ErrMemory = errors.New("out of memory")

// Device is a GPU. Its methods may be called by several goroutines: each hands its work to one stream, one after the other.
type Device struct {
	info    device.Info
	facts   C.struct_facts
	dropped dropped

	peakOnce sync.Once
	peak     float64

	mu        sync.Mutex // for all that follows
	session   C.struct_session
	pool      *pool
	collectAt int // bytes in use from which on garbage is looked for
	era       int // counts how often the memory was lost
	stage     stage
	fault     *fault
	faultAt   uint64 // where the device sees it
	done      *block // counters of kernels whose blocks wait for each other, all zero between kernels; nil before there are any
	fetches   []*fetch
	kernels   map[string]*kernel
	modules   map[string]unsafe.Pointer
	graphs    graphs
	plans     map[C.struct_lt_shape]C.uint64_t // of products; 0 for shapes that cublasLt does not take
	products  bool                             // whether cublasLt is there
	blocking  bool
	noGraphs  bool
	tf32      bool
	list      list               // used again and again
	recent    []string           // kernels since the device was last known to be well
	times     map[string]*Timing // of kernels, while Profile runs; else nil
	counts    Counts
}

// New opens a GPU by its number, from 0. Each call opens it anew, with memory of its own; [device.Open]("cuda:0") gives the same one each time.
func New(number int) (*Device, error) {
	n, err := driver()
	if err != nil {
		return nil, err
	}
	if number < 0 || number >= n {
		return nil, fmt.Errorf("there is no GPU %d: the driver has %d, counted from 0", number, n)
	}
	d := &Device{blocking: os.Getenv("RESIDENT_CUDA_BLOCKING") == "1", noGraphs: os.Getenv("RESIDENT_CUDA_GRAPHS") == "0", modules: map[string]unsafe.Pointer{}}
	d.info.Name = fmt.Sprintf("cuda:%d", number)
	if code := C.session_open(&d.session, C.int(number), &d.facts); code != 0 {
		return nil, fmt.Errorf("open %s: %w", d.info.Name, driverError(code))
	}
	if d.facts.major < 8 {
		return nil, fmt.Errorf("%s is a %s of compute capability %d.%d; the kernels need 8.0 (Ampere) or later", d.info.Name, C.GoString(&d.facts.name[0]), d.facts.major, d.facts.minor)
	}
	if err := d.begin(); err != nil {
		return nil, fmt.Errorf("open %s: %w", d.info.Name, err)
	}
	d.describe()
	return d, nil
}

// begin makes all that lives in a context.
func (d *Device) begin() error {
	d.pool, d.collectAt = newPool(), 1<<30
	d.done, d.fetches = nil, nil
	d.kernels, d.plans = map[string]*kernel{}, map[C.struct_lt_shape]C.uint64_t{}
	clear(d.modules)
	var host unsafe.Pointer
	var at C.uint64_t
	if code := C.memory_pinned(&d.session, &host, &at, C.size_t(unsafe.Sizeof(fault{}))); code != 0 {
		return driverError(code)
	}
	d.fault, d.faultAt = (*fault)(host), uint64(at)
	if err := d.stage.open(d); err != nil {
		return err
	}
	d.products = products() != "" && C.lt_open(&d.session) == 0
	return nil
}

func (d *Device) describe() {
	how := "products by kernels of our own, cublasLt was not found"
	if d.products {
		v := int(C.lt_version())
		how = fmt.Sprintf("products by cublasLt %d.%d", v/10000, v/100%100)
	}
	d.info.Model = C.GoString(&d.facts.name[0])
	d.info.Detail = fmt.Sprintf("compute capability %d.%d, driver for CUDA %d.%d, %s", d.facts.major, d.facts.minor, d.facts.driver/1000, d.facts.driver%1000/10, how)
	d.info.Threads = int(d.facts.multiprocessors)
	d.info.Memory = int64(d.facts.memory)
}

// restart begins afresh after an error that lasts: the context is destroyed and all memory lost.
func (d *Device) restart() error {
	d.graphs = graphs{} // they went with the context
	d.era++
	d.dropped.taken()
	d.recent = nil
	if code := C.session_reset(&d.session); code != 0 {
		return driverError(code)
	}
	return d.begin()
}

// Info implements [device.Device]. Threads is the number of multiprocessors.
func (d *Device) Info() device.Info { return d.info }

// Counts is what the device was told to do since it was opened.
func (d *Device) Counts() Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts
}

// SetTF32 lets products of F32 round their operands to 11 bits (NVIDIA's TensorFloat-32), which is several times as fast. It is off at first, as in PyTorch.
func (d *Device) SetTF32(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tf32 = on
}

// Sync implements [device.Device].
func (d *Device) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sync()
}

func (d *Device) sync() error {
	d.counts.Waits++
	if code := C.session_sync(&d.session); code != 0 {
		return d.broke("wait for the device", code)
	}
	d.recent = d.recent[:0]
	return d.fault.taken()
}
