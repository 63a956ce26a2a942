package cpu

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

func (d *Device) softmax(o device.Softmax) error {
	if err := d.mine(o.Dst); err != nil || o.Dst.Size() == 0 {
		return err
	}
	c := call{family: familySoftmax, log: flag(o.Log)}
	switch {
	case !c.lay(alongRow, o.Dst, o.X):
		return plain.Do(o)
	case single(o.Dst):
		c.kernel()
	default:
		c.wideRows(wideSoftmax(o.Log), 0b10, 0b01, o.Dst, o.X)
	}
	return nil
}

func (d *Device) softmaxGrad(o device.SoftmaxGrad) error {
	if err := d.mine(o.DX); err != nil || o.DX.Size() == 0 {
		return err
	}
	c := call{family: familySoftmaxGrad, log: flag(o.Log)}
	switch {
	case !c.lay(alongRow, o.DX, o.DY, o.Y):
		return plain.Do(o)
	case single(o.DX):
		c.kernel()
	default:
		c.wideRows(wideSoftmaxGrad(o.Log), 0b110, 0b001, o.DX, o.DY, o.Y)
	}
	return nil
}

// setColumn makes an array of one number per column operand k.
func (c *call) setColumn(k int, v device.View) {
	if v.Given() {
		c.set(k, v)
		c.v[k].inner = int64(v.Strides[0])
	}
}

func (d *Device) norm(o device.Norm) error {
	if err := d.mine(o.Dst); err != nil || o.Dst.Size() == 0 {
		return err
	}
	c := call{family: familyNorm, rms: flag(o.RMS), eps: o.Eps}
	if !c.lay(alongRow, o.Dst, o.X, o.Mean, o.Rstd) {
		return plain.Do(o)
	}
	if !single(o.Dst) {
		wideNorm(o, &c)
		return nil
	}
	c.setColumn(4, o.Weight)
	c.setColumn(5, o.Bias)
	c.kernel()
	return nil
}

func (d *Device) normGrad(o device.NormGrad) error {
	if err := d.mine(o.X); err != nil || o.X.Size() == 0 {
		return err
	}
	c := call{family: familyNormGrad, rms: flag(o.RMS)}
	if !c.lay(alongRow, o.X, o.DY, o.DX, o.Residual, o.Mean, o.Rstd) {
		return plain.Do(o)
	}
	if !single(o.X) {
		wideNormGrad(o, &c)
		return nil
	}
	c.setColumn(6, o.Weight)
	c.setColumn(7, o.DWeight)
	c.setColumn(8, o.DBias)
	c.kernel()
	return nil
}

func (d *Device) crossEntropy(o device.CrossEntropy) error {
	if err := d.mine(o.Logits); err != nil || o.Losses.Size() == 0 {
		return err
	}
	c := call{family: familyCrossEntropy, scale: o.Scale}
	if !c.lay(alongRow, o.Logits, o.DLogits, o.Losses, o.Targets) {
		return plain.Do(o)
	}
	if !single(o.Logits) {
		return wideCrossEntropy(o, &c)
	}
	c.kernel()
	if c.bad != 0 {
		row := int(c.bad) - 1
		return badTarget(idAt(o.Targets, row), row, o.Logits.Shape[1])
	}
	return nil
}

// idAt is index i of a view, in row-major order.
func idAt(ids device.View, i int) int {
	at := ids.Offset
	for d := ids.Rank() - 1; d >= 0; d-- {
		at += i % ids.Shape[d] * ids.Strides[d]
		i /= ids.Shape[d]
	}
	return int(plain.Slice[int32](ids.Data.(*plain.Buffer))[at])
}
