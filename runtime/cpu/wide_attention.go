package cpu

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// headOf is a head of an operand [batch, positions, heads, d] as rows of float64.
func headOf(v device.View, batch, head int) [][]float64 {
	a, t, d := open(v), v.Shape[1], v.Shape[3]
	rows, mem := make([][]float64, t), make([]float64, t*d)
	at := v.Offset + batch*v.Strides[0] + head*v.Strides[2]
	for i := range rows {
		rows[i] = mem[i*d:][:d]
		a.load(rows[i], at+i*v.Strides[1], v.Strides[3])
	}
	return rows
}

// storeHead is the way back.
func storeHead(v device.View, batch, head int, rows [][]float64) {
	a, at := open(v), v.Offset+batch*v.Strides[0]+head*v.Strides[2]
	for i, row := range rows {
		a.store(row, at+i*v.Strides[1], v.Strides[3])
	}
}

// perQuery is where the numbers of a head's queries lie, in an operand [batch, heads, t].
func perQuery(v device.View, batch, head int) (at, stride int) {
	return v.Offset + batch*v.Strides[0] + head*v.Strides[1], v.Strides[2]
}

func zeroRows(like [][]float64) [][]float64 {
	rows := make([][]float64, len(like))
	for i, row := range like {
		rows[i] = make([]float64, len(row))
	}
	return rows
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// addTimes is to += f·x.
func addTimes(to []float64, f float64, x []float64) {
	for i, v := range x {
		to[i] += f * v
	}
}

// visible are the keys that query i of t sees of s: from one up to, but without, another.
func visible(i, t, s int, causal bool, window int) (from, to int) {
	if !causal {
		return 0, s
	}
	to = i + s - t + 1
	if window > 0 {
		from = max(0, to-window)
	}
	return from, to
}

// capped keeps a score within ±limit, unless that is 0.
func capped(score, limit float64) float64 {
	if limit == 0 {
		return score
	}
	return limit * math.Tanh(score/limit)
}

func wideAttention(o device.Attention) {
	group := o.Q.Shape[2] / o.K.Shape[2]
	for batch := range o.Q.Shape[0] {
		for kv := range o.K.Shape[2] {
			k, v := headOf(o.K, batch, kv), headOf(o.V, batch, kv)
			for head := kv * group; head < (kv+1)*group; head++ {
				q := headOf(o.Q, batch, head)
				out, lse := zeroRows(q), make([]float64, len(q))
				for i := range q {
					from, to := visible(i, len(q), len(k), o.Causal, o.Window)
					p := make([]float64, to-from)
					for j := range p {
						p[j] = capped(o.Scale*dot(q[i], k[from+j]), o.Cap)
					}
					most, rest := logSumExp(p)
					for j := range p {
						addTimes(out[i], math.Exp(p[j]-most-rest), v[from+j])
					}
					lse[i] = most + rest
				}
				storeHead(o.Out, batch, head, out)
				if o.LSE.Given() {
					at, stride := perQuery(o.LSE, batch, head)
					a := open(o.LSE)
					a.store(lse, at, stride)
				}
			}
		}
	}
}

// wideAttentionGrad: with P the weights, dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P·(dP - rowsum(dO·O)), dQ = scale·dS·K and dK = scale·dSᵀ·Q. With a
// cap dS is multiplied by its slope, 1 - (S/cap)².
func wideAttentionGrad(o device.AttentionGrad) {
	group := o.Q.Shape[2] / o.K.Shape[2]
	for batch := range o.Q.Shape[0] {
		for kv := range o.K.Shape[2] {
			k, v := headOf(o.K, batch, kv), headOf(o.V, batch, kv)
			dk, dv := zeroRows(k), zeroRows(v)
			for head := kv * group; head < (kv+1)*group; head++ {
				q, out, dout := headOf(o.Q, batch, head), headOf(o.Out, batch, head), headOf(o.DOut, batch, head)
				dq, lse := zeroRows(q), make([]float64, len(q))
				at, stride := perQuery(o.LSE, batch, head)
				a := open(o.LSE)
				a.load(lse, at, stride)
				for i := range q {
					delta := dot(dout[i], out[i])
					from, to := visible(i, len(q), len(k), o.Causal, o.Window)
					for j := from; j < to; j++ {
						s := capped(o.Scale*dot(q[i], k[j]), o.Cap)
						p := math.Exp(s - lse[i])
						ds := o.Scale * p * (dot(dout[i], v[j]) - delta)
						if o.Cap > 0 {
							ds *= 1 - s/o.Cap*(s/o.Cap)
						}
						addTimes(dv[j], p, dout[i])
						addTimes(dq[i], ds, k[j])
						addTimes(dk[j], ds, q[i])
					}
				}
				storeHead(o.DQ, batch, head, dq)
			}
			storeHead(o.DK, batch, kv, dk)
			storeHead(o.DV, batch, kv, dv)
		}
	}
}
