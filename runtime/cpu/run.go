package cpu

import (
	"fmt"
	"runtime"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// Run implements [device.Device].
//
// A list of operations, a token's say, stays on one thread of the system. Go's scheduler takes away what a goroutine runs on when a kernel takes longer than
// 20 µs, and where it goes on is then often another processor, which has nothing of the model in its cache: 3 to 5 % of a token's time with 124M parameters.
func (d *Device) Run(ops ...device.Op) error {
	if len(ops) > 1 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	for _, op := range ops {
		if err := op.Check(); err != nil {
			return err
		}
		if err := d.do(op); err != nil {
			return err
		}
	}
	return nil
}

// do carries out an operation that was checked. Each method tries, in this order: the kernels, loops in float64, package plain.
func (d *Device) do(op device.Op) error {
	defer runtime.KeepAlive(op) // the kernels see only addresses
	switch o := op.(type) {
	case device.Unary:
		return d.unary(o)
	case device.Binary:
		return d.binary(o)
	case device.Where:
		return d.where(o)
	case device.Copy:
		return d.copy(o)
	case device.Fill:
		return d.fill(o)
	case device.MatMul:
		return d.matmul(o)
	case device.Quantize:
		return d.quantize(o)
	case device.Softmax:
		return d.softmax(o)
	case device.SoftmaxGrad:
		return d.softmaxGrad(o)
	case device.Norm:
		return d.norm(o)
	case device.NormGrad:
		return d.normGrad(o)
	case device.CrossEntropy:
		return d.crossEntropy(o)
	case device.Attention:
		return d.attention(o)
	case device.AttentionGrad:
		return d.attentionGrad(o)
	case device.Reduce:
		return d.reduce(o)
	case device.Rotary:
		return d.rotary(o)
	case device.Random:
		return d.random(o)
	case device.Dropout:
		return d.dropout(o)
	case device.Gather:
		return d.gather(o)
	case device.ScatterAdd:
		return d.scatterAdd(o)
	case device.Pick:
		return d.pick(o)
	case device.PickGrad:
		return d.pickGrad(o)
	case device.CachedAttention:
		if err := d.mine(o.Out); err != nil {
			return err
		}
		return plain.CachedAttention(o, d.do)
	case device.AdamW:
		return d.adamW(o)
	case device.SGD:
		return d.sgd(o)
	}
	return plain.Do(op)
}

// mine returns an error unless a view, and so all operands of its operation, is on this device.
func (d *Device) mine(v device.View) error {
	if b, ok := v.Data.(*plain.Buffer); !ok || b.Device() != device.Device(d) {
		return fmt.Errorf("an operand %s of %s is on %s", v, d.info.Name, v.Data.Device().Info().Name)
	}
	return nil
}

// single reports whether kernels compute with these operands: all are F32 or BF16, or left out.
func single(views ...device.View) bool {
	if !vector {
		return false
	}
	for _, v := range views {
		if v.Given() && v.DType() != device.F32 && v.DType() != device.BF16 {
			return false
		}
	}
	return true
}
