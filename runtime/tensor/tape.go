package tensor

import (
	"math"
	"slices"
	"sync/atomic"

	"github.com/resident-go/resident/runtime/device"
)

// node is how a tensor was made.
type node struct {
	op     string
	seq    uint64 // grows with time: what a node was made from has a smaller one
	inputs []*Tensor
	// grads returns the gradients of the inputs, given the gradient of the result; nil where it is not wanted.
	grads func(dy *Tensor) []*Tensor
}

var lastNode atomic.Uint64

// made gives a result its node, if one of the inputs is tracked.
func made(op string, out *Tensor, inputs []*Tensor, grads func(dy *Tensor) []*Tensor) *Tensor {
	if checking.Load() {
		refuseNaN(op, out, inputs)
	}
	if slices.ContainsFunc(inputs, (*Tensor).Tracked) {
		out.node = &node{op: op, seq: lastNode.Add(1), inputs: inputs, grads: grads}
	}
	return out
}

// Op adds an operation from outside of this package to the tape: out was computed from the inputs, and grads returns the gradient of
// each of them (nil where there is none) for the gradient of out.
func Op(name string, out *Tensor, inputs []*Tensor, grads func(dy *Tensor) []*Tensor) *Tensor {
	return made(name, out, inputs, grads)
}

// Track makes t a leaf whose gradient Backward computes. It returns t.
func (t *Tensor) Track() *Tensor {
	if !t.DType().IsFloat() {
		fail("track", "%s has no gradient, only floats do", t.view())
	}
	if t.node == nil {
		t.leaf = true
	}
	return t
}

// Untrack ends that.
func (t *Tensor) Untrack() *Tensor {
	t.leaf = false
	return t
}

// Tracked reports whether t is a leaf, or was made from one.
func (t *Tensor) Tracked() bool { return t.leaf || t.node != nil }

// Grad is the gradient that Backward has added up so far, nil if there is none.
func (t *Tensor) Grad() *Tensor { return t.grad }

// SetGrad gives the gradient its place: Backward adds to it. With nil there is none until the next Backward.
func (t *Tensor) SetGrad(g *Tensor) {
	if g != nil && (!slices.Equal(g.layout.Shape, t.layout.Shape) || g.DType() != t.DType()) {
		fail("set-grad", "the gradient is %s, the tensor %s", g.view(), t.view())
	}
	t.grad = g
}

// ZeroGrad sets the gradient to zero.
func (t *Tensor) ZeroGrad() {
	if t.grad != nil {
		t.grad.AssignFill(0)
	}
}

// when computes a gradient only for a tensor that wants it.
func when(t *Tensor, f func() *Tensor) *Tensor {
	if !t.Tracked() {
		return nil
	}
	return f()
}

// Backward computes the gradient of t, a single number, with respect to all tracked leaves that it was made from, and adds it to theirs.
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
		fail("backward", "nothing that this tensor was made from is tracked")
	}
	if !slices.Equal(dy.layout.Shape, t.layout.Shape) {
		fail("backward", "the gradient is %s, the result %s", dy.view(), t.view())
	}
	grads := map[*Tensor]*Tensor{t: dy.Detach()}
	for _, at := range history(t) {
		g := grads[at]
		delete(grads, at)
		switch {
		case g == nil:
		case at.node == nil:
			at.addGrad(g)
		default:
			pass(at.node, g, grads)
		}
	}
}

// pass hands a gradient on to what a node was made from.
func pass(n *node, dy *Tensor, grads map[*Tensor]*Tensor) {
	for i, g := range n.grads(dy) {
		in := n.inputs[i]
		if g == nil || !in.Tracked() {
			continue
		}
		if checking.Load() {
			refuseNaN("gradient of "+n.op, g, []*Tensor{dy})
		}
		if sum := grads[in]; sum != nil {
			g = sum.Add(g)
		}
		grads[in] = g
	}
}

// history lists what t was made from, later results first and leaves last.
func history(t *Tensor) []*Tensor {
	seen, open := map[*Tensor]bool{t: true}, []*Tensor{t}
	var all []*Tensor
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		all = append(all, at)
		if at.node == nil {
			continue
		}
		for _, in := range at.node.inputs {
			if in.Tracked() && !seen[in] {
				seen[in] = true
				open = append(open, in)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *Tensor) int { return int(int64(b.seq() - a.seq())) })
	return all
}

func (t *Tensor) seq() uint64 {
	if t.node == nil {
		return 0
	}
	return t.node.seq
}

// addGrad adds to the gradient of a leaf.
func (t *Tensor) addGrad(g *Tensor) {
	if t.grad == nil {
		t.grad = t.fresh("backward", t.layout.Shape)
	}
	run("backward", t.Device(), device.Binary{Op: device.Add, Dst: t.grad.view(), X: t.grad.view(), Y: g.view()})
}

// checking is whether results are searched for NaN.
var checking atomic.Bool

// CheckNaN turns a search on or off: each operation, forward and backward, then panics when its result has a NaN that its operands
// did not have, and the error names the operation. It costs a pass over every result, and is for finding out what went wrong.
func CheckNaN(on bool) (before bool) { return checking.Swap(on) }

func refuseNaN(op string, out *Tensor, inputs []*Tensor) {
	if out.hasNaN() && !slices.ContainsFunc(inputs, (*Tensor).hasNaN) {
		fail(op, "the result %s has a NaN, the operands have none", out.view())
	}
}

func (t *Tensor) hasNaN() bool {
	if !t.DType().IsFloat() || t.Size() == 0 {
		return false
	}
	most := t.fresh("check", ones(t.Rank()))
	run("check", t.Device(), device.Reduce{Op: device.Max, Dst: most.view(), X: t.view()})
	return math.IsNaN(most.Item())
}

// ones is the shape of a single number with a rank.
func ones(rank int) []int { return slices.Repeat([]int{1}, rank) }
