package tensor

import "testing"

// BenchmarkEager measures small operations, where what surrounds the arithmetic counts.
func BenchmarkEager(b *testing.B) {
	g := Seed(1)
	x, y := g.Normal(64, 64), g.Normal(64, 64)
	w, v := g.Normal(64, 64).Track(), g.Normal(64).Track()
	one := Vector(1)
	dy := g.Normal(64, 64)
	for _, row := range []struct {
		name string
		f    func()
	}{
		{"make", func() { Zeros(1) }},
		{"view", func() { x.T() }},
		{"add 1", func() { one.Add(one) }},
		{"add", func() { x.Add(y) }},
		{"add bias", func() { x.Add(v) }},
		{"exp", func() { x.Exp() }},
		{"sum", func() { x.Sum() }},
		{"matmul", func() { x.MatMul(y) }},
		{"add and back", func() { w.Add(x).BackwardFrom(dy) }},
		{"matmul and back", func() { x.MatMul(w).BackwardFrom(dy) }},
		{"linear, gelu and back", func() { Linear(x, w, v).GELU().BackwardFrom(dy) }},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				row.f()
			}
		})
	}
}
