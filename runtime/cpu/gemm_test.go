package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// atLevels runs a test with every level of instructions that the machine has.
func atLevels(t *testing.T, test func(t *testing.T)) {
	for _, l := range levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer setLevel(l)()
			test(t)
		})
	}
}

// withThreads runs a function with so many threads.
func withThreads(n int, f func()) {
	old := Threads()
	defer SetThreads(old)
	SetThreads(n)
	f()
}

// guarded is a matrix in the middle of a slice, NaN before, behind and between its rows: what reads there is found by the
// result, what writes there by check.
type guarded[T float32 | float64] struct {
	all            []T
	from           int
	rows, cols, ld int
	batch, step    int
}

const guard = 40

func newGuarded[T float32 | float64](r *rand.Rand, rows, cols, batch int, shared bool) guarded[T] {
	g := guarded[T]{from: guard + r.IntN(5), rows: rows, cols: cols, ld: max(cols, 1), batch: batch}
	if r.IntN(2) == 0 {
		g.ld += r.IntN(9)
	}
	if g.step = rows*g.ld + r.IntN(3); shared {
		g.step = 0
	}
	g.all = make([]T, g.from+max(1, batch)*g.step+rows*g.ld+guard)
	for i := range g.all {
		g.all[i] = T(math.NaN())
	}
	for b := range batch {
		for i := range rows {
			for j := range cols {
				g.all[g.at(b, i, j)] = T(r.Float64()*2 - 1)
			}
		}
	}
	return g
}

func (g guarded[T]) at(b, i, j int) int { return g.from + b*g.step + i*g.ld + j }

// slice ends where the last element does.
func (g guarded[T]) slice() []T {
	n := extent(g.rows, g.cols, g.ld)
	if n > 0 && g.batch > 0 {
		n += (g.batch - 1) * g.step
	}
	return g.all[g.from : g.from+n : g.from+n]
}

func (g guarded[T]) clone() guarded[T] {
	g.all = slices.Clone(g.all)
	return g
}

// checkGuards fails when something other than elements was written.
func (g guarded[T]) checkGuards(t *testing.T, name string) {
	t.Helper()
	inside := make([]bool, len(g.all))
	for b := range g.batch {
		for i := range g.rows {
			for j := range g.cols {
				inside[g.at(b, i, j)] = true
			}
		}
	}
	for i, x := range g.all {
		if !inside[i] && x == x {
			t.Fatalf("%s: element %d of %d, outside of the matrix, was written", name, i-g.from, len(g.all))
		}
	}
}

// checkClose compares with the oracle. The elements of A and B are at most 1 in magnitude, so that eps k² bounds the error of a
// sum of k products; in truth it grows much slower.
func (g guarded[T]) checkClose(t *testing.T, want guarded[T], eps float64, k int) {
	t.Helper()
	bound := 4 * eps * (8 + float64(k))
	for b := range g.batch {
		for i := range g.rows {
			for j := range g.cols {
				x, y := float64(g.all[g.at(b, i, j)]), float64(want.all[want.at(b, i, j)])
				if !(math.Abs(x-y) <= bound) {
					t.Fatalf("batch %d, row %d, column %d: %v, want %v, at most %.1g off", b, i, j, x, y, bound)
				}
			}
		}
	}
}

// sizes are what rows, columns and sums are made of: nothing, one, around the widths of vectors and tiles, primes.
var sizes = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16, 17, 23, 31, 32, 33, 47, 48, 49, 64, 65, 96, 97, 101, 127, 130, 193}

func randomSize(r *rand.Rand) int { return sizes[r.IntN(len(sizes))] }

func randomProduct(r *rand.Rand) product {
	p := product{transA: r.IntN(2) == 0, transB: r.IntN(2) == 0, m: randomSize(r), n: randomSize(r), k: randomSize(r), batch: 1}
	switch r.IntN(8) {
	case 0:
		p.k = 500 + r.IntN(1000) // more than a block
	case 1:
		p.m = 300 + r.IntN(300)
	case 2:
		p.n = 300 + r.IntN(300)
	case 3, 4:
		p.batch = r.IntN(12)
	}
	return p
}

func (p product) String() string {
	return fmt.Sprintf("%d x %d x %d, transposed %v %v, batch %d", p.m, p.n, p.k, p.transA, p.transB, p.batch)
}

// operands makes matrices for a product and says in it where they are.
func operands[T float32 | float64](r *rand.Rand, p *product) (a, b, c guarded[T]) {
	shape := func(rows, cols int, transposed bool) (int, int) {
		if transposed {
			return cols, rows
		}
		return rows, cols
	}
	rows, cols := shape(p.m, p.k, p.transA)
	a = newGuarded[T](r, rows, cols, p.batch, r.IntN(4) == 0)
	rows, cols = shape(p.k, p.n, p.transB)
	b = newGuarded[T](r, rows, cols, p.batch, r.IntN(4) == 0)
	c = newGuarded[T](r, p.m, p.n, p.batch, false)
	p.lda, p.ldb, p.ldc = a.ld, b.ld, c.ld
	p.stepA, p.stepB, p.stepC = a.step, b.step, c.step
	return
}

func randomScale(r *rand.Rand) float64 { return []float64{0, 1, 1, -0.5}[r.IntN(4)] }

func TestGemmF32(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 1))
			p := randomProduct(r)
			a, b, c := operands[float32](r, &p)
			alpha, beta := float32(randomScale(r)), float32(randomScale(r))
			if beta == 0 {
				poison(c)
			}
			want := c.clone()
			plainGemm(p, alpha, a.slice(), b.slice(), beta, want.slice(), &epilogue{})
			gemmF32(p, alpha, a.slice(), b.slice(), beta, c.slice(), nil)
			t.Run(p.String(), func(t *testing.T) {
				c.checkGuards(t, "C")
				c.checkClose(t, want, 6e-8, p.k)
			})
		}
	})
}

func TestGemmF64(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 2))
			p := randomProduct(r)
			a, b, c := operands[float64](r, &p)
			alpha, beta := randomScale(r), randomScale(r)
			if beta == 0 {
				poison(c)
			}
			want := c.clone()
			plainGemm(p, alpha, a.slice(), b.slice(), beta, want.slice(), &epilogue{})
			gemmF64(p, alpha, a.slice(), b.slice(), beta, c.slice())
			t.Run(p.String(), func(t *testing.T) {
				c.checkGuards(t, "C")
				c.checkClose(t, want, 1.2e-16, p.k)
			})
		}
	})
}

// poison fills C with what must not be read.
func poison[T float32 | float64](c guarded[T]) {
	for b := range c.batch {
		for i := range c.rows {
			for j := range c.cols {
				c.all[c.at(b, i, j)] = T(math.NaN())
			}
		}
	}
}

func TestEpilogue(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 3))
			p := randomProduct(r)
			p.batch = 1
			a, b, c := operands[float32](r, &p)
			e := epilogue{act: activation(r.IntN(4))}
			pre, residual := newGuarded[float32](r, p.m, p.n, 1, true), newGuarded[float32](r, p.m, p.n, 1, true)
			wantPre := pre.clone()
			if r.IntN(2) == 0 {
				bias := newGuarded[float32](r, 1, p.n, 1, true)
				e.bias = bias.slice()
			}
			if r.IntN(2) == 0 {
				e.residual, e.ldResidual = residual.slice(), residual.ld
			}
			wantE := e
			if r.IntN(2) == 0 {
				e.pre, e.ldPre = pre.slice(), pre.ld
				wantE.pre, wantE.ldPre = wantPre.slice(), pre.ld
			}
			beta := float32(randomScale(r))
			want := c.clone()
			plainGemm(p, 1, a.slice(), b.slice(), beta, want.slice(), &wantE)
			gemmF32(p, 1, a.slice(), b.slice(), beta, c.slice(), &e)
			t.Run(fmt.Sprintf("%v, act %d", p, e.act), func(t *testing.T) {
				c.checkGuards(t, "C")
				pre.checkGuards(t, "pre")
				pre.checkClose(t, wantPre, 6e-8, p.k)
				c.checkClose(t, want, 2e-7, p.k)
			})
		}
	})
}

func TestResidualIsC(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	p := product{m: 33, n: 50, k: 1100, batch: 1}
	a, b, c := operands[float32](r, &p)
	want := c.clone()
	plainGemm(p, 1, a.slice(), b.slice(), 1, want.slice(), &epilogue{})
	gemmF32(p, 1, a.slice(), b.slice(), 0, c.slice(), &epilogue{residual: c.slice(), ldResidual: c.ld})
	c.checkClose(t, want, 6e-8, p.k)
}

// The same product has the same bits however many threads there are, and each time.
func TestGemmBits(t *testing.T) {
	shapes := []product{
		{m: 200, n: 300, k: 1100, batch: 1},
		{m: 300, n: 200, k: 90, transB: true, batch: 1},
		{m: 5, n: 700, k: 400, transB: true, batch: 1},
		{m: 700, n: 3, k: 400, transA: true, batch: 1},
		{m: 64, n: 64, k: 64, batch: 10},
	}
	atLevels(t, func(t *testing.T) {
		for _, p := range shapes {
			r := rand.New(rand.NewPCG(5, 5))
			a, b, c := operands[float32](r, &p)
			var want []float32
			for _, threads := range []int{1, 2, 3, 8, 2} {
				withThreads(threads, func() {
					gemmF32(p, 1, a.slice(), b.slice(), 0, c.slice(), nil)
				})
				if want == nil {
					want = slices.Clone(c.slice())
				}
				for i, x := range c.slice() {
					if math.Float32bits(x) != math.Float32bits(want[i]) {
						t.Fatalf("%v with %d threads: element %d is %v, with one thread %v", p, threads, i, x, want[i])
					}
				}
			}
		}
	})
}

func TestGemmRefuses(t *testing.T) {
	good := product{m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4, batch: 1}
	ten := make([]float32, 10)
	for _, row := range []struct {
		name    string
		change  func(p *product)
		a, b, c int
		ep      *epilogue
	}{
		{"short A", nil, 14, 20, 12, nil},
		{"short B", nil, 15, 19, 12, nil},
		{"short C", nil, 15, 20, 11, nil},
		{"narrow rows of A", func(p *product) { p.lda = 4 }, 15, 20, 12, nil},
		{"narrow rows of turned B", func(p *product) { p.transB = true }, 15, 20, 12, nil},
		{"rows of A too far apart to be counted", func(p *product) { p.lda = 1 << 62 }, 15, 20, 12, nil},
		{"batches of B too far apart to be counted", func(p *product) { p.batch, p.stepB, p.stepC = 5, 1<<62, 12 }, 15, 20, 60, nil},
		{"negative size", func(p *product) { p.k = -1 }, 15, 20, 12, nil},
		{"short batch", func(p *product) { p.batch, p.stepA, p.stepB, p.stepC = 2, 15, 20, 12 }, 30, 39, 24, nil},
		{"products that overlap", func(p *product) { p.batch, p.stepA, p.stepB, p.stepC = 2, 15, 20, 3 }, 30, 40, 24, nil},
		{"epilogue of a batch", func(p *product) { p.batch, p.stepA, p.stepB, p.stepC = 2, 15, 20, 12 }, 30, 40, 24, &epilogue{}},
		{"short bias", nil, 15, 20, 12, &epilogue{bias: ten[:3]}},
		{"short pre", nil, 15, 20, 12, &epilogue{pre: ten, ldPre: 4}},
		{"short residual", nil, 15, 20, 12, &epilogue{residual: ten, ldResidual: 4}},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was accepted")
				}
			}()
			p := good
			if row.change != nil {
				row.change(&p)
			}
			gemmF32(p, 1, make([]float32, row.a), make([]float32, row.b), 0, make([]float32, row.c), row.ep)
		})
	}
}
