package devicetest

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// testBuffers checks what a device says of itself, and memory without operations.
func testBuffers(t *testing.T, dev device.Device) {
	if info := dev.Info(); info.Name == "" || info.Threads < 1 {
		t.Errorf("Info is %+v, want a name and at least one thread", info)
	}
	for _, dtype := range device.DTypes {
		b, err := dev.Alloc(dtype, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if b.Device() != dev || b.DType() != dtype || b.Len() != 1000 {
			t.Errorf("%s: a buffer of %d elements of %s on %s, want 1000 on %s", dtype, b.Len(), b.DType(), b.Device().Info().Name, dev.Info().Name)
		}
		all := make([]byte, 1000*dtype.Size())
		if err := dev.Read(all, b, 0); err != nil || !bytes.Equal(all, make([]byte, len(all))) {
			t.Errorf("%s: a new buffer is not all zero, error %v", dtype, err)
		}
		part := bytes.Repeat([]byte{1, 2, 3}, 8*dtype.Size())
		if err := dev.Write(b, 976, part); err != nil {
			t.Errorf("%s: write at the end: %v", dtype, err)
		}
		if err := dev.Read(all, b, 0); err != nil || !bytes.Equal(all[976*dtype.Size():], part) || all[976*dtype.Size()-1] != 0 {
			t.Errorf("%s: what was written at the end is not what is read, error %v", dtype, err)
		}
		testOutside(t, dev, b)
	}
}

func testOutside(t *testing.T, dev device.Device, b device.Buffer) {
	mem := make([]byte, 24*b.DType().Size())
	for _, at := range []int{-1, 977, 1001, 1 << 40} {
		if err := dev.Write(b, at, mem); err == nil {
			t.Errorf("%s: 24 elements were written at %d of 1000", b.DType(), at)
		}
		if err := dev.Read(mem, b, at); err == nil {
			t.Errorf("%s: 24 elements were read at %d of 1000", b.DType(), at)
		}
	}
	if _, err := dev.Alloc(b.DType(), -1); err == nil {
		t.Errorf("%s: a buffer of -1 elements was allocated", b.DType())
	}
	foreign, err := plainDevice.Alloc(b.DType(), 24)
	if err != nil {
		t.Fatal(err)
	}
	if device.Device(plainDevice) != dev {
		fill := device.Fill{Dst: device.Of(foreign, 24)}
		mixed := device.Copy{Dst: device.Of(b, 24), X: device.Of(foreign, 24)}
		if err := dev.Run(mixed); err == nil || !strings.Contains(err.Error(), "operands are on") {
			t.Errorf("an operation on two devices' buffers: error %v", err)
		}
		if err := dev.Run(fill); err == nil {
			t.Errorf("an operation on another device's buffer was run")
		}
	}
	if empty, err := dev.Alloc(b.DType(), 0); err != nil || empty.Len() != 0 {
		t.Errorf("%s: a buffer of no elements: error %v", b.DType(), err)
	}
}

// testGoroutines uses the device from several goroutines at once.
func testGoroutines(t *testing.T, dev device.Device) {
	t.Parallel()
	scenes := []scene{
		copyScene(device.F32, device.F32, []int{301, 99}, normal),
		product{m: 70, k: 80, n: 90}.scene(device.F32, device.F32),
		softmaxScene(device.F32, false, []int{200, 70}, normal),
		normGradScene(device.F32, false, 0, []int{200, 70}),
		limited{heads: heads{1, 40, 40, 2, 2, 32, true}}.scene(device.F32, out),
	}
	var all sync.WaitGroup
	for _, s := range append(scenes, scenes...) {
		all.Go(func() {
			for range 5 {
				if err := s.run(dev); err != nil {
					t.Errorf("beside others, %s: %v", s, err)
				}
			}
		})
	}
	all.Wait()
}
