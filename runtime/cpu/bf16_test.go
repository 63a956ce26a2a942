package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// halved rounds a matrix to bfloat16, toward zero, in both forms.
func halved(g guarded[float32]) []uint16 {
	s := g.slice()
	h := make([]uint16, len(s))
	for i, x := range s {
		h[i] = uint16(math.Float32bits(x) >> 16)
		s[i] = math.Float32frombits(uint32(h[i]) << 16)
	}
	return h
}

func TestGemmBF16(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 14))
			p := randomProduct(r)
			if seed%3 == 0 { // a layer's usual product, along which pairs lie side by side
				p.transA, p.transB, p.k = false, true, p.k/2*2
			}
			a, b, c := operands[float32](r, &p)
			e := &epilogue{act: activation(r.IntN(4))}
			if p.batch != 1 {
				e = nil
			}
			want, beta := c.clone(), float32(r.IntN(2))
			halfA, halfB := halved(a), halved(b)
			gemmWanted(p, a, b, beta, want, e)
			kind := r.IntN(3)
			switch kind {
			case 0:
				gemmBF16(p, 1, a.slice(), halfB, beta, c.slice(), e)
			case 1:
				gemmBF16(p, 1, halfA, halfB, beta, c.slice(), e)
			case 2:
				gemmBF16(p, 1, halfA, b.slice(), beta, c.slice(), e)
			}
			t.Run(fmt.Sprintf("%v, kind %d", p, kind), func(t *testing.T) {
				c.checkGuards(t, "C")
				c.checkClose(t, want, 2e-7, p.k)
			})
		}
	})
}

func gemmWanted(p product, a, b guarded[float32], beta float32, c guarded[float32], e *epilogue) {
	if e == nil {
		e = &epilogue{}
	}
	plainGemm(p, 1, a.slice(), b.slice(), beta, c.slice(), e)
}
