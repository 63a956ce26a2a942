package nn

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

func (p *plan) back(ops ...device.Op) { p.backward = append(p.backward, ops...) }

// buildBackward mirrors the forward list. dx is the gradient of the residual stream at each point.
func (p *plan) buildBackward() {
	m := p.m
	if p.tanh.Given() {
		p.back(device.Binary{Op: device.TanhGrad, Dst: p.logits, X: p.tanh, Y: p.logits})
	}
	if g := p.gradOf(m.head); g.Given() {
		p.back(device.MatMul{Dst: g, A: transposed(p.logits), B: p.last.norm1, Accumulate: true})
	}
	p.back(device.MatMul{Dst: p.dnorm, A: p.wide, B: p.head()})
	x := p.x0
	if len(p.rooms) > 0 {
		x = p.rooms[len(p.rooms)-1].out
	}
	p.normGrad(m.norm, x, p.last.mean1, p.last.rstd1, device.View{})
	for i := len(m.layers) - 1; i >= 0; i-- {
		x := p.x0
		if i > 0 {
			x = p.rooms[i-1].out
		}
		p.mlpGrad(m.layers[i], p.rooms[i])
		p.attentionGrad(m.layers[i], p.rooms[i], x)
	}
	dx := p.dropoutGrad(p.dx)
	if g := p.gradOf(m.position); g.Given() {
		all, _ := dx.Reshape(p.b, p.t, m.Config.Embed)
		p.addSum(g.At(g.Slice(0, 0, p.t, 1).Insert(0)), dx.At(all))
	}
	if g := p.gradOf(m.embed); g.Given() {
		p.back(m.Config.scaledEmbedding(dx)...)
		p.back(device.ScatterAdd{Table: g, IDs: p.ids.At(device.Contiguous(p.n)), X: dx})
	}
}

// gradOf is where the gradient of a parameter is added up; none if it is not wanted.
func (p *plan) gradOf(t *tensor.Tensor) device.View {
	i := slices.IndexFunc(p.m.params, func(q Param) bool { return q.Tensor == t })
	if i < 0 || p.grads[i] == nil {
		return device.View{}
	}
	return p.grads[i].View()
}

// addSum adds to dst the sum of x along the first dimension.
func (p *plan) addSum(dst, x device.View) {
	shape := slices.Clone(x.Shape)
	shape[0] = 1
	sum := p.f32(shape...)
	p.back(device.Reduce{Op: device.Sum, Dst: sum, X: x}, device.Binary{Op: device.Add, Dst: dst, X: dst, Y: sum})
}

// linearGrad is the gradient of y = a(x): that of x goes to dx, or is added to it.
func (p *plan) linearGrad(a affine, dy, x, dx device.View, add bool) {
	if g := p.gradOf(a.weight); g.Given() {
		p.back(device.MatMul{Dst: g, A: transposed(dy), B: x, Accumulate: true})
	}
	if g := p.gradOf(a.bias); g.Given() {
		p.addSum(g.At(g.Insert(0)), dy)
	}
	if a.low != nil {
		p.lowRankGrad(*a.low, dy, x)
	}
	p.back(device.MatMul{Dst: dx, A: dy, B: p.weight(a), Accumulate: add})
}

// lowRankGrad is the gradient of scale·b·a, without that of the matrix which it is added to.
func (p *plan) lowRankGrad(l lowRank, dy, x device.View) {
	rank := l.a.Dim(0)
	if g := p.gradOf(l.a); g.Given() {
		through := p.act(p.n, rank)
		p.back(device.MatMul{Dst: through, A: dy, B: p.param(l.b), Alpha: l.scale}, device.MatMul{Dst: g, A: transposed(through), B: x, Accumulate: true})
	}
	if g := p.gradOf(l.b); g.Given() {
		into := p.act(p.n, rank)
		p.back(device.MatMul{Dst: into, A: x, B: transposed(p.param(l.a)), Alpha: l.scale}, device.MatMul{Dst: g, A: transposed(dy), B: into, Accumulate: true})
	}
}

// normGrad is the gradient of a norm of x, from dnorm to dx; around is the gradient that went around it.
func (p *plan) normGrad(a affine, x, mean, rstd, around device.View) {
	p.normGradOf(a, device.NormGrad{DX: p.dx, DY: p.dnorm, X: x, Mean: mean, Rstd: rstd, Residual: around})
}

// behindGrad is the gradient of what went into attention's or the MLP's last layer: of its result, before dropout and norm.
func (p *plan) behindGrad(post affine, b behind) device.View {
	dy := p.dropoutGrad(p.dx)
	if post.weight == nil {
		return dy
	}
	p.normGradOf(post, device.NormGrad{DX: p.dbehind, DY: dy, X: b.x, Mean: b.mean, Rstd: b.rstd})
	return p.dbehind
}

// normGradOf completes the gradient of a norm, and appends it.
func (p *plan) normGradOf(a affine, n device.NormGrad) {
	n.DWeight, n.DBias, n.Weight, n.RMS = p.gradOf(a.weight), p.gradOf(a.bias), viewOf(a.weight), p.m.Config.RMSNorm
	if n.RMS {
		n.Mean = device.View{}
	}
	p.back(n)
}

func (p *plan) mlpGrad(l layer, r room) {
	dy := p.behindGrad(l.post2, r.behind2)
	p.linearGrad(l.down, dy, r.h, p.dh, false)
	if p.m.Config.gated() {
		_, grad := p.m.Config.gate()
		dgate := r.h // its place is free now
		p.back(
			device.Binary{Op: device.Mul, Dst: dgate, X: p.dh, Y: r.up},
			device.Binary{Op: grad, Dst: dgate, X: r.gate, Y: dgate},
			device.Binary{Op: device.Mul, Dst: p.dh, X: p.dh, Y: r.gateAct},
		)
		p.linearGrad(l.gate, dgate, r.norm2, p.dnorm, false)
		p.linearGrad(l.up, p.dh, r.norm2, p.dnorm, true)
	} else {
		grad := device.GELUTanhGrad
		if p.m.Config.GELU {
			grad = device.GELUGrad
		}
		p.back(device.Binary{Op: grad, Dst: p.dh, X: r.up, Y: p.dh})
		p.linearGrad(l.up, p.dh, r.norm2, p.dnorm, false)
	}
	p.normGrad(l.norm2, r.mid, r.mean2, r.rstd2, p.dx)
}

func (p *plan) attentionGrad(l layer, r room, x device.View) {
	dy := p.behindGrad(l.post1, r.behind1)
	p.linearGrad(l.out, dy, r.att, p.datt, false)
	c := p.m.Config
	rawQ, rawK, v := p.heads(r.qkv)
	rawDQ, rawDK, dv := p.heads(p.dqkv)
	q, k, dq, dk := rawQ, rawK, rawDQ, rawDK
	if c.QKNorm {
		q, k = p.pair(r.qk)
		dq, dk = p.pair(p.dqk)
	}
	att := c.attention(l.index)
	p.back(device.AttentionGrad{DQ: dq, DK: dk, DV: dv, DOut: p.split(p.datt), Q: q, K: k, V: v, Out: p.split(r.att), LSE: r.lse,
		Scale: att.Scale, Cap: att.Cap, Causal: true, Window: att.Window})
	p.back(p.m.turn(l.index, true, dq, dk)...)
	if c.QKNorm {
		p.back(device.NormGrad{DX: rawDQ, DWeight: p.gradOf(l.qnorm.weight), DY: dq, X: rawQ, Weight: viewOf(l.qnorm.weight), Rstd: r.rstdQ, RMS: true},
			device.NormGrad{DX: rawDK, DWeight: p.gradOf(l.knorm.weight), DY: dk, X: rawK, Weight: viewOf(l.knorm.weight), Rstd: r.rstdK, RMS: true})
	}
	p.linearGrad(l.qkv, p.dqkv, r.norm1, p.dnorm, false)
	p.normGrad(l.norm1, x, r.mean1, r.rstd1, p.dx)
}

// dropoutGrad is the gradient of what went into a dropout. The stream's own gradient stays as it is.
func (p *plan) dropoutGrad(dx device.View) device.View {
	if p.m.Config.Dropout == 0 {
		return dx
	}
	p.dropB = append(p.dropB, len(p.backward))
	p.back(device.Dropout{Dst: p.ddrop, X: dx, P: p.m.Config.Dropout})
	return p.ddrop
}
