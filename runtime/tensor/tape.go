package tensor

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/resident-go/resident/runtime/device"
)

// node is a place on the tape: how a tensor was made, or that it is a leaf. It does not hold the tensor's elements, and of the operands'
// only those that the gradient needs.
type node struct {
	op     string
	seq    uint64  // grows with time: what a node was made from has a smaller one
	keeper *Tensor // whose Grad receives the gradient; nil where nobody asks for it
	inputs []*node // nil where no gradient is wanted
	needs  []reading

	// grads returns the gradients of the inputs, given the gradient of the result; nil where there is none.
	grads func(dy *Tensor) []*Tensor
	// part is set instead where the result is a view of some elements of the only input: the others have the gradient 0.
	part *part
	// view is set where the result shares the memory of the only input.
	view bool
}

// source is the node whose result's memory a node's result has.
func (n *node) source() *node {
	for n != nil && (n.view || n.part != nil) {
		n = n.inputs[0]
	}
	return n
}

// reading is memory whose elements a gradient will read, and how often it had been written to.
type reading struct {
	t      *Tensor
	writes uint64
}

var lastNode atomic.Uint64

// made gives a result its node, if one of the inputs is tracked. Needs are the tensors that grads reads, detached.
func made(op string, out *Tensor, inputs []*Tensor, grads func(dy *Tensor) []*Tensor, needs ...*Tensor) *Tensor {
	if checking.Load() {
		refuseNaN(op, out, inputs)
	}
	if !slices.ContainsFunc(inputs, (*Tensor).Tracked) {
		return out
	}
	n := &node{op: op, seq: lastNode.Add(1), grads: grads, inputs: make([]*node, len(inputs))}
	for i, in := range inputs {
		n.inputs[i] = in.node
	}
	for _, t := range needs {
		if t != nil {
			n.needs = append(n.needs, reading{t, t.store.writes.Load()})
		}
	}
	out.node = n
	return out
}

// Op adds an operation from outside of this package to the tape: out was computed from the inputs, and grads returns the gradient of
// each of them (nil where there is none) for the gradient of out. Backward refuses to go on when one of needs, whose elements grads reads, was
// assigned to in the meantime. It returns out.
func Op(name string, out *Tensor, inputs []*Tensor, grads func(dy *Tensor) []*Tensor, needs ...*Tensor) *Tensor {
	return made(name, out, inputs, grads, needs...)
}

// Track makes t a leaf, whose gradient Backward computes. A tensor that was computed from leaves keeps its gradient, too, from then
// on. It returns t.
func (t *Tensor) Track() *Tensor {
	if !t.DType().IsFloat() {
		fail("track", "%s has no gradient, only floats do", t.view())
	}
	if t.node == nil {
		t.node = &node{op: "leaf"}
		t.store.param.Store(true)
	}
	t.node.keeper = t
	return t
}

// Untrack ends that.
func (t *Tensor) Untrack() *Tensor {
	if t.node == nil {
		return t
	}
	t.node.keeper = nil
	if t.node.isLeaf() {
		t.node = nil
	}
	return t
}

// Tracked reports whether t is a leaf, or was made from one.
func (t *Tensor) Tracked() bool { return t.node != nil }

func (n *node) isLeaf() bool { return n.inputs == nil }

// Grad is the gradient that Backward has added up so far, nil if there is none.
func (t *Tensor) Grad() *Tensor { return t.grad }

// SetGrad gives the gradient its place: Backward adds to it. With nil there is none until the next Backward.
func (t *Tensor) SetGrad(g *Tensor) {
	if g != nil {
		t.fits("set-grad", g)
	}
	t.grad = g
}

// ZeroGrad sets the gradient to zero.
func (t *Tensor) ZeroGrad() {
	if t.grad != nil {
		t.grad.AssignFill(0)
	}
}

// fits refuses a gradient that is not like t.
func (t *Tensor) fits(op string, g *Tensor) {
	if !slices.Equal(g.layout.Shape, t.layout.Shape) || g.DType() != t.DType() || g.Device() != t.Device() {
		fail(op, "the gradient is %s on %s, the tensor %s on %s", g.view(), g.Device().Info().Name, t.view(), t.Device().Info().Name)
	}
}

// addGrad adds to the gradient of a tensor that keeps it.
func (t *Tensor) addGrad(g *Tensor) {
	if t.grad == nil {
		t.grad = t.fresh("backward", t.layout.Shape)
	}
	t.grad.writing("backward")
	run("backward", t.Device(), device.Binary{Op: device.Add, Dst: t.grad.view(), X: t.grad.view(), Y: g.view()})
}

// gradients calls grads. Errors say which operation's gradient they are about.
func (n *node) gradients(dy *Tensor) []*Tensor {
	name := "gradient of " + n.op
	for _, r := range n.needs {
		if r.t.store.writes.Load() != r.writes {
			fail(name, "%s was assigned to since it was used, and its old elements are needed; call Backward before, or assign to a Clone", r.t.view())
		}
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			panic(&Error{Op: name, Err: fmt.Errorf("%s: %w", r.Op, r.Err)})
		default:
			panic(r)
		}
	}()
	all := n.grads(dy)
	if checking.Load() {
		for i, g := range all {
			if g != nil && n.inputs[i] != nil {
				refuseNaN(name, g, []*Tensor{dy})
			}
		}
	}
	return all
}
