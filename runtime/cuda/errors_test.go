//go:build cgo && linux

package cuda

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// openFake is a device of the fake driver, which can be told to fail.
func openFake(t *testing.T) *Device {
	t.Helper()
	d := open(t)
	if !strings.Contains(d.info.Model, "fake") {
		t.Skip("a real GPU cannot be told to fail")
	}
	return d
}

// leave makes the device of the fake driver so small that only so many bytes are free.
func leave(t *testing.T, d *Device, bytes int) {
	t.Helper()
	free, total := d.room()
	t.Setenv("RESIDENT_FAKE_CUDA_MEMORY", strconv.Itoa(total-free+bytes))
}

func alloc(t *testing.T, d *Device, n int) device.View {
	t.Helper()
	b, err := d.Alloc(device.F32, n)
	if err != nil {
		t.Fatal(err)
	}
	return device.Of(b, n)
}

func read(t *testing.T, v device.View) []float32 {
	t.Helper()
	mem := make([]byte, 4*v.Size())
	if err := v.Data.Device().Read(mem, v.Data, v.Offset); err != nil {
		t.Fatal(err)
	}
	return floats(mem)
}

// TestOutOfMemory checks that memory which is not there is an error with the sizes in it, and that the session goes on.
func TestOutOfMemory(t *testing.T) {
	d := openFake(t)
	kept := alloc(t, d, 1000)
	leave(t, d, 50e6)
	_, err := d.Alloc(device.F32, 200e6)
	if !errors.Is(err, ErrMemory) {
		t.Fatalf("error %v, want one that is ErrMemory", err)
	}
	for _, want := range []string{"allocate 200000000 elements of f32", "800.0 MB", "50.0 MB are free", "in use by 1 buffers"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	if err := d.Run(device.Fill{Dst: kept, Value: 2}); err != nil || read(t, kept)[999] != 2 {
		t.Errorf("after that a buffer is filled with %v, error %v", read(t, kept)[999], err)
	}
}

// TestGarbage checks that memory which nobody refers to any more is used again: ten times more is allocated than there is.
func TestGarbage(t *testing.T) {
	d := openFake(t)
	leave(t, d, 200e6)
	for i := range 40 {
		v := alloc(t, d, 12e6)
		if err := d.Run(device.Fill{Dst: v, Value: float64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if used := d.Used(); used > 200e6 {
		t.Errorf("%d bytes are in use", used)
	}
}

// TestLastingError checks an error after which the context is lost: it names the kernel, says what is lost, and the device goes on.
func TestLastingError(t *testing.T) {
	d := openFake(t)
	v := alloc(t, d, 100)
	if err := d.Run(device.Fill{Dst: v, Value: 1}); err != nil {
		t.Fatal(err)
	}
	name := d.recent[len(d.recent)-1]
	t.Setenv("RESIDENT_FAKE_CUDA_FAIL", name+"=700")
	err := errors.Join(d.Run(device.Fill{Dst: v, Value: 2}), d.Sync())
	os.Unsetenv("RESIDENT_FAKE_CUDA_FAIL")
	var cause *Error
	if !errors.As(err, &cause) || cause.Code != 700 {
		t.Fatalf("error %v, want CUDA_ERROR_ILLEGAL_ADDRESS", err)
	}
	for _, want := range []string{name, "cuda:0", "is lost"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	if err := d.Read(make([]byte, 4), v.Data, 0); !errors.Is(err, ErrLost) {
		t.Errorf("reading what was lost: error %v", err)
	}
	if err := d.Run(device.Fill{Dst: v, Value: 3}); !errors.Is(err, ErrLost) {
		t.Errorf("filling what was lost: error %v", err)
	}
	w := alloc(t, d, 100)
	if err := d.Run(device.Fill{Dst: w, Value: 4}); err != nil || read(t, w)[99] != 4 {
		t.Errorf("a new buffer is filled with %v, error %v", read(t, w)[99], err)
	}
}

// TestPassingError checks an error that harms nothing but the call.
func TestPassingError(t *testing.T) {
	d := openFake(t)
	v := alloc(t, d, 10)
	if err := d.Run(device.Fill{Dst: v, Value: 1}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("RESIDENT_FAKE_CUDA_FAIL", d.recent[len(d.recent)-1]+"=701")
	if err := d.Run(device.Fill{Dst: v, Value: 2}); err == nil || !strings.Contains(err.Error(), "run kernel fill") {
		t.Errorf("error %v, want one that names the kernel", err)
	}
	os.Unsetenv("RESIDENT_FAKE_CUDA_FAIL")
	if got := read(t, v)[9]; got != 1 {
		t.Errorf("the buffer holds %v, want what was there before", got)
	}
}

// TestNoDriver checks what is said where there is none.
func TestNoDevice(t *testing.T) {
	open(t)
	if _, err := New(7); err == nil || !strings.Contains(err.Error(), "there is no GPU 7: the driver has") {
		t.Errorf("error %v", err)
	}
}

// TestTooLarge: sizes that kernels cannot count to are an error, and not what is left of them.
func TestTooLarge(t *testing.T) {
	d := open(t)
	const n = 1<<32 + 1
	one := alloc(t, d, 1)
	repeated := func(shape ...int) device.View {
		return one.At(device.Layout{Shape: shape, Strides: make([]int, len(shape))})
	}
	for _, op := range []device.Op{
		device.MatMul{Dst: device.Of(one.Data, 1, 1), A: repeated(1, n), B: repeated(n, 1)},
		device.Attention{Out: device.Of(one.Data, 1, 1, 1, 1), Q: repeated(1, 1, 1, 1), K: repeated(1, n, 1, 1), V: repeated(1, n, 1, 1), Scale: 1},
	} {
		if err := errors.Join(d.Run(op), d.Sync()); !errors.Is(err, device.ErrUnsupported) || !strings.Contains(err.Error(), "4294967297 rows, columns or blocks") {
			t.Errorf("%T: error %v", op, err)
		}
	}
	if err := d.Run(device.Fill{Dst: one, Value: 2}); err != nil || read(t, one)[0] != 2 {
		t.Errorf("after that a buffer is filled with %v, error %v", read(t, one)[0], err)
	}
}
