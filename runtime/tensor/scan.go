package tensor

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
		before, low, high := sum.Clone(), sum.Slice(d, 0, n-step), sum.Slice(d, step, n)
		if backward {
			low.AssignAdd(before.Slice(d, step, n))
		} else {
			high.AssignAdd(before.Slice(d, 0, n-step))
		}
	}
	return sum
}
