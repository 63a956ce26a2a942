//go:build cgo && linux

package cuda

import (
	"testing"

	"github.com/resident-go/resident/runtime/cuda/fake"
	"github.com/resident-go/resident/runtime/device/devicetest"
)

// TestDevice holds the device to the contract.
func TestDevice(t *testing.T) { devicetest.Run(t, open(t)) }

// open is the GPU; the fake one if there is none.
func open(t testing.TB) *Device {
	t.Helper()
	fake.Use(t)
	d, err := New(0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
