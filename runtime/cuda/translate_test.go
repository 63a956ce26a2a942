//go:build cgo && linux

package cuda

import (
	"testing"

	"github.com/resident-go/resident/runtime/device"
)

// BenchmarkTranslate is what it takes on the host to make launches of a decoded token's operations, twelve layers of GPT-2's.
func BenchmarkTranslate(b *testing.B) {
	d := open(b)
	mem, err := d.Alloc(device.F32, 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	at := func(shape ...int) device.View { return device.Of(mem, shape...) }
	x, w, bias := at(1, 768), at(768, 768).At(at(768, 768).Transpose(0, 1)), at(768)
	q, k := at(1, 1, 12, 64), at(1, 513, 12, 64)
	var ops []device.Op
	for range 12 {
		ops = append(ops, device.Norm{Dst: x, X: x, Weight: bias, Bias: bias, Eps: 1e-5}, device.MatMul{Dst: x, A: x, B: w, Bias: bias}, device.Copy{Dst: q, X: q},
			device.Attention{Out: q, Q: q, K: k, V: k, Scale: 1, Causal: true}, device.MatMul{Dst: x, A: x, B: w, Bias: bias, Residual: x},
			device.Norm{Dst: x, X: x, Weight: bias, Bias: bias, Eps: 1e-5}, device.MatMul{Dst: x, A: x, B: w, Bias: bias, Act: device.ActGELUTanh}, device.MatMul{Dst: x, A: x, B: w, Bias: bias, Residual: x})
	}
	l := &d.list
	l.d = d
	b.ReportAllocs()
	for b.Loop() {
		for _, op := range ops {
			if err := l.translate(op); err != nil {
				b.Fatal(err)
			}
		}
		l.key()
		l.reset()
	}
}
