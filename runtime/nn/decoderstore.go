package nn

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/tensor"
)

// store holds a decoder's weights in a type. If that is not the model's own, all matrices lie in one block, which the system can lay in large
// pages, and vectors are copied: they lie beside the model's weights, which would stay in memory with them.
type store struct {
	t              device.DType
	dev            device.Device
	group          int         // weights with a common scale, in i8
	values, scales device.View // what is free
	err            error       // the first
}

// newStore makes room for all matrices of a model.
func (m *GPT) newStore(t device.DType) (*store, error) {
	s := &store{t: t, dev: m.Device(), group: m.Config.quantGroup()}
	if t == device.F32 {
		return s, nil
	}
	total := 0
	for _, p := range m.params {
		if p.Rank() == 2 && p.Tensor != m.position && !p.ofAdapter() {
			total += p.Size()
		}
	}
	if err := s.reserve(&s.values, t, total); err != nil || t != device.I8 {
		return s, err
	}
	return s, s.reserve(&s.scales, device.F32, total/s.group)
}

func (s *store) reserve(v *device.View, t device.DType, n int) error {
	b, err := s.dev.Alloc(t, n)
	if err == nil {
		*v = device.Of(b, n)
	}
	return err
}

// take cuts a matrix off what is free.
func take(free *device.View, rows, columns int) device.View {
	n := rows * columns
	l := device.Contiguous(rows, columns)
	l.Offset = free.Offset
	v := free.At(l)
	*free = free.At(free.Slice(0, n, free.Shape[0], 1))
	return v
}

// keep stores weights and their bias, as far as they are there.
func (s *store) keep(a affine) (w matrix) {
	w.bias = s.vector(a.bias)
	if a.low != nil {
		a.weight = a.merged().Detach()
	}
	if a.weight == nil || a.weight.Rank() == 1 || s.t == device.F32 {
		w.weight = s.vector(a.weight)
		return w
	}
	x := a.weight.View()
	rows, columns := x.Shape[0], x.Shape[1]
	w.weight = take(&s.values, rows, columns)
	var op device.Op = device.Copy{Dst: w.weight, X: x}
	if s.t == device.I8 {
		w.scales = take(&s.scales, rows, columns/s.group)
		op = device.Quantize{Dst: w.weight, Scales: w.scales, X: x}
	}
	s.note(s.dev.Run(op))
	return w
}

// vector keeps what stays f32.
func (s *store) vector(x *tensor.Tensor) (v device.View) {
	if x == nil || s.t == device.F32 {
		return viewOf(x)
	}
	s.note(tensor.Try(func() { v = x.Detach().Clone().View() }))
	return v
}

func (s *store) note(err error) {
	if s.err == nil {
		s.err = err
	}
}
