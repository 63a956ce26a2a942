package interop

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

var sides, uplos = []blas.Side{blas.Left, blas.Right}, []blas.Uplo{blas.Upper, blas.Lower}
var transposes, diags = []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}, []blas.Diag{blas.NonUnit, blas.Unit}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// triangular numbers have a strong diagonal, so that systems can be solved.
func triangular(r *rand.Rand, n, ld int) []float64 {
	a := random(r, n*ld)
	for i := range n {
		a[i*ld+i] = 3 + r.Float64()
		for j := range ld {
			if j != i {
				a[i*ld+j] /= float64(n)
			}
		}
	}
	return a
}

func random(r *rand.Rand, n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = r.Float64()*2 - 1
	}
	return s
}

func narrow(s []float64) []float32 {
	t := make([]float32, len(s))
	for i, x := range s {
		t[i] = float32(x)
	}
	return t
}

func wide(s []float32) []float64 {
	t := make([]float64, len(s))
	for i, x := range s {
		t[i] = float64(x)
	}
	return t
}

// routine is one BLAS function of both precisions on random arguments.
type routine struct {
	name   string
	double func(b blas.Float64, a, x, y []float64)
	single func(b blas.Float32, a, x, y []float32)
	a      []float64 // with what is read only
	x, y   []float64
}

func routines(r *rand.Rand) []routine {
	m, n, k := 1+r.IntN(200), 1+r.IntN(200), 1+r.IntN(200)
	ld := max(m, n, k) + r.IntN(4)
	s, ul, tA, tB, d := pick(r, sides), pick(r, uplos), pick(r, transposes), pick(r, transposes), pick(r, diags)
	alpha, beta := pick(r, []float64{0, 1, -0.5}), pick(r, []float64{0, 1, 2})
	inc := pick(r, []int{1, 1, 2, -1})
	size := m
	if s == blas.Right {
		size = n
	}
	fresh := func() []float64 { return random(r, 201*ld) }
	what := fmt.Sprintf("%d %d %d, %c %c %c %c %c, alpha %v, beta %v, inc %d", m, n, k, s, ul, tA, tB, d, alpha, beta, inc)
	f, g := float32(alpha), float32(beta)
	return []routine{
		{"gemm " + what, func(b blas.Float64, a, x, y []float64) { b.Dgemm(tA, tB, m, n, k, alpha, a, ld, x, ld, beta, y, ld) },
			func(b blas.Float32, a, x, y []float32) { b.Sgemm(tA, tB, m, n, k, f, a, ld, x, ld, g, y, ld) }, fresh(), fresh(), fresh()},
		{"gemv " + what, func(b blas.Float64, a, x, y []float64) { b.Dgemv(tA, m, n, alpha, a, ld, x, inc, beta, y, inc) },
			func(b blas.Float32, a, x, y []float32) { b.Sgemv(tA, m, n, f, a, ld, x, inc, g, y, inc) }, fresh(), fresh(), fresh()},
		{"syrk " + what, func(b blas.Float64, a, x, y []float64) { b.Dsyrk(ul, tA, n, k, alpha, a, ld, beta, y, ld) },
			func(b blas.Float32, a, x, y []float32) { b.Ssyrk(ul, tA, n, k, f, a, ld, g, y, ld) }, fresh(), fresh(), fresh()},
		{"symm " + what, func(b blas.Float64, a, x, y []float64) { b.Dsymm(s, ul, m, n, alpha, a, ld, x, ld, beta, y, ld) },
			func(b blas.Float32, a, x, y []float32) { b.Ssymm(s, ul, m, n, f, a, ld, x, ld, g, y, ld) }, fresh(), fresh(), fresh()},
		{"trsm " + what, func(b blas.Float64, a, x, y []float64) { b.Dtrsm(s, ul, tA, d, m, n, alpha, a, ld, y, ld) },
			func(b blas.Float32, a, x, y []float32) { b.Strsm(s, ul, tA, d, m, n, f, a, ld, y, ld) }, triangular(r, size, ld), fresh(), fresh()},
	}
}

// Every routine computes what gonum's does, in both precisions, and touches nothing else.
func TestBLASIsGonums(t *testing.T) {
	for seed := range uint64(120) {
		for _, row := range routines(rand.New(rand.NewPCG(seed, 1))) {
			// Single precision is compared with double on the same numbers.
			a, x, y := wide(narrow(row.a)), wide(narrow(row.x)), wide(narrow(row.y))
			want, single := append([]float64{}, y...), narrow(y)
			row.double(gonum.Implementation{}, a, x, want)
			row.double(BLAS{}, a, x, y)
			row.single(BLAS{}, narrow(a), narrow(x), single)
			if i, ok := close(y, want, 1e-12); !ok {
				t.Fatalf("d%s: element %d is %v, want %v", row.name, i, y[i], want[i])
			}
			if i, ok := close(wide(single), want, 1e-4); !ok {
				t.Fatalf("s%s: element %d is %v, want %v", row.name, i, single[i], want[i])
			}
		}
	}
}

func close(got, want []float64, bound float64) (int, bool) {
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= bound*max(1, math.Abs(want[i]))) {
			return i, false
		}
	}
	return 0, true
}

// Wrong arguments end in gonum's own panics.
func TestBLASRefuses(t *testing.T) {
	ok := make([]float64, 200*200)
	for _, row := range []struct {
		name string
		call func(b blas.Float64)
	}{
		{"bad transpose", func(b blas.Float64) { b.Dgemm('x', blas.NoTrans, 200, 200, 200, 1, ok, 200, ok, 200, 0, ok, 200) }},
		{"negative size", func(b blas.Float64) {
			b.Dgemm(blas.NoTrans, blas.NoTrans, -1, 200, 200, 1, ok, 200, ok, 200, 0, ok, 200)
		}},
		{"narrow rows", func(b blas.Float64) {
			b.Dgemm(blas.NoTrans, blas.NoTrans, 200, 200, 200, 1, ok, 199, ok, 200, 0, ok, 200)
		}},
		{"short A", func(b blas.Float64) {
			b.Dgemm(blas.NoTrans, blas.NoTrans, 200, 200, 200, 1, ok[1:], 200, ok, 200, 0, ok, 200)
		}},
		{"short C", func(b blas.Float64) {
			b.Dgemm(blas.NoTrans, blas.NoTrans, 200, 200, 200, 1, ok, 200, ok, 200, 0, ok[1:], 200)
		}},
		{"short x", func(b blas.Float64) { b.Dgemv(blas.NoTrans, 200, 200, 1, ok, 200, ok[:199], 1, 0, ok, 1) }},
		{"no step", func(b blas.Float64) { b.Dgemv(blas.NoTrans, 200, 200, 1, ok, 200, ok, 0, 0, ok, 1) }},
		{"syrk, bad triangle", func(b blas.Float64) { b.Dsyrk('x', blas.NoTrans, 200, 200, 1, ok, 200, 0, ok, 200) }},
		{"symm, bad side", func(b blas.Float64) { b.Dsymm('x', blas.Upper, 200, 200, 1, ok, 200, ok, 200, 0, ok, 200) }},
		{"trsm, bad diagonal", func(b blas.Float64) { b.Dtrsm(blas.Left, blas.Upper, blas.NoTrans, 'x', 200, 200, 1, ok, 200, ok, 200) }},
		{"trsm, short B", func(b blas.Float64) {
			b.Dtrsm(blas.Left, blas.Upper, blas.NoTrans, blas.Unit, 200, 200, 1, ok, 200, ok[1:], 200)
		}},
	} {
		want, got := panicOf(func() { row.call(gonum.Implementation{}) }), panicOf(func() { row.call(BLAS{}) })
		if want == nil || got != want {
			t.Errorf("%s: panics with %v, gonum's with %v", row.name, got, want)
		}
	}
}

func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

func BenchmarkGemm(b *testing.B) {
	for _, n := range []int{32, 128, 512} {
		a, x, y := random(rand.New(rand.NewPCG(1, 1)), n*n), random(rand.New(rand.NewPCG(2, 1)), n*n), make([]float64, n*n)
		for _, row := range []struct {
			name string
			blas blas.Float64
		}{{"ours", BLAS{}}, {"gonum", gonum.Implementation{}}} {
			b.Run(fmt.Sprintf("%d/%s", n, row.name), func(b *testing.B) {
				for b.Loop() {
					row.blas.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, x, n, 0, y, n)
				}
				b.ReportMetric(2*math.Pow(float64(n), 3)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
