package optim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// Optimizer is a method at work. It may be used by one goroutine at a time.
type Optimizer struct {
	name   string
	method Method
	lr     float64
	steps  int
	scale  float64 // of the gradients in the next step

	params []nn.Param         // those that lie together stand together
	places []int              // where each one's numbers begin in the state
	state  [][]*tensor.Tensor // by name of the state, then by parameter: parts of one piece of memory
	grads  []*tensor.Tensor   // of the parameters when chunks were made
	chunks []chunk
}

// chunk is parameters that lie one after the other, as do their gradients.
type chunk struct {
	param, grad device.View
	state       []device.View
	decay       bool
}

func newOptimizer(name string, m Method, params []nn.Param) (*Optimizer, error) {
	o := &Optimizer{name: name, method: m, lr: m.rate(), scale: 1, params: slices.Clone(params)}
	if len(params) == 0 {
		return nil, fmt.Errorf("%s: no parameters to move; nn.Params finds those of a struct in its exported fields", name)
	}
	for i, p := range params {
		if at := slices.IndexFunc(params[:i], func(q nn.Param) bool { return q.Tensor == p.Tensor }); at >= 0 {
			return nil, fmt.Errorf("%s: %s and %s are the same tensor, which would be moved twice", name, params[at].Name, p.Name)
		}
		switch {
		case p.Frozen():
			return nil, fmt.Errorf("%s: %s is frozen, so it cannot be trained", name, p.Name)
		case !p.Tracked():
			return nil, fmt.Errorf("%s: %s is not tracked, so it has no gradient", name, p.Name)
		case p.DType() != params[0].DType():
			return nil, fmt.Errorf("%s: %s is %s, %s %s: give each type an optimizer of its own", name, p.Name, p.DType(), params[0].Name, params[0].DType())
		case p.Device() != params[0].Device():
			return nil, fmt.Errorf("%s: %s is on %s, %s on %s", name, p.Name, p.Device().Info().Name, params[0].Name, params[0].Device().Info().Name)
		case !p.View().IsContiguous():
			return nil, fmt.Errorf("%s: %s does not lie in row-major order", name, p.Name)
		}
	}
	// A model lists its parameters as people read them; in memory those with decay come first.
	slices.SortStableFunc(o.params, func(a, b nn.Param) int {
		if a.View().Data != b.View().Data {
			return 0
		}
		return a.View().Offset - b.View().Offset
	})
	return o, tensor.Try(o.makeState)
}

// makeState makes the memory of what the method keeps for each parameter.
func (o *Optimizer) makeState() {
	total := 0
	for _, p := range o.params {
		o.places = append(o.places, total)
		total += p.Size()
	}
	dtype := device.F32
	if o.params[0].DType() == device.F64 {
		dtype = device.F64
	}
	for range o.method.states() {
		all := o.zeros(dtype, total)
		var parts []*tensor.Tensor
		for i, p := range o.params {
			parts = append(parts, all.Slice(0, o.places[i], o.places[i]+p.Size()).Reshape(p.Shape()...))
		}
		o.state = append(o.state, parts)
	}
}

// String says which method it is, and where it stands.
func (o *Optimizer) String() string {
	return fmt.Sprintf("%s: steps %d, learning rate %g, %d numbers", o.name, o.steps, o.lr, o.size())
}

// size is how many numbers it moves.
func (o *Optimizer) size() (n int) {
	for _, p := range o.params {
		n += p.Size()
	}
	return n
}

// LR is the learning rate.
func (o *Optimizer) LR() float64 { return o.lr }

// SetLR sets the learning rate of the steps to come.
func (o *Optimizer) SetLR(lr float64) { o.lr = lr }

// Steps is how many steps were made.
func (o *Optimizer) Steps() int { return o.steps }

// ZeroGrad sets the gradients of all parameters to zero. It panics with a [tensor.Error] if one of them is frozen memory.
func (o *Optimizer) ZeroGrad() {
	for _, p := range o.params {
		if g := p.Grad(); g != nil && g.Frozen() {
			panic(&tensor.Error{Op: o.name, Err: fmt.Errorf("the gradient of %s is frozen", p.Name)})
		}
	}
	for _, c := range o.layout() {
		o.run(device.Fill{Dst: c.grad})
	}
}

// GradNorm is the length of the vector of all gradients.
func (o *Optimizer) GradNorm() float64 {
	sum := 0.0
	for _, part := range o.overGrads(device.SumSquares, 1) {
		sum += part
	}
	if !math.IsInf(sum, 1) {
		return math.Sqrt(sum)
	}
	// The squares, or their sum, may have been too large where the gradients are not: it is done again with numbers up to 1.
	most := 0.0
	for _, op := range []device.ReduceOp{device.Max, device.Min} {
		for _, part := range o.overGrads(op, 1) {
			most = max(most, math.Abs(part))
		}
	}
	if math.IsInf(most, 1) {
		return most
	}
	sum = 0
	for _, part := range o.overGrads(device.SumSquares, 1/most) {
		sum += part
	}
	return most * math.Sqrt(sum)
}

// overGrads reduces the gradients, multiplied by factor, of each chunk.
func (o *Optimizer) overGrads(op device.ReduceOp, factor float64) []float64 {
	var parts []*tensor.Tensor
	for _, c := range o.layout() {
		x, dtype := c.grad, c.grad.DType()
		if factor != 1 {
			scaled := o.zeros(dtype, x.Size())
			o.run(device.Unary{Op: device.Affine, Dst: scaled.View(), X: x, P: factor})
			x = scaled.View()
		}
		if op == device.SumSquares && dtype == device.BF16 {
			dtype = device.F32
		}
		part := o.zeros(dtype, 1)
		o.run(device.Reduce{Op: op, Dst: part.View(), X: x})
		parts = append(parts, part)
	}
	values := make([]float64, len(parts))
	for i, part := range parts { // all are under way before the first is waited for
		values[i] = part.Item()
	}
	return values
}

func (o *Optimizer) zeros(dtype device.DType, n int) *tensor.Tensor {
	return tensor.Zeros(n).To(dtype).On(o.params[0].Device())
}

// Clip has the next step use gradients that are scaled down to the norm most, if theirs is larger. It returns their norm. If that is infinite, what is
// finite in them becomes 0. It panics with a [tensor.Error] if most is not above 0.
func (o *Optimizer) Clip(most float64) (norm float64) {
	if !(most > 0) {
		panic(&tensor.Error{Op: o.name, Err: fmt.Errorf("clip gradients to a norm of %g: want one above 0", most)})
	}
	norm = o.GradNorm()
	o.scale = 1
	if norm > most {
		o.scale = max(most/norm, math.SmallestNonzeroFloat64) // a scale of 0 would stand for 1
	}
	return norm
}

// Step moves the parameters. It panics with a [tensor.Error] if they were frozen meanwhile.
func (o *Optimizer) Step() {
	for _, p := range o.params {
		if p.Frozen() {
			panic(&tensor.Error{Op: o.name, Err: fmt.Errorf("%s is frozen, so it cannot be trained", p.Name)})
		}
	}
	chunks := o.layout()
	o.steps++
	for _, p := range o.params {
		p.Written()
	}
	for _, c := range chunks {
		o.run(o.method.op(step{c.param, c.grad, c.state, o.lr, o.scale, c.decay, o.steps}))
	}
	o.scale = 1
}

func (o *Optimizer) run(op device.Op) {
	if err := o.params[0].Device().Run(op); err != nil {
		panic(&tensor.Error{Op: o.name, Err: err})
	}
}

// layout finds the chunks, anew when a gradient has another place than before.
func (o *Optimizer) layout() []chunk {
	grads := make([]*tensor.Tensor, len(o.params))
	for i, p := range o.params {
		if p.Grad() == nil {
			p.SetGrad(p.ZerosLike())
		}
		grads[i] = p.Grad()
	}
	if !slices.Equal(grads, o.grads) {
		o.grads, o.chunks = grads, nil
		for i, p := range o.params {
			o.extend(i, p)
		}
	}
	return o.chunks
}

// extend adds a parameter to the last chunk if it lies right behind it, else begins another.
func (o *Optimizer) extend(i int, p nn.Param) {
	next := chunk{param: flat(p.Tensor), grad: flat(p.Grad()), decay: p.Decay}
	for _, s := range o.state {
		next.state = append(next.state, flat(s[i]))
	}
	if n := len(o.chunks); n > 0 {
		last := &o.chunks[n-1]
		if last.decay == next.decay && follows(last.param, next.param) && follows(last.grad, next.grad) {
			grow(&last.param, next.param)
			grow(&last.grad, next.grad)
			for j := range last.state {
				grow(&last.state[j], next.state[j])
			}
			return
		}
	}
	o.chunks = append(o.chunks, next)
}

func flat(t *tensor.Tensor) device.View {
	v := t.View()
	l, ok := v.Reshape(v.Size())
	if !ok {
		panic(&tensor.Error{Op: "optimizer", Err: errors.New("a gradient does not lie in row-major order")})
	}
	return v.At(l)
}

func follows(a, b device.View) bool { return a.Data == b.Data && a.Offset+a.Size() == b.Offset }

func grow(a *device.View, b device.View) {
	a.Layout = device.Layout{Shape: []int{a.Size() + b.Size()}, Strides: []int{1}, Offset: a.Offset}
}
