package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// quantized rounds random weights to 8 bits and returns them and what they were.
func quantized(r *rand.Rand, n, k, group int) (w int8Weights, exact []float32) {
	w = int8Weights{n: n, k: k, group: group, ld: max(k, 1) + r.IntN(5)}
	w.data = make([]int8, extent(n, k, w.ld))
	exact = make([]float32, n*k)
	for i := range exact {
		exact[i] = float32(r.NormFloat64())
	}
	for i := range n {
		for p := 0; p < k; p += group {
			w.scales = append(w.scales, roundGroup(w.data[i*w.ld+p:][:group], exact[i*k+p:][:group]))
		}
	}
	return w, exact
}

func TestGemmInt8(t *testing.T) {
	groups := []int{1, 2, 3, 4, 7, 8, 16, 31, 32, 64, 100}
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(150) {
			r := rand.New(rand.NewPCG(seed, 9))
			m, n, group := randomSize(r), randomSize(r), groups[r.IntN(len(groups))]
			k := group * r.IntN(12)
			w, _ := quantized(r, n, k, group)
			a, c := newGuarded[float32](r, m, k, 1, true), newGuarded[float32](r, m, n, 1, true)
			e := &epilogue{act: activation(r.IntN(4))}
			if r.IntN(2) == 0 {
				e.bias = newGuarded[float32](r, 1, n, 1, true).slice()
			}
			beta := float32(r.IntN(2))
			want := c.clone()
			plainInt8(w, m, a.slice(), a.ld, beta, want.slice(), c.ld, e)
			gemmInt8(w, m, a.slice(), a.ld, beta, c.slice(), c.ld, e)
			t.Run(fmt.Sprintf("%d x %d x %d, groups of %d", m, n, k, group), func(t *testing.T) {
				c.checkGuards(t, "C")
				c.checkClose(t, want, 1e-6, k)
			})
		}
	})
}

// Rounding weights and activations to 8 bits costs a relative error of about 1/127 of the greatest of a group, each.
func TestInt8IsAccurate(t *testing.T) {
	for _, group := range []int{32, 64, 128, 768} {
		r := rand.New(rand.NewPCG(1, 10))
		const n, k = 100, 768
		w, exact := quantized(r, n, k, group)
		a := make([]float32, k)
		for i := range a {
			a[i] = float32(r.NormFloat64())
		}
		got, want := make([]float32, n), make([]float32, n)
		gemmInt8(w, 1, a, k, 0, got, n, nil)
		plainGemm(int8Product(1, n, k, k, k, n), 1, a, exact, 0, want, &epilogue{})
		var wrong, all float64
		for i := range got {
			wrong += math.Pow(float64(got[i]-want[i]), 2)
			all += math.Pow(float64(want[i]), 2)
		}
		if relative := math.Sqrt(wrong / all); relative > 0.015 {
			t.Errorf("groups of %d: relative error %.4f", group, relative)
		}
	}
}

func TestInt8NaN(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			w, _ := quantized(rand.New(rand.NewPCG(1, 11)), 20, 64, 32)
			a, c := make([]float32, 2*64), make([]float32, 2*20)
			a[64+40] = float32(bad)
			gemmInt8(w, 2, a, 64, 0, c, 20, nil)
			for i, x := range c {
				if (x != x) != (i >= 20) {
					t.Fatalf("%v in row 1: element %d is %v", bad, i, x)
				}
			}
		}
	})
}

func TestInt8Bits(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 12))
		w, _ := quantized(r, 1000, 320, 32)
		a := newGuarded[float32](r, 11, 320, 1, true)
		var want []float32
		for _, threads := range []int{1, 2, 3, 8} {
			got := make([]float32, 11*1000)
			withThreads(threads, func() { gemmInt8(w, 11, a.slice(), a.ld, 0, got, 1000, nil) })
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%d threads give other bits than one", threads)
			}
		}
	})
}
