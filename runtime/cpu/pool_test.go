//go:build cgo

package cpu

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// Many goroutines multiply at the same time, while others change how many threads there are: every result has the bits that it has
// alone. Under the race detector this also checks the Go side.
func TestPoolUnderStress(t *testing.T) {
	old := Threads()
	defer SetThreads(old)
	shapes := []product{
		{m: 40, n: 300, k: 200, batch: 1},
		{m: 1, n: 3000, k: 100, transB: true, batch: 1},
		{m: 30, n: 30, k: 30, batch: 20},
		{m: 300, n: 40, k: 30, transA: true, batch: 1},
	}
	var group sync.WaitGroup
	for g := range 8 {
		p := shapes[g%len(shapes)]
		r := rand.New(rand.NewPCG(uint64(g), 8))
		a, b, c := operands[float32](r, &p)
		want := c.clone()
		gemmF32(p, 1, a.slice(), b.slice(), 0, want.slice(), nil)
		group.Go(func() {
			for range 200 {
				clear(c.slice())
				gemmF32(p, 1, a.slice(), b.slice(), 0, c.slice(), nil)
				if !sameElements(c, want) {
					t.Errorf("%v: other bits among others than alone", p)
					return
				}
			}
		})
	}
	group.Go(func() {
		for i := range 200 {
			SetThreads(1 + i%5)
		}
	})
	group.Wait()
}

func sameElements(a, b guarded[float32]) bool {
	for i := range a.rows * max(a.batch, 1) {
		from := a.at(i/a.rows, i%a.rows, 0)
		if !slices.Equal(a.all[from:from+a.cols], b.all[from:from+b.cols]) {
			return false
		}
	}
	return true
}

func TestSetThreads(t *testing.T) {
	old := Threads()
	defer SetThreads(old)
	for _, row := range []struct{ set, want int }{{1, 1}, {3, 3}, {2, 2}, {0, 1}, {-5, 1}, {4, 4}} {
		if SetThreads(row.set); Threads() != row.want {
			t.Errorf("SetThreads(%d) gives %d threads, want %d", row.set, Threads(), row.want)
		}
	}
}
