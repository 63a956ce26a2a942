package cpu

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

func (d *Device) matmul(o device.MatMul) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	if o.B.DType() == device.I8 {
		return plain.Do(o)
	}
	if o.Dst.Size() == 0 {
		return nil
	}
	t := device.F32
	if o.Dst.DType() == device.F64 {
		t = device.F64
	}
	s := shelf{d: d}
	defer s.empty()
	dst, pre := o.Dst, o.Pre
	if err := s.fit(&o, t); err != nil {
		return err
	}
	if err := d.multiply(&s, o, t); err != nil {
		return err
	}
	for _, result := range [][2]device.View{{dst, o.Dst}, {pre, o.Pre}} {
		if result[0].Given() && result[0].Data != result[1].Data {
			if err := d.copy(device.Copy{Dst: result[0], X: result[1]}); err != nil {
				return err
			}
		}
	}
	return nil
}

// fit brings the operands into the form that products take: of type t, in rows whose elements lie side by side; A and B may lie in columns.
// What does not lie so is copied.
func (s *shelf) fit(o *device.MatMul, t device.DType) error {
	for _, v := range []*device.View{&o.A, &o.B} {
		if _, _, ok := fits(*v); !ok || v.DType() != t {
			if err := s.replace(v, t, true); err != nil {
				return err
			}
		}
	}
	if o.Bias.Given() && (o.Bias.DType() != t || !o.Bias.IsContiguous()) {
		if err := s.replace(&o.Bias, t, true); err != nil {
			return err
		}
	}
	// A residual in the place of the result is lost as soon as something else is stored there.
	inPlace := o.Residual.Given() && o.Residual.Data == o.Dst.Data && (o.Act != device.NoActivation || o.Accumulate || o.Pre.Given() || t == device.F64)
	for _, v := range []struct {
		view *device.View
		copy bool
		read bool
	}{{&o.Residual, inPlace, true}, {&o.Dst, false, o.Accumulate}, {&o.Pre, false, false}} {
		if !v.view.Given() {
			continue
		}
		if _, columns, ok := fits(*v.view); !ok || columns || v.copy || v.view.DType() != t {
			if err := s.replace(v.view, t, v.read); err != nil {
				return err
			}
		}
	}
	return nil
}

// fits tells how the matrices of a view lie: the distance between rows, or between columns, and whether products can take that.
func fits(v device.View) (ld int, columns, ok bool) {
	r := v.Rank()
	rows, cols, down, right := v.Shape[r-2], v.Shape[r-1], v.Strides[r-2], v.Strides[r-1]
	switch {
	case rows == 0 || cols == 0:
		return max(cols, 1), false, true
	case (right == 1 || cols <= 1) && (down >= cols || rows <= 1):
		if rows <= 1 {
			down = cols
		}
		return down, false, true
	case (down == 1 || rows <= 1) && (right >= rows || cols <= 1):
		if cols <= 1 {
			right = rows
		}
		return right, true, true
	}
	return 0, false, false
}

// multiply computes with operands that fit.
func (d *Device) multiply(s *shelf, o device.MatMul, t device.DType) error {
	sum := o.Dst
	apart := o.Accumulate && (o.Act != device.NoActivation || o.Pre.Given()) // what is there must not go through the activation
	if apart {
		if err := s.replace(&o.Dst, t, false); err != nil {
			return err
		}
		o.Accumulate = false
	}
	fused := t == device.F32 && o.Act != device.ActGELU
	if err := d.products(o, t, fused); err != nil {
		return err
	}
	if !fused {
		if err := d.finish(o); err != nil {
			return err
		}
	}
	if apart {
		return d.binary(device.Binary{Op: device.Add, Dst: sum, X: sum, Y: o.Dst})
	}
	return nil
}

// finish does to a product what the kernels of products did not: bias, activation, residual.
func (d *Device) finish(o device.MatMul) error {
	x := o.Dst
	if o.Bias.Given() {
		l, err := o.Bias.Broadcast(x.Shape...)
		if err != nil {
			return err
		}
		if err := d.binary(device.Binary{Op: device.Add, Dst: x, X: x, Y: o.Bias.At(l)}); err != nil {
			return err
		}
	}
	if o.Pre.Given() {
		if err := d.copy(device.Copy{Dst: o.Pre, X: x}); err != nil {
			return err
		}
	}
	if o.Act != device.NoActivation {
		act := [...]device.UnaryOp{device.ActGELU: device.GELU, device.ActGELUTanh: device.GELUTanh, device.ActReLU: device.ReLU, device.ActSiLU: device.SiLU}[o.Act]
		if err := d.unary(device.Unary{Op: act, Dst: x, X: x}); err != nil {
			return err
		}
	}
	if o.Residual.Given() {
		return d.binary(device.Binary{Op: device.Add, Dst: x, X: x, Y: o.Residual})
	}
	return nil
}
