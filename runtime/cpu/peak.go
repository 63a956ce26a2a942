package cpu

import (
	"sync"
	"time"
)

// Peak is how many operations on float32 per second products reach on this machine, with all threads, in FLOP/s. It is measured
// when first asked for, which takes about 20 ms, and longer on a machine that is busy.
func (d *Device) Peak() float64 { return peak() }

// peak is that of the fastest of several products, which others on the machine have disturbed least.
var peak = sync.OnceValue(func() float64 {
	const n, least, enough = 384, 16, 20 * time.Millisecond
	a, b, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
	p := product{m: n, n: n, k: n, lda: n, ldb: n, ldc: n, batch: 1}
	best := time.Duration(1<<63 - 1)
	for start, i := time.Now(), 0; i < least || time.Since(start) < enough; i++ {
		before := time.Now()
		gemmF32(p, 1, a, b, 0, c, nil)
		best = min(best, time.Since(before))
	}
	return 2 * n * n * n / best.Seconds()
})
