package plain

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

func attention(o device.Attention) {
	out, q, k, v := open(o.Out), open(o.Q), open(o.K), open(o.V)
	lse := openAll(o.LSE)[0]
	queries(q, k, o.Causal, o.Window, func(b, i, h, g, from, seen int) {
		score := func(j int) float64 { return capped(o.Scale*product(q, k, b, i, from+j, h, g), o.Cap) }
		most, log := logSumExp(seen-from, score)
		if lse != nil {
			lse.set(lse.at(b, h, i), most+log)
		}
		p := make([]float64, seen-from)
		for j := range p {
			p[j] = math.Exp(score(j) - most - log)
		}
		for c := range q.Shape[3] {
			sum := 0.0
			for j := range p {
				sum += p[j] * v.get(v.at(b, from+j, g, c))
			}
			out.set(out.at(b, i, h, c), sum)
		}
	})
}

// queries calls f for each query: batch b, position i, head h, the head g of its keys, and the keys that it sees, from one up to, but without, another.
func queries(q, k array, causal bool, window int, f func(b, i, h, g, from, seen int)) {
	t, s := q.Shape[1], k.Shape[1]
	for b := range q.Shape[0] {
		for i := range t {
			from, seen := 0, s
			if causal {
				seen = i + s - t + 1
			}
			if window > 0 {
				from = max(0, seen-window)
			}
			for h := range q.Shape[2] {
				f(b, i, h, h/(q.Shape[2]/k.Shape[2]), from, seen)
			}
		}
	}
}

// product is that of query i of head h and key j of head g.
func product(q, k array, b, i, j, h, g int) (dot float64) {
	for c := range q.Shape[3] {
		dot += q.get(q.at(b, i, h, c)) * k.get(k.at(b, j, g, c))
	}
	return dot
}

// capped keeps a score within ±limit, unless that is 0.
func capped(score, limit float64) float64 {
	if limit == 0 {
		return score
	}
	return limit * math.Tanh(score/limit)
}

// attentionGrad: with P the probabilities, dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P·(dP - rowsum(dO·O)), dQ = scale·dS·K and dK = scale·dSᵀ·Q. With a cap dS is
// multiplied by its slope, 1 - (S/cap)².
func attentionGrad(o device.AttentionGrad) {
	q, k, v, out, lse, dout := open(o.Q), open(o.K), open(o.V), open(o.Out), open(o.LSE), open(o.DOut)
	var sums [3]*array
	for i, view := range []device.View{o.DQ, o.DK, o.DV} {
		fill(device.Fill{Dst: view})
		s, done := openSums(view)
		defer done()
		sums[i] = s
	}
	dq, dk, dv := sums[0], sums[1], sums[2]
	d := q.Shape[3]
	queries(q, k, o.Causal, o.Window, func(b, i, h, g, from, seen int) {
		l := lse.get(lse.at(b, h, i))
		delta := 0.0
		for c := range d {
			delta += dout.get(dout.at(b, i, h, c)) * out.get(out.at(b, i, h, c))
		}
		for j := from; j < seen; j++ {
			s := capped(o.Scale*product(q, k, b, i, j, h, g), o.Cap)
			p, dp := math.Exp(s-l), 0.0
			for c := range d {
				dp += dout.get(dout.at(b, i, h, c)) * v.get(v.at(b, j, g, c))
				accumulate(dv, dv.at(b, j, g, c), p*dout.get(dout.at(b, i, h, c)))
			}
			ds := o.Scale * p * (dp - delta)
			if o.Cap > 0 {
				ds *= 1 - s/o.Cap*(s/o.Cap)
			}
			for c := range d {
				accumulate(dq, dq.at(b, i, h, c), ds*k.get(k.at(b, j, g, c)))
				accumulate(dk, dk.at(b, j, g, c), ds*q.get(q.at(b, i, h, c)))
			}
		}
	})
}

func rotary(o device.Rotary) {
	dst, x := open(o.Dst), open(o.X)
	more := openAll(o.Positions, o.Frequencies)
	positions, frequencies := more[0], more[1]
	s := o.X.Shape
	half := s[3] / 2
	for b := range s[0] {
		for t := range s[1] {
			pos := float64(o.From + t)
			if positions != nil {
				pos = positions.get(positions.at(b, t))
			}
			for i := range half {
				frequency := math.Pow(o.Base, -2*float64(i)/float64(s[3]))
				if frequencies != nil {
					frequency = frequencies.get(frequencies.at(i))
				}
				sin, cos := math.Sincos(pos * frequency)
				if o.Inverse {
					sin = -sin
				}
				for h := range s[2] {
					a, c := x.get(x.at(b, t, h, i)), x.get(x.at(b, t, h, i+half))
					dst.set(dst.at(b, t, h, i), a*cos-c*sin)
					dst.set(dst.at(b, t, h, i+half), c*cos+a*sin)
				}
			}
		}
	}
}
