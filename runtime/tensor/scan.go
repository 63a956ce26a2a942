package tensor

import "github.com/resident-go/resident/runtime/device"

// CumSum adds up along a dimension: each element of the result is the sum of those up to it. It takes log₂ n passes.
func (t *Tensor) CumSum(d int) *Tensor {
	given("cumsum", t)
	at := dim("cumsum", d, t.Rank())
	out := t.Detach().computed().sums(at, false)
	return made("cumsum", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.sums(at, true)} })
}

// sums are sums up to each element, or from each on. After a pass with a step, each element is the sum of twice that many.
func (t *Tensor) sums(d int, backward bool) *Tensor {
	sum := t.Clone()
	for step, n := 1, t.Dim(d); step < n; step *= 2 {
		low, high := sum.layout.Slice(d, 0, n-step, 1), sum.layout.Slice(d, step, n, 1)
		to, from := high, low
		if backward {
			to, from = low, high
		}
		before := sum.Clone()
		run("cumsum", sum.Device(), device.Binary{Op: device.Add, Dst: sum.at(to).view(), X: sum.at(to).view(), Y: before.at(from).view()})
	}
	return sum
}
