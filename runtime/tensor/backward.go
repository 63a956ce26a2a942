package tensor

import (
	"cmp"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// Backward computes the gradient of t, a single number, with respect to all tracked leaves that it was made from, and adds it to theirs.
// It can be called again: the tape lives as long as t does.
func (t *Tensor) Backward() {
	if t.Size() != 1 {
		fail("backward", "%s is not a single number; give the gradient of the result to BackwardFrom", t.view())
	}
	one := t.fresh("backward", t.layout.Shape)
	one.AssignFill(1)
	t.BackwardFrom(one)
}

// BackwardFrom is Backward for a result of any shape, of which dy is the gradient.
func (t *Tensor) BackwardFrom(dy *Tensor) {
	if !t.Tracked() {
		fail("backward", "nothing that %s was made from is tracked; Track its parameters first", t.view())
	}
	t.fits("backward", dy)
	flows := map[*node]*flow{t.node: {sum: dy.Detach()}}
	for _, n := range history(t.node) {
		f := flows[n]
		delete(flows, n)
		if f == nil {
			continue
		}
		if n.keeper != nil {
			n.keeper.addGrad(f.sum)
		}
		n.pass(f.sum, flows)
	}
}

// pass hands the gradient of a result on to what it was made from.
func (n *node) pass(dy *Tensor, flows map[*node]*flow) {
	into := func(in *node) *flow {
		if flows[in] == nil {
			flows[in] = &flow{}
		}
		return flows[in]
	}
	switch {
	case n.part != nil:
		into(n.inputs[0]).addPart(n.part, dy)
	case n.grads != nil:
		for i, g := range n.gradients(dy) {
			if g != nil && n.inputs[i] != nil {
				into(n.inputs[i]).add(g)
			}
		}
	}
}

// history lists what a node was made from, later results first and leaves last.
func history(last *node) []*node {
	seen, open := map[*node]bool{last: true}, []*node{last}
	var all []*node
	for len(open) > 0 {
		n := open[len(open)-1]
		open = open[:len(open)-1]
		all = append(all, n)
		for _, in := range n.inputs {
			if in != nil && !seen[in] {
				seen[in] = true
				open = append(open, in)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *node) int { return cmp.Compare(b.seq, a.seq) })
	return all
}

// flow is the gradient of a node while it is added up.
type flow struct {
	sum *Tensor
	own bool // nobody else has this memory: it can be added to
}

func (f *flow) add(g *Tensor) {
	switch {
	case f.sum == nil:
		f.sum = g
	case f.own:
		f.sum.AssignAdd(g)
	default:
		f.sum, f.own = f.sum.Add(g), true
	}
}

// part is which elements of a tensor a view has.
type part struct {
	whole mold
	cut   func(device.Layout) device.Layout // from the whole's layout to the view's
}

// addPart adds the gradient of some elements.
func (f *flow) addPart(p *part, g *Tensor) {
	if !f.own {
		whole := p.whole.zeros("backward")
		if f.sum != nil {
			whole.Assign(f.sum)
		}
		f.sum, f.own = whole, true
	}
	f.sum.at(p.cut(f.sum.layout)).AssignAdd(g)
}

// mold is what new memory like a tensor's needs.
type mold struct {
	dev   device.Device
	dtype device.DType
	shape []int
}

func (t *Tensor) mold() mold { return mold{t.Device(), t.DType(), t.layout.Shape} }

func (m mold) zeros(op string) *Tensor { return empty(op, m.dev, m.dtype, m.shape) }
