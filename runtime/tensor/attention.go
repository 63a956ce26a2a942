package tensor

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// Attention is scaled dot-product attention: queries [batch, t, heads, d], keys and values [batch, s, kvheads, d], the result has the
// shape of the queries. Scores are divided by √d. With causal, a query sees no later keys. See [device.Attention].
func Attention(q, k, v *Tensor, causal bool) *Tensor {
	return AttentionBy(q, k, v, device.Attention{Causal: causal})
}

// AttentionBy is Attention as how says: which keys a query sees, and what becomes of the scores. How has no operands, and a Scale of 0 is 1/√d.
func AttentionBy(q, k, v *Tensor, how device.Attention) *Tensor {
	given("attention", q, k, v)
	if q.Rank() != 4 {
		fail("attention", "want queries [batch, t, heads, d], got %s", q.view())
	}
	q, k, v = sameType(q, k, v)
	s := q.layout.Shape
	if how.Scale == 0 {
		how.Scale = 1 / math.Sqrt(float64(s[3]))
	}
	out, lse := q.fresh("attention", s), q.fresh("attention", []int{s[0], s[2], s[1]})
	how.Out, how.LSE, how.Q, how.K, how.V = out.view(), lse.view(), q.view(), k.view(), v.view()
	run("attention", q.Device(), how)
	a, b, c, o := q.Detach(), k.Detach(), v.Detach(), out.Detach()
	return made("attention", out, []*Tensor{q, k, v}, func(dy *Tensor) []*Tensor {
		dq, dk, dv := a.ZerosLike(), b.ZerosLike(), c.ZerosLike()
		run("attention", a.Device(), device.AttentionGrad{DQ: dq.view(), DK: dk.view(), DV: dv.view(), DOut: dy.view(),
			Q: a.view(), K: b.view(), V: c.view(), Out: o.view(), LSE: lse.view(), Scale: how.Scale, Cap: how.Cap, Causal: how.Causal, Window: how.Window})
		return []*Tensor{dq, dk, dv}
	}, a, b, c, o)
}

// Rotary turns pairs of numbers in x [batch, t, heads, d] by angles that grow with the position: from, from+1, ... along t. See [device.Rotary].
func (t *Tensor) Rotary(from int, base float64) *Tensor {
	return t.rotary(device.Rotary{From: from, Base: base}, nil)
}

// RotaryBy is Rotary with a frequency of its own, in radians per position, for each of the d/2 pairs: an f64 tensor on the same device.
func (t *Tensor) RotaryBy(from int, frequencies *Tensor) *Tensor {
	given("rotary", frequencies)
	return t.rotary(device.Rotary{From: from, Frequencies: frequencies.view()}, frequencies)
}

func (t *Tensor) rotary(o device.Rotary, frequencies *Tensor) *Tensor {
	out := t.fresh("rotary", t.layout.Shape)
	o.Dst, o.X = out.view(), t.view()
	run("rotary", t.Device(), o)
	o.Inverse = !o.Inverse
	return made("rotary", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.rotary(o, nil)} }, detached(frequencies))
}
