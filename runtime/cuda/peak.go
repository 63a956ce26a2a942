//go:build cgo && linux

package cuda

import (
	"time"

	"github.com/resident-go/resident/runtime/device"
)

// Peak is the FLOP/s of products of large bf16 matrices of random numbers, as measured on this device when it is first asked for; 0 if that fails. They are the
// larger the faster the device is, so that measuring takes about a second at most.
func (d *Device) Peak() float64 {
	d.peakOnce.Do(func() {
		for _, n := range []int{512, 2048, 4096} {
			d.peak = max(d.peak, d.measurePeak(n, 8))
			if flops := 2 * float64(n) * float64(n) * float64(n); flops > 1e-3*d.peak { // of one product: it fills any device that needs a millisecond for it
				return
			}
		}
	})
	return d.peak
}

// measurePeak is the best of some rounds of products [n, n]·[n, n].
func (d *Device) measurePeak(n, products int) (best float64) {
	var v [3]device.View
	for i := range v {
		mem, err := d.Alloc(device.BF16, n*n)
		if err != nil {
			return 0
		}
		v[i] = device.Of(mem, n, n)
		if d.Run(device.Random{Dst: v[i], Normal: true, Q: 1, Stream: uint64(i)}) != nil {
			return 0
		}
	}
	for range 4 {
		if d.Sync() != nil {
			return 0
		}
		begin := time.Now()
		for range products {
			if d.Run(device.MatMul{Dst: v[0], A: v[1], B: v[2]}) != nil {
				return 0
			}
		}
		if d.Sync() != nil {
			return 0
		}
		flops := 2 * float64(n) * float64(n) * float64(n) * float64(products)
		best = max(best, flops/time.Since(begin).Seconds())
	}
	return best
}
