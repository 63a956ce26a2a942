package nn

import (
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// plan is the computation of a loss and its gradients for one shape of input: lists of device operations, with the memory they work in.
// Nothing is allocated when it runs.
type plan struct {
	m        *GPT
	b, t, n  int // n = b·t
	training bool
	grads    []*tensor.Tensor // of the parameters when the plan was made, nil where none is wanted

	ids, targets        device.View // i32 [b, t]
	losses, sum         device.View // [n], [1]
	logits              device.View // [n, vocab]; the gradient takes its place
	wide                device.View // logits, with a margin that is 0
	x0                  device.View // [n, embed], what goes into the first layer
	rooms               []room
	last                room
	forward, backward   []device.Op
	entropy             int   // where in forward the loss is
	dropF, dropB        []int // where dropout is, in the order of the layers and against it
	dx, dnorm, dh, dqkv device.View
	datt, dqk           device.View
	ddrop               device.View                     // the gradient before a dropout
	dbehind             device.View                     // the gradient before a norm behind attention or MLP
	tanh                device.View                     // [n, vocab], of scores within a cap
	merged              map[*tensor.Tensor]device.View  // matrices with what is added to them
	low                 map[device.Buffer]device.Buffer // the parameters' memory in bf16, in mixed precision
	lastLayer           device.View                     // see head
	bytes               int
	run                 uint64 // counts forward passes: what they leave behind is overwritten by the next
}

// room is what a layer leaves for its gradient.
type room struct {
	norm1, mean1, rstd1, qkv, att, lse, mid, norm2, mean2, rstd2, gate, gateAct, up, h, out device.View
	qk, rstdQ, rstdK                                                                        device.View // queries and keys behind their norms
	behind1, behind2                                                                        behind
}

// behind is what a norm behind attention or MLP was given, and its statistics.
type behind struct{ x, mean, rstd device.View }

// plans keeps what was made, by shape.
type plans map[[3]int]*plan

// plannedInput is what a loss was computed from: enough to do it again.
type plannedInput struct {
	ids, targets []byte
	count        int
	stream       uint64 // of the first dropout
}

// planned computes the loss by a plan.
func (m *GPT) planned(ids, targets *tensor.Tensor) *tensor.Tensor {
	p := m.planFor(ids.Dim(0), ids.Dim(1))
	in := plannedInput{ids: ids.Bytes(), targets: targets.Bytes(), stream: m.gen.State()}
	in.count = m.checkTokens(ids.Ints(), targets.Ints())
	if p.training {
		for range p.dropF {
			m.gen.Next()
		}
	}
	loss := p.loss(in)
	if !p.training {
		return loss
	}
	run := p.run
	var tracked, read []*tensor.Tensor
	for i, q := range m.params {
		read = append(read, q.Tensor)
		if p.grads[i] != nil {
			tracked = append(tracked, q.Tensor)
		}
	}
	return tensor.Op("gpt loss", loss, tracked, func(dy *tensor.Tensor) []*tensor.Tensor {
		if p.run != run {
			p.loss(in)
			run = p.run
		}
		p.spread(dy.Item())
		p.run++ // the gradient has overwritten the logits
		return make([]*tensor.Tensor, len(tracked))
	}, read...)
}

// checkTokens counts the targets, and refuses what is not in the vocabulary here, where it can be said at once: a device may notice it much later.
func (m *GPT) checkTokens(ids, targets []int32) (count int) {
	vocab := int32(m.Config.VocabSize)
	for i, id := range ids {
		if target := targets[i]; id < 0 || id >= vocab || target >= vocab {
			panic(&tensor.Error{Op: "gpt loss", Err: fmt.Errorf("token %d with target %d at %d: the vocabulary has %d", id, target, i, vocab)})
		}
		if targets[i] >= 0 {
			count++
		}
	}
	return count
}

// planFor returns the plan for a shape, making it when there is none that fits the parameters' present state.
func (m *GPT) planFor(b, t int) *plan {
	key := [3]int{b, t, 0}
	grads := make([]*tensor.Tensor, len(m.params))
	if !m.evaluating {
		for i, p := range m.params {
			if p.Tracked() {
				if p.Grad() == nil {
					p.SetGrad(p.ZerosLike())
				}
				grads[i], key[2] = p.Grad(), 1
			}
		}
	}
	if p := m.plans[key]; p != nil && slices.Equal(p.grads, grads) {
		return p
	}
	if m.plans == nil || len(m.plans) >= maxPlans {
		m.plans = plans{}
	}
	p := &plan{m: m, b: b, t: t, n: b * t, training: key[2] == 1, grads: grads}
	p.build()
	m.plans[key] = p
	return p
}

// maxPlans bounds the memory that plans for different shapes keep.
const maxPlans = 4

// loss runs the forward list.
func (p *plan) loss(in plannedInput) *tensor.Tensor {
	dev := p.m.Device()
	p.do("gpt loss", dev.Write(p.ids.Data, 0, in.ids))
	p.do("gpt loss", dev.Write(p.targets.Data, 0, in.targets))
	seed := p.m.gen.Seed()
	for i, at := range p.dropF {
		d := p.forward[at].(device.Dropout)
		d.Seed, d.Stream = seed, in.stream+uint64(i)
		p.forward[at] = d
		e := p.backward[p.dropB[len(p.dropB)-1-i]].(device.Dropout)
		e.Seed, e.Stream = d.Seed, d.Stream
		p.backward[p.dropB[len(p.dropB)-1-i]] = e
	}
	ce := p.forward[p.entropy].(device.CrossEntropy)
	ce.Scale = 1 / math.Max(1, float64(in.count))
	p.forward[p.entropy] = ce
	p.do("gpt loss", dev.Run(p.forward...))
	p.run++
	out := tensor.Scalar(0).On(dev)
	p.do("gpt loss", dev.Run(device.Unary{Op: device.Affine, Dst: out.View(), X: scalarView(p.sum), P: ce.Scale}))
	return out
}

// spread runs the backward list for a gradient of the loss.
func (p *plan) spread(dloss float64) {
	for i, g := range p.grads {
		if g != nil && g.Frozen() {
			p.do("gpt gradient", fmt.Errorf("the gradient of %s is frozen", p.m.params[i].Name))
		}
	}
	if dloss != 1 {
		p.do("gpt gradient", p.m.Device().Run(device.Unary{Op: device.Affine, Dst: p.logits, X: p.logits, P: dloss}))
	}
	p.do("gpt gradient", p.m.Device().Run(p.backward...))
}

func (p *plan) do(op string, err error) {
	if err != nil {
		panic(&tensor.Error{Op: op, Err: err})
	}
}

func scalarView(v device.View) device.View {
	return v.At(device.Layout{Offset: v.Offset})
}

// alloc is memory of the plan.
func (p *plan) alloc(t device.DType, shape ...int) device.View {
	v := device.Contiguous(shape...)
	b, err := p.m.Device().Alloc(t, v.Size())
	if err != nil {
		panic(&tensor.Error{Op: "gpt plan", Err: fmt.Errorf("for %d sequences of %d tokens: %w", p.b, p.t, err)})
	}
	p.bytes += v.Size() * t.Size()
	return device.View{Data: b, Layout: v}
}

func (p *plan) f32(shape ...int) device.View { return p.alloc(device.F32, shape...) }

// act is memory for what flows through the model.
func (p *plan) act(shape ...int) device.View { return p.alloc(p.m.Precision(), shape...) }

// build makes the lists.
func (p *plan) build() {
	c := p.m.Config
	p.ids, p.targets = p.alloc(device.I32, p.b, p.t), p.alloc(device.I32, p.b, p.t)
	p.losses, p.sum, p.x0 = p.f32(p.n), p.f32(1), p.act(p.n, c.Embed)
	p.wide = p.act(p.n, p.margin())
	p.logits = p.wide.At(p.wide.Slice(1, 0, c.VocabSize, 1))
	for i := range c.Layers {
		if i > 0 && !p.training { // nobody comes back
			r := p.rooms[0]
			if i == 1 {
				r.out = p.act(p.n, c.Embed)
			} else {
				r.out = p.rooms[i-2].out
			}
			p.rooms = append(p.rooms, r)
			continue
		}
		p.rooms = append(p.rooms, p.newRoom())
	}
	p.last = room{norm1: p.act(p.n, c.Embed), mean1: p.f32(p.n), rstd1: p.f32(p.n)}
	p.buildForward()
	if p.training {
		p.dx, p.dnorm = p.act(p.n, c.Embed), p.act(p.n, c.Embed)
		p.dh, p.dqkv, p.datt = p.act(p.n, c.Hidden), p.act(p.n, c.qkvSize()), p.act(p.n, c.heads())
		if c.QKNorm {
			p.dqk = p.act(p.n, c.qkSize())
		}
		if c.Dropout > 0 {
			p.ddrop = p.act(p.n, c.Embed)
		}
		if c.PostNorm {
			p.dbehind = p.act(p.n, c.Embed)
		}
		p.buildBackward()
	}
}

func (p *plan) newRoom() room {
	c, n := p.m.Config, p.n
	r := room{
		norm1: p.act(n, c.Embed), mean1: p.f32(n), rstd1: p.f32(n), qkv: p.act(n, c.qkvSize()),
		att: p.act(n, c.heads()), lse: p.f32(p.b, c.Heads, p.t), mid: p.act(n, c.Embed),
		norm2: p.act(n, c.Embed), mean2: p.f32(n), rstd2: p.f32(n),
		up: p.act(n, c.Hidden), h: p.act(n, c.Hidden), out: p.act(n, c.Embed),
	}
	if c.gated() {
		r.gate, r.gateAct = p.act(n, c.Hidden), p.act(n, c.Hidden)
	}
	if c.PostNorm {
		r.behind1, r.behind2 = behind{p.act(n, c.Embed), p.f32(n), p.f32(n)}, behind{p.act(n, c.Embed), p.f32(n), p.f32(n)}
	}
	if c.QKNorm {
		r.qk, r.rstdQ, r.rstdK = p.act(n, c.qkSize()), p.f32(p.b, p.t, c.Heads), p.f32(p.b, p.t, c.KVHeads)
	}
	return r
}

// heads are the views of queries, keys and values [b, t, heads, d] in rows that hold all three.
func (p *plan) heads(qkv device.View) (q, k, v device.View) {
	q, k = p.pair(qkv)
	return q, k, p.some(qkv, p.m.Config.Heads+p.m.Config.KVHeads, p.m.Config.KVHeads)
}

// pair are the views of queries and keys alone.
func (p *plan) pair(qk device.View) (q, k device.View) {
	c := p.m.Config
	return p.some(qk, 0, c.Heads), p.some(qk, c.Heads, c.KVHeads)
}

// some is so many heads from one on.
func (p *plan) some(rows device.View, from, heads int) device.View {
	d, w := p.m.Config.HeadSize, rows.Shape[1]
	return rows.At(device.Layout{Shape: []int{p.b, p.t, heads, d}, Strides: []int{p.t * w, w, d, 1}, Offset: rows.Offset + from*d})
}

// split is a view [n, heads·d] seen as [b, t, heads, d].
func (p *plan) split(v device.View) device.View {
	l, _ := v.Reshape(p.b, p.t, p.m.Config.Heads, p.m.Config.HeadSize)
	return v.At(l)
}

// transposed swaps a matrix' dimensions.
func transposed(v device.View) device.View { return v.At(v.Transpose(0, 1)) }

func viewOf(t *tensor.Tensor) device.View {
	if t == nil {
		return device.View{}
	}
	return t.View()
}
