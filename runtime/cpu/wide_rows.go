package cpu

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// wideRows works on the call's operands row by row, as [call.wide] does by blocks. Operands of one dimension less have one number for each row; those that
// were left out are nil.
func (c *call) wideRows(f func(v [][]float64), reads, writes uint, views ...device.View) {
	k := len(views)
	arrays, bufs, now := make([]array, k), make([][]float64, k), make([][]float64, k)
	for i, v := range views {
		switch {
		case v.Given() && v.Rank() < views[0].Rank():
			arrays[i], bufs[i] = open(v), make([]float64, 1)
		case v.Given():
			arrays[i], bufs[i] = open(v), make([]float64, c.n)
		}
	}
	p := c.cursor(views)
	for range c.rows {
		for i, a := range arrays {
			n, stride := len(bufs[i]), int(c.v[i].inner)
			if now[i] = a.slice(p.at[i], stride, n); now[i] == nil {
				now[i] = bufs[i]
				if reads>>i&1 != 0 {
					a.load(now[i], p.at[i], stride)
				}
			}
		}
		f(now)
		for i, a := range arrays {
			if writes>>i&1 != 0 && a.slice(p.at[i], int(c.v[i].inner), len(bufs[i])) == nil {
				a.store(now[i], p.at[i], int(c.v[i].inner))
			}
		}
		p.next(k)
	}
}

// logSumExp is the logarithm of the sum of the exponentials, in two parts: the greatest number, and what is to be added.
func logSumExp(x []float64) (most, log float64) {
	most = math.Inf(-1)
	for _, v := range x {
		most = max(most, v)
	}
	if math.IsInf(most, -1) {
		return most, 0
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - most)
	}
	return most, math.Log(sum)
}

func wideSoftmax(log bool) func(v [][]float64) {
	return func(v [][]float64) {
		most, rest := logSumExp(v[1])
		for i, x := range v[1] {
			v[0][i] = x - most - rest
			if !log {
				v[0][i] = math.Exp(v[0][i])
			}
		}
	}
}

func wideSoftmaxGrad(log bool) func(v [][]float64) {
	return func(v [][]float64) {
		sum, y := 0.0, v[2]
		for i, g := range v[1] {
			if !log {
				g *= y[i]
			}
			sum += g
		}
		for i, g := range v[1] {
			if log {
				v[0][i] = g - math.Exp(y[i])*sum
			} else {
				v[0][i] = y[i] * (g - sum)
			}
		}
	}
}
