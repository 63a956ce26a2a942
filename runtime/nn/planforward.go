package nn

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

func (p *plan) then(ops ...device.Op) { p.forward = append(p.forward, ops...) }

func (p *plan) buildForward() {
	m := p.m
	p.lower()
	ids, x0 := p.ids.At(device.Contiguous(p.n)), p.x0
	p.then(device.Gather{Dst: x0, Table: p.param(m.embed), IDs: ids})
	p.then(m.Config.scaledEmbedding(x0)...)
	if m.position != nil {
		all, _ := x0.Reshape(p.b, p.t, m.Config.Embed)
		position := p.param(m.position)
		at, _ := position.Slice(0, 0, p.t, 1).Broadcast(p.b, p.t, m.Config.Embed)
		p.then(device.Binary{Op: device.Add, Dst: x0.At(all), X: x0.At(all), Y: position.At(at)})
	}
	p.dropout(x0)
	x := x0
	for i, l := range m.layers {
		r := p.rooms[i]
		p.attention(l, r, x)
		p.mlp(l, r)
		x = r.out
	}
	p.norm(m.norm, p.last.norm1, x, p.last.mean1, p.last.rstd1)
	p.then(device.MatMul{Dst: p.wide, A: p.last.norm1, B: transposed(p.head())})
	p.capLogits()
	p.entropy = len(p.forward)
	ce := device.CrossEntropy{Losses: p.losses, Logits: p.logits, Targets: p.targets.At(device.Contiguous(p.n)), Scale: 1}
	if p.training {
		ce.DLogits = p.logits
	}
	p.then(ce, device.Reduce{Op: device.Sum, Dst: p.sum, X: p.losses})
}

// attention is mid = x + out(attention(qkv(norm(x)))).
func (p *plan) attention(l layer, r room, x device.View) {
	p.norm(l.norm1, r.norm1, x, r.mean1, r.rstd1)
	p.linear(l.qkv, device.MatMul{Dst: r.qkv, A: r.norm1})
	q, k, v := p.heads(r.qkv)
	c := p.m.Config
	if c.QKNorm {
		rawQ, rawK := q, k
		q, k = p.pair(r.qk)
		p.then(device.Norm{Dst: q, X: rawQ, Weight: viewOf(l.qnorm.weight), Rstd: r.rstdQ, Eps: c.Eps, RMS: true},
			device.Norm{Dst: k, X: rawK, Weight: viewOf(l.knorm.weight), Rstd: r.rstdK, Eps: c.Eps, RMS: true})
	}
	p.then(p.m.turn(l.index, false, q, k)...)
	att := c.attention(l.index)
	att.Out, att.LSE, att.Q, att.K, att.V = p.split(r.att), r.lse, q, k, v
	p.then(att)
	p.residual(l.out, l.post1, r.behind1, r.mid, r.att, x)
}

// turn turns heads of a layer by their positions, or back.
func (m *GPT) turn(layer int, back bool, heads ...device.View) (ops []device.Op) {
	if !m.Config.turns(layer) {
		return nil
	}
	for _, x := range heads {
		op := m.Config.rotary(layer, viewOf(m.frequencies))
		op.Dst, op.X, op.Inverse = x, x, back
		ops = append(ops, op)
	}
	return ops
}

// capLogits keeps the scores within their cap. Their tanh is kept for the gradient.
func (p *plan) capLogits() {
	limit := p.m.Config.LogitCap
	if limit == 0 {
		return
	}
	if !p.training {
		p.then(p.m.Config.capped(p.logits)...)
		return
	}
	p.tanh = p.act(p.n, p.m.Config.VocabSize)
	p.then(device.Unary{Op: device.Affine, Dst: p.tanh, X: p.logits, P: 1 / limit}, device.Unary{Op: device.Tanh, Dst: p.tanh, X: p.tanh},
		device.Unary{Op: device.Affine, Dst: p.logits, X: p.tanh, P: limit})
}

// mlp is out = mid + down(act(up(norm(mid)))).
func (p *plan) mlp(l layer, r room) {
	p.norm(l.norm2, r.norm2, r.mid, r.mean2, r.rstd2)
	if p.m.Config.gated() {
		act, _ := p.m.Config.gate()
		p.linear(l.gate, device.MatMul{Dst: r.gateAct, A: r.norm2, Pre: r.gate, Act: act})
		p.linear(l.up, device.MatMul{Dst: r.up, A: r.norm2})
		p.then(device.Binary{Op: device.Mul, Dst: r.h, X: r.gateAct, Y: r.up})
	} else {
		p.linear(l.up, device.MatMul{Dst: r.h, A: r.norm2, Pre: r.up, Act: p.m.Config.gelu()})
	}
	p.residual(l.down, l.post2, r.behind2, r.out, r.h, r.mid)
}

func (p *plan) norm(a affine, dst, x, mean, rstd device.View) {
	n := device.Norm{Dst: dst, X: x, Weight: viewOf(a.weight), Bias: viewOf(a.bias), Eps: p.m.Config.Eps, RMS: p.m.Config.RMSNorm}
	if p.training {
		n.Rstd = rstd
		if !n.RMS {
			n.Mean = mean
		}
	}
	p.then(n)
}

func (p *plan) linear(a affine, op device.MatMul) {
	op.B, op.Bias = transposed(p.weight(a)), p.param(a.bias)
	p.then(op)
}

// weight is the matrix of a layer. With something added it is made anew in each pass: that takes as many operations as rank tokens do.
func (p *plan) weight(a affine) device.View {
	if a.low == nil {
		return p.param(a.weight)
	}
	if w, made := p.merged[a.weight]; made {
		return w
	}
	w := p.f32(a.weight.Shape()...)
	p.then(device.Copy{Dst: w, X: a.weight.View()},
		device.MatMul{Dst: w, A: a.low.b.View(), B: a.low.a.View(), Alpha: a.low.scale, Accumulate: true})
	if p.merged == nil {
		p.merged = map[*tensor.Tensor]device.View{}
	}
	if t := p.m.Precision(); t != device.F32 { // what is added is too small for the sum to be made in bf16
		low := p.alloc(t, a.weight.Shape()...)
		p.then(device.Copy{Dst: low, X: w})
		w = low
	}
	p.merged[a.weight] = w
	return w
}

// residual is dst = x + dropout(post(a(y))).
func (p *plan) residual(a, post affine, b behind, dst, y, x device.View) {
	if post.weight == nil && (!p.training || p.m.Config.Dropout == 0) {
		p.linear(a, device.MatMul{Dst: dst, A: y, Residual: x})
		return
	}
	if post.weight == nil {
		p.linear(a, device.MatMul{Dst: dst, A: y})
	} else {
		p.linear(a, device.MatMul{Dst: b.x, A: y})
		p.norm(post, dst, b.x, b.mean, b.rstd)
	}
	p.dropout(dst)
	p.then(device.Binary{Op: device.Add, Dst: dst, X: dst, Y: x})
}

func (p *plan) dropout(x device.View) {
	if p.training && p.m.Config.Dropout > 0 {
		p.dropF = append(p.dropF, len(p.forward))
		p.then(device.Dropout{Dst: x, X: x, P: p.m.Config.Dropout})
	}
}
