package cpu

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// testMaker makes operands for tests and benchmarks.
type testMaker struct {
	t testing.TB
	d *Device
}

// view is an array of normal numbers.
func (m testMaker) view(t device.DType, shape ...int) device.View {
	m.t.Helper()
	buf, err := m.d.Alloc(t, device.Contiguous(shape...).Size())
	if err != nil {
		m.t.Fatal(err)
	}
	v := device.Of(buf, shape...)
	if t.IsFloat() {
		m.run(device.Random{Dst: v, Normal: true, Q: 1, Seed: 7})
	}
	return v
}

// ids is an array of indices below n.
func (m testMaker) ids(n int, shape ...int) device.View {
	m.t.Helper()
	v := m.view(device.I32, shape...)
	ids := plain.Slice[int32](v.Data.(*plain.Buffer))
	for i := range ids {
		ids[i] = int32(i * 7919 % n)
	}
	return v
}

func (m testMaker) run(op device.Op) {
	m.t.Helper()
	if err := m.d.Run(op); err != nil {
		m.t.Fatal(err)
	}
}

func floatsOf(v device.View) []float32 { return plain.Slice[float32](v.Data.(*plain.Buffer)) }

func (m testMaker) bits(v device.View) []uint32 {
	var bits []uint32
	for _, x := range floatsOf(v) {
		bits = append(bits, math.Float32bits(x))
	}
	return bits
}
