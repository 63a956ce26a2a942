// Package cpu is the device that every machine has: the processor.
//
// Its buffers are ordinary memory ([plain.Buffer]). An operation on float32 or bfloat16 runs in kernels with vector instructions, written in C and
// chosen at run time by what the processor has; on float64, and in a program that was built without cgo, in Go loops. What is left over (rare
// combinations of types) is done by package plain.
//
// Importing the package registers the device under the name "cpu".
package cpu

import (
	"fmt"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

func init() {
	device.Register("cpu", func() (device.Device, error) { return New(), nil })
}

// Device is the processor as a device. Its methods may be called by several goroutines.
type Device struct {
	info device.Info
}

// New returns the device. All of them share the processor's threads; each has its own buffers.
func New() *Device {
	return &Device{info: device.Info{Name: "cpu", Model: model(), Detail: detail(), Threads: Threads(), Memory: memory()}}
}

// Info implements [device.Device]. Peak is not measured for it; see [Device.Peak].
func (d *Device) Info() device.Info { return d.info }

// Alloc implements [device.Device]. What the machine has no memory for is an error: a Go program that asks for it ends.
func (d *Device) Alloc(t device.DType, n int) (device.Buffer, error) {
	if need, have := float64(n)*float64(t.Size()), float64(d.info.Memory); have > 0 && need > have {
		return nil, fmt.Errorf("allocate %d elements of %s: that is %.0f GB, the machine has %.0f", n, t, need/1e9, have/1e9)
	}
	b, err := plain.NewBuffer(d, t, n)
	if err != nil {
		return nil, err
	}
	wantLargePages(b.Bytes())
	return b, nil
}

// Share makes a buffer of memory that a program has already: a slice of float32, float64, int32 or int8.
func (d *Device) Share(numbers any) (device.Buffer, error) { return plain.Share(d, numbers) }

// Write implements [device.Device].
func (*Device) Write(dst device.Buffer, at int, src []byte) error { return plain.Write(dst, at, src) }

// Read implements [device.Device].
func (*Device) Read(dst []byte, src device.Buffer, at int) error { return plain.Read(dst, src, at) }

// Sync implements [device.Device]. Operations are done when Run returns.
func (*Device) Sync() error { return nil }
