package cpu

import (
	"github.com/resident-go/resident/runtime/device"
)

func (d *Device) matmul(o device.MatMul) error {
	if err := d.mine(o.Dst); err != nil || o.Dst.Size() == 0 {
		return err
	}
	if o.B.DType() == device.I8 {
		return d.quantized(o)
	}
	t := device.F32
	if o.Dst.DType() == device.F64 {
		t = device.F64
	}
	s := shelf{d: d}
	defer s.empty()
	f := o
	for _, v := range [...]*device.View{&f.A, &f.B} {
		// Products read bfloat16 as it is.
		if err := s.fit(v, v.DType(), true, true); err != nil {
			return err
		}
	}
	if err := s.fitOthers(&f, t); err != nil {
		return err
	}
	if err := d.multiply(&s, f, t); err != nil {
		return err
	}
	return s.putBack(o, f)
}

// fit brings a matrix into the form that products take: of type t, in rows whose elements lie side by side, or, if that will do, in columns. What
// does not lie so is copied, if it is read.
func (s *shelf) fit(v *device.View, t device.DType, columns, read bool) error {
	if _, turned, ok := fits(*v); ok && (columns || !turned) && v.DType() == t {
		return nil
	}
	return s.replace(v, t, read)
}

// fitOthers brings the operands into form that are not multiplied.
func (s *shelf) fitOthers(o *device.MatMul, t device.DType) error {
	if b := o.Bias; b.Given() && (b.DType() != t || !b.IsContiguous()) {
		if err := s.replace(&o.Bias, t, true); err != nil {
			return err
		}
	}
	// A residual in the place of the result is lost as soon as something else is stored there.
	if r := o.Residual; r.Given() && r.Data == o.Dst.Data && (o.Act != device.NoActivation || o.Accumulate || o.Pre.Given() || t == device.F64) {
		if err := s.replace(&o.Residual, t, true); err != nil {
			return err
		}
	}
	for _, v := range [...]struct {
		view *device.View
		read bool
	}{{&o.Residual, true}, {&o.Dst, o.Accumulate}, {&o.Pre, false}} {
		if v.view.Given() {
			if err := s.fit(v.view, t, false, v.read); err != nil {
				return err
			}
		}
	}
	return nil
}

// putBack copies results from where they were computed, f, to where they belong, o.
func (s *shelf) putBack(o, f device.MatMul) error {
	if o.Pre.Given() && o.Pre.Data != f.Pre.Data {
		if err := s.d.copy(device.Copy{Dst: o.Pre, X: f.Pre}); err != nil {
			return err
		}
	}
	if o.Dst.Data != f.Dst.Data {
		return s.d.copy(device.Copy{Dst: o.Dst, X: f.Dst})
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
