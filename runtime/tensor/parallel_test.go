package tensor

import (
	"sync"
	"testing"
)

// TestReaders: several goroutines read the same tensors, tracked or not, each with leaves of its own. Its findings are the race detector's.
func TestReaders(t *testing.T) {
	x, w, frozen := Seed(1).Normal(6, 4), Seed(2).Normal(4, 4).Track(), Seed(3).Normal(4)
	frozen.Freeze()
	hidden := x.MatMul(w).GELU() // on the tape of all
	want := hidden.Sum().Item()
	gradient := func() *Tensor {
		mine := frozen.Detach().Track()
		hidden.Detach().Mul(mine).Softmax(-1).CrossEntropy(New([]int{0, 1, 2, 3, 0, -1})).Backward()
		return mine.Grad()
	}
	first := gradient()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := x.MatMul(w).GELU().Sum().Item(); got != want {
					t.Errorf("the sum is %v, want %v", got, want)
				}
				if g := gradient(); !g.Equal(first) {
					t.Errorf("the gradient is %v, want %v", g, first)
				}
				for _, s := range []*Tensor{x, w, frozen, hidden} {
					_ = s.String() + s.HTML()
					_, _, _ = s.Floats(), s.Bytes(), s.Shape()
					_, _ = s.Transpose(0, -1), s.Clone().Flatten().ArgMax(0)
				}
				sorted, _ := x.Sort(0, false)
				_ = Concat(0, x, sorted).Slice(0, 2, -2).Contiguous()
			}
		})
	}
	wg.Wait()
}
