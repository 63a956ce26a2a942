//go:build unix

package cpu

import (
	"fmt"
	"math"
	"syscall"
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// bench makes operands, and measures.
type bench struct {
	testMaker
	b *testing.B
}

func newBench(b *testing.B) bench { return bench{testMaker{b, New()}, b} }

// report runs an operation again and again and tells GB/s of what it reads and writes, or GFLOP/s where flops is given. cpu-ns/op is the time of
// all threads together, which other programs on the machine disturb less.
func (m bench) report(name string, bytes int, flops float64, op device.Op) {
	m.b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		before := cpuTime(b)
		for b.Loop() {
			m.run(op)
		}
		b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
		seconds := b.Elapsed().Seconds() / float64(b.N)
		if flops > 0 {
			b.ReportMetric(flops/seconds/1e9, "GFLOP/s")
		} else {
			b.ReportMetric(float64(bytes)/seconds/1e9, "GB/s")
		}
	})
}

func cpuTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// peer runs the same by plain Go loops.
func peer(b *testing.B, name string, bytes int, f func()) {
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			f()
		}
		b.ReportMetric(float64(bytes)/(b.Elapsed().Seconds()/float64(b.N))/1e9, "GB/s")
	})
}

func BenchmarkElementwise(b *testing.B) {
	m := newBench(b)
	for _, n := range []int{64, 4096, 1 << 20} {
		x, y, z := m.view(device.F32, n), m.view(device.F32, n), m.view(device.F32, n)
		m.report(fmt.Sprintf("add/%d", n), 12*n, 0, device.Binary{Op: device.Add, Dst: z, X: x, Y: y})
		peer(b, fmt.Sprintf("add/%d/go", n), 12*n, func() {
			to, p, q := floatsOf(z), floatsOf(x), floatsOf(y)
			for i := range to {
				to[i] = p[i] + q[i]
			}
		})
		for _, op := range []device.UnaryOp{device.Exp, device.Log, device.Tanh, device.GELU, device.GELUTanh, device.Sin, device.Sqrt} {
			m.report(fmt.Sprintf("%s/%d", op, n), 8*n, 0, device.Unary{Op: op, Dst: z, X: x})
		}
		peer(b, fmt.Sprintf("exp/%d/go", n), 8*n, func() {
			to := floatsOf(z)
			for i, v := range floatsOf(x) {
				to[i] = float32(math.Exp(float64(v)))
			}
		})
		m.report(fmt.Sprintf("gelu-tanh-grad/%d", n), 12*n, 0, device.Binary{Op: device.GELUTanhGrad, Dst: z, X: x, Y: y})
	}
	rows := m.view(device.F32, 2048, 384)
	bias, err := m.view(device.F32, 384).Broadcast(2048, 384)
	if err != nil {
		b.Fatal(err)
	}
	v := device.View{Data: m.view(device.F32, 384).Data, Layout: bias}
	m.report("add/bias", 8*2048*384, 0, device.Binary{Op: device.Add, Dst: rows, X: rows, Y: v})
	half := m.view(device.BF16, 2048, 384)
	m.report("copy/bf16 from f32", 6*2048*384, 0, device.Copy{Dst: half, X: rows})
	m.report("copy/f32 from bf16", 6*2048*384, 0, device.Copy{Dst: rows, X: half})
	other := m.view(device.F32, 384, 2048)
	m.report("copy/transposed", 8*2048*384, 0, device.Copy{Dst: rows, X: other.At(other.Transpose(0, 1))})
	m.report("copy", 8*2048*384, 0, device.Copy{Dst: rows, X: other.At(device.Contiguous(2048, 384))})
	m.report("add/f64", 24*4096, 0, device.Binary{Op: device.Add, Dst: m.view(device.F64, 4096), X: m.view(device.F64, 4096), Y: m.view(device.F64, 4096)})
}

func BenchmarkOptimise(b *testing.B) {
	m := newBench(b)
	const n = 1 << 20
	p, g, s, t := m.view(device.F32, n), m.view(device.F32, n), m.view(device.F32, n), m.view(device.F32, n)
	op := device.AdamW{Param: p, Grad: g, M: s, V: t, LR: 1e-3, Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, WeightDecay: 0.1, Step: 10}
	m.run(device.Fill{Dst: t, Value: 1})
	m.report("adamw", 28*n, 0, op)
	m.report("sum of squares", 4*n, 0, device.Reduce{Op: device.SumSquares, Dst: m.view(device.F32, 1), X: g})
	m.report("sum of columns", 4*n, 0, device.Reduce{Op: device.Sum, Dst: m.view(device.F32, 1, 512), X: g.At(device.Contiguous(2048, 512))})
	m.report("sum of rows", 4*n, 0, device.Reduce{Op: device.Sum, Dst: m.view(device.F32, 2048, 1), X: g.At(device.Contiguous(2048, 512))})
	m.report("normal numbers", 4*n, 0, device.Random{Dst: p, Normal: true, Q: 1})
	m.report("dropout", 8*n, 0, device.Dropout{Dst: p, X: g, P: 0.1})
}

func BenchmarkRows(b *testing.B) {
	m := newBench(b)
	const rows, n, vocabulary = 1024, 384, 8192
	x, y, dx := m.view(device.F32, rows, n), m.view(device.F32, rows, n), m.view(device.F32, rows, n)
	w, bias := m.view(device.F32, n), m.view(device.F32, n)
	mean, rstd := m.view(device.F32, rows), m.view(device.F32, rows)
	m.report("softmax", 8*rows*n, 0, device.Softmax{Dst: y, X: x})
	m.report("layer norm", 8*rows*n, 0, device.Norm{Dst: y, X: x, Weight: w, Bias: bias, Mean: mean, Rstd: rstd, Eps: 1e-5})
	m.report("layer norm gradient", 16*rows*n, 0, device.NormGrad{DX: dx, DWeight: w, DBias: bias, DY: y, X: x, Weight: w, Mean: mean, Rstd: rstd, Residual: dx})
	logits := m.view(device.F32, rows, vocabulary)
	m.report("cross-entropy", 8*rows*vocabulary, 0, device.CrossEntropy{Losses: mean, Logits: logits, Targets: m.ids(vocabulary, rows), DLogits: logits, Scale: 1e-9})
	m.report("gather", 8*rows*n, 0, device.Gather{Dst: y, Table: logits.At(device.Contiguous(vocabulary, n)), IDs: m.ids(vocabulary, rows)})
	m.report("scatter-add", 12*rows*n, 0, device.ScatterAdd{X: y, Table: logits.At(device.Contiguous(vocabulary, n)), IDs: m.ids(vocabulary, rows)})
}

func BenchmarkAttention(b *testing.B) {
	m := newBench(b)
	for _, s := range []struct{ batch, t, s, heads, d int }{{4, 256, 256, 6, 64}, {1, 1024, 1024, 12, 64}, {1, 1, 1024, 12, 64}} {
		qkv := m.view(device.F32, s.batch, s.s, 3, s.heads, s.d)
		part := func(i int) device.View { return qkv.At(qkv.Drop(2, i)) }
		q, k, v := part(0), part(1), part(2)
		q = q.At(q.Slice(1, s.s-s.t, s.s, 1))
		out, lse := m.view(device.F32, s.batch, s.t, s.heads, s.d), m.view(device.F32, s.batch, s.heads, s.t)
		flops := 4 * float64(s.batch*s.heads*s.d) * float64(s.t) * float64(s.s)
		if s.t > 1 {
			flops /= 2 // causal
		}
		name := fmt.Sprintf("%dx%dx%d", s.batch, s.t, s.s)
		m.report(name, 0, flops, device.Attention{Out: out, LSE: lse, Q: q, K: k, V: v, Scale: 0.125, Causal: true})
		if s.t == 1 {
			continue
		}
		grad := m.view(device.F32, s.batch, s.s, 3, s.heads, s.d)
		dpart := func(i int) device.View { return grad.At(grad.Drop(2, i)) }
		m.report(name+"/gradient", 0, 2.5*flops, device.AttentionGrad{DQ: dpart(0), DK: dpart(1), DV: dpart(2), DOut: out, Q: q, K: k, V: v, Out: out, LSE: lse, Scale: 0.125, Causal: true})
		x := m.view(device.F32, s.batch, s.t, s.heads, s.d)
		m.report(name+"/rotary", 8*x.Size(), 0, device.Rotary{Dst: x, X: x, Base: 10000})
	}
}
