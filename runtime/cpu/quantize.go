package cpu

import (
	"math"
	"sync"

	"github.com/resident-go/resident/runtime/device"
)

// quantize rounds a matrix to 8 bits, to the bits that package plain makes. A model's weights go through it before its first token, so the rows are shared out
// among the threads.
func (d *Device) quantize(o device.Quantize) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	share(o.X.Shape[0], func(from, to int) { quantizeRows(o, from, to) })
	return nil
}

func quantizeRows(o device.Quantize, from, to int) {
	dst, scales, x := open(o.Dst), open(o.Scales), open(o.X)
	groups := o.Scales.Shape[1]
	size := o.X.Shape[1] / groups
	group := make([]float64, size)
	for i := from; i < to; i++ {
		for g := range groups {
			x.load(group, o.X.Offset+i*o.X.Strides[0]+g*size*o.X.Strides[1], o.X.Strides[1])
			scale := scaleOf(group)
			for j, v := range group {
				group[j] = 0
				if scale != 0 {
					group[j] = math.RoundToEven(v / scale)
				}
			}
			dst.store(group, o.Dst.Offset+i*o.Dst.Strides[0]+g*size*o.Dst.Strides[1], o.Dst.Strides[1])
			scales.store([]float64{scale}, o.Scales.Offset+i*o.Scales.Strides[0]+g*o.Scales.Strides[1], 1)
		}
	}
}

// scaleOf is a 127th of the largest magnitude, as F32; NaN if there is one.
func scaleOf(group []float64) float64 {
	most := 0.0
	for _, v := range group {
		most = max(most, math.Abs(v))
	}
	return float64(float32(most / 127))
}

// share calls f for parts of n rows, each on a thread of its own.
func share(n int, f func(from, to int)) {
	threads := min(Threads(), n)
	var all sync.WaitGroup
	for i := range threads {
		all.Go(func() { f(i*n/threads, (i+1)*n/threads) })
	}
	all.Wait()
}
