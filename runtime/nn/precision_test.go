package nn

import (
	"math"
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// TestMixedPrecision compares the loss and the direction of all gradients in mixed precision with those in f32: bf16 has 8 bits of mantissa, and each
// number passes through a handful of roundings.
func TestMixedPrecision(t *testing.T) {
	large := forms[0]
	large.name, large.cfg.VocabSize, large.cfg.Embed = "large vocabulary", 1027, 32 // scores in rows with a margin
	for _, form := range append(slices.Clone(forms), large) {
		exact, mixed := newGPT(t, form.cfg), newGPT(t, form.cfg)
		if err := mixed.SetPrecision(device.BF16); err != nil {
			t.Fatal(err)
		}
		ids, targets := batch(form.cfg, 4, 7)
		a, b := exact.Loss(ids, targets), mixed.Loss(ids, targets)
		if d := math.Abs(a.Item()-b.Item()) / a.Item(); d > 2e-3 {
			t.Errorf("%s: loss %g, in mixed precision %g", form.name, a.Item(), b.Item())
		}
		a.Backward()
		b.Backward()
		for i, p := range exact.Params() {
			g, h := p.Grad(), mixed.Params()[i].Grad()
			if h.DType() != device.F32 {
				t.Fatalf("%s: gradients of %s are %s", form.name, p.Name, h.DType())
			}
			if same := cosine(g, h); same < 0.999 {
				t.Errorf("%s: gradients of %s point elsewhere in mixed precision, the cosine is %.4f", form.name, p.Name, same)
			}
		}
	}
}

func cosine(a, b *tensor.Tensor) float64 {
	dot := func(a, b *tensor.Tensor) float64 { return a.Mul(b).Sum().Item() }
	return dot(a, b) / math.Sqrt(dot(a, a)*dot(b, b))
}

func TestPrecisionErrors(t *testing.T) {
	m := newGPT(t, forms[0].cfg)
	if err := m.SetPrecision(device.I8); err == nil || err.Error() != "a GPT computes in f32 or bf16, not i8" {
		t.Error(err)
	}
	if m.Precision() != device.F32 {
		t.Errorf("precision %s after a refusal", m.Precision())
	}
}
