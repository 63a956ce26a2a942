package tensor

import "testing"

// BenchmarkEager measures small operations, where what surrounds the arithmetic counts, and a small network. bench/eager.py compares it with
// PyTorch.
func BenchmarkEager(b *testing.B) {
	g := Seed(1)
	x, y, dy := g.Normal(64, 64), g.Normal(64, 64), g.Normal(64, 64)
	w, bias := g.Normal(64, 64).Track(), g.Normal(64).Track()
	for _, row := range []struct {
		name string
		f    func()
	}{
		{"zeros", func() { Zeros(64, 64) }},
		{"transpose", func() { x.T() }},
		{"add", func() { x.Add(y) }},
		{"add-row", func() { x.Add(bias) }},
		{"exp", func() { x.Exp() }},
		{"sum", func() { x.Sum() }},
		{"softmax", func() { x.Softmax(-1) }},
		{"matmul", func() { x.MatMul(y) }},
		{"add-backward", func() { w.Add(x).BackwardFrom(dy) }},
		{"matmul-backward", func() { x.MatMul(w).BackwardFrom(dy) }},
		{"layer-backward", func() { Linear(x, w, bias).GELU().BackwardFrom(dy) }},
		{"mlp-step", network(g)},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				row.f()
			}
		})
	}
}

// network is a step of training: 64 pictures of 784 points, 256 hidden numbers, 10 classes, plain gradient descent.
func network(g *Generator) func() {
	x, y := g.Normal(64, 784), g.Ints(0, 10, 64)
	params := []*Tensor{g.Normal(256, 784).Scale(0.03), Zeros(256), g.Normal(10, 256).Scale(0.06), Zeros(10)}
	for _, p := range params {
		p.Track()
	}
	return func() {
		for _, p := range params {
			p.ZeroGrad()
		}
		Linear(Linear(x, params[0], params[1]).ReLU(), params[2], params[3]).CrossEntropy(y).Backward()
		for _, p := range params {
			p.AssignSub(p.Grad().Scale(0.01))
		}
	}
}
