package cpu

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// shapes are the products of bench/shapes.
func shapes(b *testing.B) []product {
	b.Helper()
	text, err := os.ReadFile("../../bench/shapes")
	if err != nil {
		b.Fatal(err)
	}
	var list []product
	for line := range strings.Lines(string(text)) {
		p, stored := product{batch: 1}, ""
		if n, _ := fmt.Sscan(line, &p.m, &p.n, &p.k, &stored); n < 4 {
			continue
		}
		p.transA, p.transB = stored[0] == 'T', stored[1] == 'T'
		p.lda, p.ldb, p.ldc = p.k, p.n, p.n
		if p.transA {
			p.lda = p.m
		}
		if p.transB {
			p.ldb = p.k
		}
		list = append(list, p)
	}
	return list
}

func (p product) stored() string {
	letter := map[bool]string{false: "N", true: "T"}
	return letter[p.transA] + letter[p.transB]
}

// BenchmarkShapes is our side of bench/gemm: the median of single products.
func BenchmarkShapes(b *testing.B) {
	for _, p := range shapes(b) {
		for _, threads := range []int{1, 2, 4, 8, 16} {
			b.Run(fmt.Sprintf("%dx%dx%d/%s/%d", p.m, p.n, p.k, p.stored(), threads), func(b *testing.B) {
				x, y, c := ones(p.m*p.k), ones(p.k*p.n), make([]float32, p.m*p.n)
				withThreads(threads, func() {
					reportMedian(b, 2*float64(p.m)*float64(p.n)*float64(p.k), "GFLOP/s", func() { gemmF32(p, 1, x, y, 0, c, nil) })
				})
			})
		}
	}
}

// BenchmarkGonum compares with gonum, which multiplies with all processors: in turns, and on one thread each if GOMAXPROCS is 1.
func BenchmarkGonum(b *testing.B) {
	t := map[bool]blas.Transpose{false: blas.NoTrans, true: blas.Trans}
	for _, p := range shapes(b)[:9] {
		b.Run(fmt.Sprintf("%dx%dx%d/%s", p.m, p.n, p.k, p.stored()), func(b *testing.B) {
			x, y, c := ones(p.m*p.k), ones(p.k*p.n), make([]float32, p.m*p.n)
			var ours, theirs []time.Duration
			for b.Loop() {
				for range 3 {
					ours = append(ours, timed(func() { gemmF32(p, 1, x, y, 0, c, nil) }))
				}
				theirs = append(theirs, timed(func() {
					gonum.Implementation{}.Sgemm(t[p.transA], t[p.transB], p.m, p.n, p.k, 1, x, p.lda, y, p.ldb, 0, c, p.ldc)
				}))
			}
			work := 2 * float64(p.m) * float64(p.n) * float64(p.k) / 1e9
			b.ReportMetric(work/middle(ours), "ours-GFLOP/s")
			b.ReportMetric(work/middle(theirs), "gonum-GFLOP/s")
			b.ReportMetric(middle(theirs)/middle(ours), "ratio")
		})
	}
}

// BenchmarkVector measures a vector times weights [n, k], as in decoding: how fast weights are read from memory, or from the last cache.
func BenchmarkVector(b *testing.B) {
	for _, size := range []struct {
		name string
		n, k int
	}{{"memory", 50257, 768}, {"cache", 768, 3072}} {
		n, k := size.n, size.k
		x, c := ones(k), make([]float32, n)
		p := product{transB: true, m: 1, n: n, k: k, lda: k, ldb: k, ldc: n, batch: 1}
		run := func(name string, bytes int, f func()) {
			b.Run(size.name+"/"+name, func(b *testing.B) { reportMedian(b, float64(bytes), "GB/s", f) })
		}
		w := weights[float32](b, device.F32, n*k)
		run("float32", 4*n*k, func() { gemmF32(p, 1, x, w, 0, c, nil) })
		half := weights[uint16](b, device.BF16, n*k)
		run("bfloat16", 2*n*k, func() { gemmBF16(p, 1, x, half, 0, c, nil) })
		q := int8Weights{n: n, k: k, group: 32, ld: k, data: weights[int8](b, device.I8, n*k), scales: ones(n * k / 32)}
		run("int8", n*k+4*len(q.scales), func() { gemmInt8(q, 1, x, k, 0, c, n, nil) })
	}
}

// weights are numbers where the device would put them. They are written: pages that never were all lie in one place.
func weights[T float32 | uint16 | int8](b *testing.B, t device.DType, n int) []T {
	b.Helper()
	buffer, err := New().Alloc(t, n)
	if err != nil {
		b.Fatal(err)
	}
	w := plain.Slice[T](buffer.(*plain.Buffer))
	for i := range w {
		w[i] = T(i % 64)
	}
	return w
}

// reportMedian reports how much work the median run does in a nanosecond.
func reportMedian(b *testing.B, work float64, unit string, f func()) {
	f()
	var times []time.Duration
	for b.Loop() {
		times = append(times, timed(f))
	}
	b.ReportMetric(work/1e9/middle(times), unit)
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// middle is the median in seconds.
func middle(times []time.Duration) float64 {
	slices.Sort(times)
	return times[len(times)/2].Seconds()
}

func ones(n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = 1
	}
	return s
}
