package tensor

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// Softmax is e^t / Σ e^t along a dimension.
func (t *Tensor) Softmax(d int) *Tensor { return t.softmax("softmax", d, false) }

// LogSoftmax is the logarithm of Softmax.
func (t *Tensor) LogSoftmax(d int) *Tensor { return t.softmax("log-softmax", d, true) }

func (t *Tensor) softmax(op string, d int, log bool) *Tensor {
	given(op, t)
	if at := dim(op, d, t.Rank()); at != t.Rank()-1 {
		return t.Transpose(at, -1).softmax(op, -1, log).Transpose(at, -1)
	}
	x := t.floating()
	out := x.fresh(op, x.layout.Shape)
	run(op, x.Device(), device.Softmax{Dst: out.view(), X: x.view(), Log: log})
	y := out.Detach()
	return made(op, out, []*Tensor{x}, func(dy *Tensor) []*Tensor {
		dx := y.fresh(op, y.layout.Shape)
		run(op, y.Device(), device.SoftmaxGrad{DX: dx.view(), DY: dy.view(), Y: y.view(), Log: log})
		return []*Tensor{dx}
	}, y)
}

// LayerNorm normalises the last dimension to mean 0 and variance 1, then scales by weight [n] and adds bias [n]; both may be nil.
// Eps is added to the variance. See [device.Norm].
func (t *Tensor) LayerNorm(weight, bias *Tensor, eps float64) *Tensor {
	return t.norm("layer-norm", weight, bias, eps, false)
}

// RMSNorm divides by the root of the mean square along the last dimension, then scales by weight [n], which may be nil.
func (t *Tensor) RMSNorm(weight *Tensor, eps float64) *Tensor {
	return t.norm("rms-norm", weight, nil, eps, true)
}

func (t *Tensor) norm(op string, weight, bias *Tensor, eps float64, rms bool) *Tensor {
	given(op, t)
	if t.Rank() == 0 {
		fail(op, "a single number has no dimension to go along")
	}
	in, weight, bias := sameType(t, weight, bias)
	out := in.fresh(op, in.layout.Shape)
	perRow := in.layout.Shape[:in.Rank()-1]
	rstd := in.fresh(op, perRow)
	fwd := device.Norm{Dst: out.view(), X: in.view(), Weight: optional(weight), Bias: optional(bias), Rstd: rstd.view(), Eps: eps, RMS: rms}
	if !rms {
		fwd.Mean = in.fresh(op, perRow).view()
	}
	run(op, in.Device(), fwd)
	x, w, hasBias := in.Detach(), detached(weight), bias != nil
	return made(op, out, present(in, weight, bias), func(dy *Tensor) []*Tensor {
		bwd := device.NormGrad{DY: dy.view(), X: x.view(), Weight: optional(w), Mean: fwd.Mean, Rstd: rstd.view(), RMS: rms}
		dx := x.ZerosLike()
		bwd.DX = dx.view()
		grads := []*Tensor{dx}
		perColumn := func() device.View {
			grads = append(grads, x.fresh(op, x.layout.Shape[x.Rank()-1:]))
			return grads[len(grads)-1].view()
		}
		if w != nil {
			bwd.DWeight = perColumn()
		}
		if hasBias {
			bwd.DBias = perColumn()
		}
		run(op, x.Device(), bwd)
		return grads
	}, x, w)
}

// sameType converts three tensors, two of which may be nil, to the widest of their types, which is a float.
func sameType(x, y, z *Tensor) (a, b, c *Tensor) {
	wide := x.floating().DType()
	for _, t := range present(y, z) {
		wide = wider(wide, t.DType())
	}
	cast := func(t *Tensor) *Tensor {
		if t == nil {
			return nil
		}
		return t.cast(wide)
	}
	return cast(x), cast(y), cast(z)
}

func optional(t *Tensor) device.View {
	if t == nil {
		return device.View{}
	}
	return t.view()
}

func detached(t *Tensor) *Tensor {
	if t == nil {
		return nil
	}
	return t.Detach()
}

func present(all ...*Tensor) []*Tensor {
	return slices.DeleteFunc(all, func(t *Tensor) bool { return t == nil })
}
