//go:build cgo && linux

package cuda

import (
	"testing"

	"github.com/resident-go/resident/runtime/cuda/fake"
	"github.com/resident-go/resident/runtime/device/devicetest"
)

// TestDevice holds the device to the contract.
func TestDevice(t *testing.T) { devicetest.Run(t, open(t)) }

// TestOwnProducts holds the products to the contract that are computed where there is no cublasLt.
func TestOwnProducts(t *testing.T) {
	d := open(t)
	d.products = false
	for _, err := range devicetest.RunFamily(d, "matmul") {
		t.Error(err)
	}
}

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
