package tensor

import "github.com/resident-go/resident/runtime/device"

// To is t as another type. Rounding is that of [device.Copy].
func (t *Tensor) To(dtype device.DType) *Tensor { return t.cast(dtype) }

// cast is t itself when it has the type.
func (t *Tensor) cast(dtype device.DType) *Tensor {
	if int(dtype) >= len(width) {
		fail("to", "%s is no type of numbers", dtype)
	}
	from := t.DType()
	if from == dtype {
		return t
	}
	out := empty("to", t.Device(), dtype, t.layout.Shape)
	run("to", t.Device(), device.Copy{Dst: out.view(), X: t.view()})
	if !dtype.IsFloat() || !from.IsFloat() {
		return out
	}
	return made("to", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.cast(from)} })
}

// floating is t, as f32 if it is of integers.
func (t *Tensor) floating() *Tensor {
	if t.DType().IsFloat() {
		return t
	}
	return t.cast(device.F32)
}

// computed is t, as i32 if it is i8, which is only for keeping.
func (t *Tensor) computed() *Tensor {
	if t.DType() == device.I8 {
		return t.cast(device.I32)
	}
	return t
}

// On is t on another device.
func (t *Tensor) On(dev device.Device) *Tensor { return t.to("on", dev) }

func (t *Tensor) to(op string, dev device.Device) *Tensor {
	if t.Device() == dev {
		return t
	}
	out := empty(op, dev, t.DType(), t.layout.Shape)
	must(op, dev.Write(out.store.data, 0, t.Bytes()))
	home := t.Device()
	return made(op, out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.to(op, home)} })
}

// width orders types.
var width = [...]int{device.I8: 0, device.I32: 1, device.BF16: 2, device.F32: 3, device.F64: 4}

// wider is the type in which two types meet.
func wider(a, b device.DType) device.DType {
	if width[a] >= width[b] {
		return a
	}
	return b
}

// meet converts operands to the type in which they are computed with, and brings single numbers to the device of the other one.
func meet(op string, t, u *Tensor) (a, b *Tensor) {
	given(op, t, u)
	if t.Device() != u.Device() {
		both := together(op, t, u)
		t, u = both[0], both[1]
	}
	wide := wider(t.DType(), u.DType())
	return t.cast(wide).computed(), u.cast(wide).computed()
}

// together brings numbers without dimensions, which are constants mostly, to the device where the others are: tensor.Scalar(0.5) fits everywhere.
func together(op string, operands ...*Tensor) []*Tensor {
	home := operands[0].Device()
	for _, t := range operands {
		if dev := t.Device(); t.Rank() > 0 {
			home = dev
			break
		} else if dev != Default() {
			home = dev
		}
	}
	all := make([]*Tensor, len(operands))
	for i, t := range operands {
		if all[i] = t; t.Rank() == 0 {
			all[i] = t.to(op, home)
		}
	}
	return all
}
