package cpu

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// quantized is a product with weights of 8 bits, which lie as the transposed of [n, k].
func (d *Device) quantized(o device.MatMul) error {
	ld, columns, ok := fits(o.B)
	if !ok || !columns && o.B.Shape[0] > 1 && o.B.Shape[1] > 1 || o.A.Shape[1] == 0 || orOne(o.Alpha) != 1 || o.Act == device.ActGELU ||
		o.Accumulate && (o.Act != device.NoActivation || o.Pre.Given()) {
		return plain.Do(o)
	}
	s := shelf{d: d}
	defer s.empty()
	f := o
	if err := s.fit(&f.A, device.F32, false, true); err != nil {
		return err
	}
	if !f.Scales.IsContiguous() {
		if err := s.replace(&f.Scales, device.F32, true); err != nil {
			return err
		}
	}
	if err := s.fitOthers(&f, device.F32); err != nil {
		return err
	}
	m, k, n := f.A.Shape[0], f.A.Shape[1], f.B.Shape[1]
	lda, _, _ := fits(f.A)
	ldc, _, _ := fits(f.Dst)
	if !columns {
		ld = k // a single row or column lies either way
	}
	w := int8Weights{n: n, k: k, group: k / f.Scales.Shape[1], data: plain.Slice[int8](f.B.Data.(*plain.Buffer))[f.B.Offset:], ld: ld, scales: f32At(f.Scales, f.Scales.Offset)}
	e := epilogueOf(f)
	gemmInt8(w, m, f32At(f.A, f.A.Offset), lda, beta32(f), f32At(f.Dst, f.Dst.Offset), ldc, &e)
	return s.putBack(o, f)
}
