package devicetest

import (
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// faulty is package plain's device with a fault: something happens to the buffers after each operation.
type faulty struct {
	*plain.Device
	buffers []*plain.Buffer
	runs    int
	fault   func(f *faulty)
}

func (f *faulty) Alloc(t device.DType, n int) (device.Buffer, error) {
	b, err := plain.NewBuffer(f, t, n)
	f.buffers = append(f.buffers, b)
	return b, err
}

func (f *faulty) Run(ops ...device.Op) error {
	for _, op := range ops {
		if err := op.Check(); err != nil {
			return err
		}
		if err := plain.Do(op); err != nil {
			return err
		}
		f.runs++
		f.fault(f)
	}
	return nil
}

// floats is the memory of the operand that was allocated last but so many.
func (f *faulty) floats(back int) []float32 {
	return plain.Slice[float32](f.buffers[len(f.buffers)-1-back])
}

// What the suite is for: each fault is found and named. The scene is a sum of two operands, 33 by 17, each behind a fence of 64 elements.
func TestFaultsAreFound(t *testing.T) {
	var sum scene
	for s := range binaryScenes {
		if s.name == "add" && len(s.args[0].shape) == 2 && s.args[0].shape[0] == 33 && s.args[0].lie == packed && s.args[1].lie == packed && s.shared == nil {
			sum = s
			break
		}
	}
	for _, row := range []struct {
		fault func(f *faulty)
		want  string // "" for none
	}{
		{func(f *faulty) {}, ""},
		{func(f *faulty) {
			x := f.floats(2)
			x[fence+5] = math.Nextafter32(math.Nextafter32(x[fence+5], 100), 100)
		}, "operand 0: element 5 is"},
		{func(f *faulty) { f.floats(2)[fence+560] = float32(math.NaN()) }, "operand 0: element 560 is NaN"},
		{func(f *faulty) { f.floats(2)[fence-1] = 0 }, "operand 0: element 63 of its buffer was changed"},
		{func(f *faulty) { f.floats(2)[fence+33*17] = 0 }, "operand 0: element 625 of its buffer was changed"},
		{func(f *faulty) { f.floats(0)[fence] += 1 }, "operand 2: element 64 of its buffer was changed"},
		{func(f *faulty) {
			x := f.floats(2)
			x[fence] = math.Nextafter32(x[fence], x[fence]+float32(f.runs%2))
		}, "operand 0: not the same bits the second time"},
	} {
		f := &faulty{Device: plain.New(), fault: row.fault}
		err := sum.run(f)
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.HasPrefix(err.Error(), row.want)) {
			t.Errorf("error %v, want %q", err, row.want)
		}
	}
}

// What the bounds let through.
func TestBounds(t *testing.T) {
	for _, row := range []struct {
		bound     bound
		t         device.DType
		got, want float64
		ok        bool
	}{
		{exact, device.F32, 0, math.Copysign(0, -1), false},
		{rounded, device.F32, 0, math.Copysign(0, -1), true},
		{rounded, device.F32, 1 + 0x1p-23, 1, false},
		{rounded, device.F32, 1, 1 + 0x1p-25, true},
		{within(1, 0), device.F32, 1 + 0x1p-23, 1, true},
		{within(1, 0), device.F32, 0, 0x1p-130, true},
		{rounded, device.F32, 0, 0x1p-130, false},
		{rounded, device.BF16, 1 + 0x1p-7, 1 + 0x1p-8, true},
		{rounded, device.BF16, 1 + 0x1p-6, 1, false},
		{rounded, device.F32, math.NaN(), math.NaN(), true},
		{rounded, device.F32, math.NaN(), 1, false},
		{rounded, device.F32, inf, 1e39, true},
		{rounded, device.F32, math.MaxFloat32, 1e39, true},
		{rounded, device.F32, -inf, 1e39, false},
		{rounded, device.F32, math.MaxFloat32, inf, false},
		{within(100, 100), device.I32, 3, 4, false},
	} {
		if got := row.bound.ok(row.t, row.got, row.want); got != row.ok {
			t.Errorf("%+v, %s: %v for %v is %t, want %t", row.bound, row.t, row.got, row.want, got, row.ok)
		}
	}
}
