//go:build cgo && linux

package cuda

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/devicetest"
)

// TestCoarseGELU checks that the contract tells the tanh of the hardware, which is exact to 11 bits, from one that is exact to 10: the bound of products with GELU is
// wide enough for cublasLt, and no wider. That it is wide enough is seen in TestDevice, where the fake cublasLt is off by as much as the hardware may be.
func TestCoarseGELU(t *testing.T) {
	d := openFake(t)
	t.Setenv("RESIDENT_FAKE_CUBLASLT_TANH", "10")
	failed := devicetest.RunFamily(d, "matmul")
	if len(failed) == 0 {
		t.Fatal("products with GELU of 10 bits are found to be right")
	}
	for _, err := range failed {
		if !strings.Contains(err.Error(), "bf16") {
			t.Errorf("a product without GELU in bf16 is found to be wrong: %v", err)
		}
	}
}

// TestProductFails checks an error of cublasLt that harms nothing but the call: a product whose plan was made for other addresses.
func TestProductFails(t *testing.T) {
	d := openFake(t)
	room := alloc(t, d, 4*64*64)
	at := func(offset int) device.View {
		v := device.Of(room.Data, 64, 64)
		v.Offset = offset
		return v
	}
	run := func() error {
		return d.Run(device.MatMul{Dst: at(0), A: at(64 * 64), B: at(2 * 64 * 64)})
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	// The same plan, with a matrix where it may not be.
	for shape, plan := range d.plans {
		shape.align_a, shape.align_b = 4, 4
		d.plans[shape] = plan
	}
	err := d.Run(device.MatMul{Dst: at(0), A: at(64*64 + 1), B: at(2*64*64 + 1)})
	var cause *Error
	if !errors.As(err, &cause) || !strings.Contains(err.Error(), "product of cublasLt") || !strings.Contains(cause.Name, "CUBLAS_STATUS 7") {
		t.Errorf("error %v, want one of cublasLt, of status 7", err)
	}
	if slices.Contains(lasting, cause.Code) {
		t.Error("the device was started afresh")
	}
	if err := errors.Join(run(), d.Sync()); err != nil {
		t.Errorf("after that: %v", err)
	}
}
