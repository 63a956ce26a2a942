package tensor

import "github.com/resident-go/resident/runtime/device"

// To is t as another type. Rounding is that of [device.Copy].
func (t *Tensor) To(dtype device.DType) *Tensor { return t.cast(dtype) }

// cast is t itself when it has the type.
func (t *Tensor) cast(dtype device.DType) *Tensor {
	if t.DType() == dtype {
		return t
	}
	out := empty("to", t.Device(), dtype, t.layout.Shape)
	run("to", t.Device(), device.Copy{Dst: out.view(), X: t.view()})
	if !dtype.IsFloat() || !t.DType().IsFloat() {
		return out
	}
	from := t.DType()
	return made("to", out, []*Tensor{t}, func(dy *Tensor) []*Tensor { return []*Tensor{dy.cast(from)} })
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

// wider is the type in which operands of two types meet.
func wider(a, b device.DType) device.DType {
	rank := map[device.DType]int{device.I8: 0, device.I32: 1, device.BF16: 2, device.F32: 3, device.F64: 4}
	if rank[a] >= rank[b] {
		return a
	}
	return b
}
