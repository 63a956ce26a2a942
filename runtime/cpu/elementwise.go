package cpu

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

func (d *Device) unary(o device.Unary) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	c := call{family: familyUnary, op: int64(o.Op), p: o.P, q: o.Q}
	switch {
	case !c.lay(anyOrder, o.Dst, o.X):
		return plain.Do(o)
	case single(o.Dst):
		c.longRows()
		c.kernel()
	default:
		c.wide(wideUnary(o), 0b10, 0b01, o.Dst, o.X)
	}
	return nil
}

func (d *Device) binary(o device.Binary) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	c := call{family: familyBinary, op: int64(o.Op)}
	switch {
	case !c.lay(anyOrder, o.Dst, o.X, o.Y):
		return plain.Do(o)
	case single(o.Dst):
		c.longRows()
		c.kernel()
	default:
		c.wide(wideBinary(o), 0b110, 0b001, o.Dst, o.X, o.Y)
	}
	return nil
}

func (d *Device) where(o device.Where) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	c := call{family: familyWhere}
	switch {
	case !c.lay(anyOrder, o.Dst, o.If, o.X, o.Y):
		return plain.Do(o)
	case single(o.Dst) && o.If.DType() != device.F64:
		c.longRows()
		c.kernel()
	default:
		c.wide(wideWhere, 0b1110, 0b0001, o.Dst, o.If, o.X, o.Y)
	}
	return nil
}

func (d *Device) copy(o device.Copy) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	c := call{family: familyCopy}
	to, from := o.Dst.DType(), o.X.DType()
	switch {
	case !c.lay(anyOrder, o.Dst, o.X):
		return plain.Do(o)
	// The kernels move elements of any type as they are, and convert to what float32 holds exactly.
	case vector && (to == from || to == device.F32 && from != device.F64 || to == device.BF16 && from == device.F32):
		c.longRows()
		c.kernel()
	default:
		c.wide(wideCopy, 0b10, 0b01, o.Dst, o.X)
	}
	return nil
}

func (d *Device) fill(o device.Fill) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	c := call{family: familyFill, p: o.Value}
	switch {
	case !c.lay(anyOrder, o.Dst):
		return plain.Do(o)
	case single(o.Dst):
		c.longRows()
		c.kernel()
	default:
		c.wide(func(v [][]float64, _ int) { fillWith(v[0], o.Value) }, 0, 1, o.Dst)
	}
	return nil
}

func (d *Device) adamW(o device.AdamW) error {
	if err := d.mine(o.Param); err != nil {
		return err
	}
	bias1, bias2 := 1-math.Pow(o.Beta1, float64(o.Step)), 1-math.Pow(o.Beta2, float64(o.Step))
	c := call{family: familyAdamW, lr: o.LR / bias1, beta1: o.Beta1, beta2: o.Beta2, eps: o.Eps, decay: 1 - o.LR*o.WeightDecay,
		scale: plain.GradScale(o.GradScale, o.Grad), bias2: 1 / math.Sqrt(bias2)}
	switch {
	case !c.lay(anyOrder, o.Param, o.Grad, o.M, o.V):
		return plain.Do(o)
	case single(o.Param, o.Grad, o.M, o.V):
		c.kernel()
	default:
		c.wide(wideAdamW(&c), 0b1111, 0b1101, o.Param, o.Grad, o.M, o.V)
	}
	return nil
}

func (d *Device) sgd(o device.SGD) error {
	if err := d.mine(o.Param); err != nil {
		return err
	}
	c := call{family: familySGD, lr: o.LR, beta1: o.Momentum, decay: o.WeightDecay, scale: plain.GradScale(o.GradScale, o.Grad), nesterov: flag(o.Nesterov)}
	views := []device.View{o.Param, o.Grad, o.M}
	if !o.M.Given() {
		views = views[:2]
	}
	switch {
	case !c.lay(anyOrder, views...):
		return plain.Do(o)
	case single(views...):
		c.kernel()
	default:
		c.wide(wideSGD(&c), 0b111, 0b101, views...)
	}
	return nil
}

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
