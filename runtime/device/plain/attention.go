package plain

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

func attention(o device.Attention) {
	out, q, k, v := open(o.Out), open(o.Q), open(o.K), open(o.V)
	lse := openAll(o.LSE)[0]
	queries(q, k, o.Causal, func(b, i, h, g, seen int) {
		score := scores(q, k, o.Scale, b, i, h, g)
		most, log := logSumExp(seen, score)
		if lse != nil {
			lse.set(lse.at(b, h, i), most+log)
		}
		p := make([]float64, seen)
		for j := range p {
			p[j] = math.Exp(score(j) - most - log)
		}
		for c := range q.Shape[3] {
			sum := 0.0
			for j := range p {
				sum += p[j] * v.get(v.at(b, j, g, c))
			}
			out.set(out.at(b, i, h, c), sum)
		}
	})
}

// queries calls f for each query: batch b, position i, head h, the head g of its keys, and how many keys it sees.
func queries(q, k array, causal bool, f func(b, i, h, g, seen int)) {
	t, s := q.Shape[1], k.Shape[1]
	for b := range q.Shape[0] {
		for i := range t {
			seen := s
			if causal {
				seen = i + s - t + 1
			}
			for h := range q.Shape[2] {
				f(b, i, h, h/(q.Shape[2]/k.Shape[2]), seen)
			}
		}
	}
}

func scores(q, k array, scale float64, b, i, h, g int) func(j int) float64 {
	return func(j int) float64 {
		dot := 0.0
		for c := range q.Shape[3] {
			dot += q.get(q.at(b, i, h, c)) * k.get(k.at(b, j, g, c))
		}
		return scale * dot
	}
}

// attentionGrad: with P the probabilities, dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P·(dP - rowsum(dO·O)), dQ = scale·dS·K and dK = scale·dSᵀ·Q.
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
	queries(q, k, o.Causal, func(b, i, h, g, seen int) {
		score := scores(q, k, o.Scale, b, i, h, g)
		l := lse.get(lse.at(b, h, i))
		delta := 0.0
		for c := range d {
			delta += dout.get(dout.at(b, i, h, c)) * out.get(out.at(b, i, h, c))
		}
		for j := range seen {
			p, dp := math.Exp(score(j)-l), 0.0
			for c := range d {
				dp += dout.get(dout.at(b, i, h, c)) * v.get(v.at(b, j, g, c))
				accumulate(dv, dv.at(b, j, g, c), p*dout.get(dout.at(b, i, h, c)))
			}
			ds := o.Scale * p * (dp - delta)
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
