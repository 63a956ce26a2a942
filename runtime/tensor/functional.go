package tensor

import (
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// Softmax is e^t / Σ e^t along a dimension.
func (t *Tensor) Softmax(d int) *Tensor { return t.softmax("softmax", d, false) }

// LogSoftmax is the logarithm of Softmax.
func (t *Tensor) LogSoftmax(d int) *Tensor { return t.softmax("log-softmax", d, true) }

func (t *Tensor) softmax(op string, d int, log bool) *Tensor {
	if at := dim(op, d, t.Rank()); at != t.Rank()-1 {
		return t.Transpose(at, -1).softmax(op, -1, log).Transpose(at, -1)
	}
	out := t.fresh(op, t.layout.Shape)
	run(op, t.Device(), device.Softmax{Dst: out.view(), X: t.view(), Log: log})
	y := out.Detach()
	return made(op, out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		dx := y.fresh(op, y.layout.Shape)
		run(op, y.Device(), device.SoftmaxGrad{DX: dx.view(), DY: dy.view(), Y: y.view(), Log: log})
		return []*Tensor{dx}
	})
}

// LayerNorm normalises the last dimension to mean 0 and variance 1, then scales by weight [n] and adds bias [n]; both may be nil.
// Eps is added to the variance. See [device.Norm].
func (t *Tensor) LayerNorm(weight, bias *Tensor, eps float64) *Tensor {
	return t.norm("layer-norm", weight, bias, eps, false)
}

// RMSNorm divides by the root of the mean square along the last dimension, then scales by weight [n], which may be nil.
func (t *Tensor) RMSNorm(weight *Tensor, eps float64) *Tensor {
	return t.norm("rms-norm", weight, nil, eps, true)
}

func (t *Tensor) norm(op string, weight, bias *Tensor, eps float64, rms bool) *Tensor {
	if t.Rank() == 0 {
		fail(op, "a single number has no dimension to go along")
	}
	out := t.fresh(op, t.layout.Shape)
	perRow := t.layout.Shape[:t.Rank()-1]
	mean, rstd := t.fresh(op, perRow), t.fresh(op, perRow)
	fwd := device.Norm{Dst: out.view(), X: t.view(), Weight: optional(weight), Bias: optional(bias), Rstd: rstd.view(), Eps: eps, RMS: rms}
	if !rms {
		fwd.Mean = mean.view()
	}
	run(op, t.Device(), fwd)
	x, w := t.Detach(), detached(weight)
	return made(op, out, present(t, weight, bias), func(dy *Tensor) []*Tensor {
		bwd := device.NormGrad{DY: dy.view(), X: x.view(), Weight: optional(w), Mean: fwd.Mean, Rstd: rstd.view(), RMS: rms}
		dx := x.ZerosLike()
		bwd.DX = dx.view()
		grads := []*Tensor{dx}
		if weight != nil {
			dw := weight.ZerosLike()
			bwd.DWeight = dw.view()
			grads = append(grads, dw)
		}
		if bias != nil {
			db := bias.ZerosLike()
			bwd.DBias = db.view()
			grads = append(grads, db)
		}
		run(op, x.Device(), bwd)
		return grads
	})
}

func optional(t *Tensor) device.View {
	if t == nil {
		return device.View{}
	}
	return t.view()
}

func detached(t *Tensor) *Tensor {
	if t == nil {
		return nil
	}
	return t.Detach()
}

func present(all ...*Tensor) []*Tensor {
	return slices.DeleteFunc(all, func(t *Tensor) bool { return t == nil })
}

// CrossEntropy is the mean of -log softmax(t)[target] over the rows of t [..., classes]; targets (i32) are [...]. Rows with a negative
// target do not count.
func (t *Tensor) CrossEntropy(targets *Tensor) *Tensor {
	if t.Rank() < 1 || !slices.Equal(targets.layout.Shape, t.layout.Shape[:t.Rank()-1]) {
		fail("cross-entropy", "want targets [...] for logits [..., classes], got %s and %s", targets.view(), t.view())
	}
	logits, ids := t.Reshape(-1, t.Dim(-1)), targets.Detach().Flatten()
	count := ids.Ge(ids.ZerosLike()).Sum().Item()
	scale := 1 / math.Max(1, count)
	losses, d := logits.fresh("cross-entropy", ids.layout.Shape), (*Tensor)(nil)
	op := device.CrossEntropy{Losses: losses.view(), Logits: logits.view(), Targets: ids.view(), Scale: scale}
	if t.Tracked() {
		d = logits.fresh("cross-entropy", logits.layout.Shape)
		op.DLogits = d.view()
	}
	run("cross-entropy", t.Device(), op)
	out := losses.Sum().Scale(scale)
	return made("cross-entropy", out, []*Tensor{logits}, func(dy *Tensor) []*Tensor { return []*Tensor{d.Mul(dy)} })
}

// MSE is the mean of the squared differences.
func (t *Tensor) MSE(u *Tensor) *Tensor { return t.Sub(u).Square().Mean() }

// Attention is scaled dot-product attention: queries [batch, t, heads, d], keys and values [batch, s, kvheads, d], the result has the
// shape of the queries. Scores are divided by √d. With causal, a query sees no later keys. See [device.Attention].
func Attention(q, k, v *Tensor, causal bool) *Tensor {
	if q.Rank() != 4 {
		fail("attention", "want queries [batch, t, heads, d], got %s", q.view())
	}
	s := q.layout.Shape
	scale := 1 / math.Sqrt(float64(s[3]))
	out, lse := q.fresh("attention", s), q.fresh("attention", []int{s[0], s[2], s[1]})
	run("attention", q.Device(), device.Attention{Out: out.view(), LSE: lse.view(), Q: q.view(), K: k.view(), V: v.view(), Scale: scale, Causal: causal})
	a, b, c, o := q.Detach(), k.Detach(), v.Detach(), out.Detach()
	return made("attention", out, []*Tensor{q, k, v}, func(dy *Tensor) []*Tensor {
		dq, dk, dv := a.ZerosLike(), b.ZerosLike(), c.ZerosLike()
		run("attention", a.Device(), device.AttentionGrad{DQ: dq.view(), DK: dk.view(), DV: dv.view(), DOut: dy.view(),
			Q: a.view(), K: b.view(), V: c.view(), Out: o.view(), LSE: lse.view(), Scale: scale, Causal: causal})
		return []*Tensor{dq, dk, dv}
	})
}

// Rotary turns pairs of numbers in x [batch, t, heads, d] by angles that grow with the position: from, from+1, ... along t. See [device.Rotary].
func (t *Tensor) Rotary(from int, base float64) *Tensor { return t.rotary(from, base, false) }

func (t *Tensor) rotary(from int, base float64, inverse bool) *Tensor {
	out := t.fresh("rotary", t.layout.Shape)
	run("rotary", t.Device(), device.Rotary{Dst: out.view(), X: t.view(), From: from, Base: base, Inverse: inverse})
	return made("rotary", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.rotary(from, base, !inverse)} })
}
