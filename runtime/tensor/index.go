package tensor

import "github.com/resident-go/resident/runtime/device"

// Rows picks rows of a matrix [rows, d]: for indices (i32) of shape [...] the result is [..., d]. It is what an embedding does.
func (t *Tensor) Rows(ids *Tensor) *Tensor {
	if t.Rank() != 2 {
		fail("rows", "%s is no matrix", t.view())
	}
	table := t.Detach()
	out := t.fresh("rows", append(ids.Shape(), t.layout.Shape[1]))
	run("rows", t.Device(), device.Gather{Dst: out.view(), Table: t.view(), IDs: ids.view()})
	return made("rows", out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		dt := table.ZerosLike()
		run("rows", dt.Device(), device.ScatterAdd{Table: dt.view(), IDs: ids.view(), X: dy.view()})
		return []*Tensor{dt}
	})
}

// Pick takes one element of each row: for t [..., n] and indices (i32) [...] the result is [...]. A negative index gives 0.
func (t *Tensor) Pick(ids *Tensor) *Tensor {
	x := t.Detach()
	out := t.fresh("pick", ids.layout.Shape)
	run("pick", t.Device(), device.Pick{Dst: out.view(), X: t.view(), IDs: ids.view()})
	return made("pick", out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		dx := x.ZerosLike()
		run("pick", dx.Device(), device.PickGrad{DX: dx.view(), DY: dy.view(), IDs: ids.view()})
		return []*Tensor{dx}
	})
}

// OneHot is 1 at each index and 0 elsewhere: indices (i32) [...] become f32 [..., n].
func OneHot(ids *Tensor, n int) *Tensor { return Eye(n).On(ids.Device()).Rows(ids) }
