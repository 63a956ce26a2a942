package tensor

import "github.com/resident-go/resident/runtime/device"

// Rows picks rows of a matrix [rows, d]: for indices (i32) of shape [...] the result is [..., d]. It is what an embedding does.
func (t *Tensor) Rows(ids *Tensor) *Tensor {
	given("rows", t, ids)
	if t.Rank() != 2 {
		fail("rows", "%s is no matrix", t.view())
	}
	whole, at := t.mold(), ids.Detach()
	out := t.fresh("rows", append(ids.Shape(), t.layout.Shape[1]))
	run("rows", t.Device(), device.Gather{Dst: out.view(), Table: t.view(), IDs: ids.view()})
	return made("rows", out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		dt := whole.zeros("rows")
		run("rows", dt.Device(), device.ScatterAdd{Table: dt.view(), IDs: at.view(), X: dy.view()})
		return []*Tensor{dt}
	}, at)
}

// Pick takes one element of each row: for t [..., n] and indices (i32) [...] the result is [...]. A negative index gives 0.
func (t *Tensor) Pick(ids *Tensor) *Tensor {
	given("pick", t, ids)
	whole, at := t.mold(), ids.Detach()
	out := t.fresh("pick", ids.layout.Shape)
	run("pick", t.Device(), device.Pick{Dst: out.view(), X: t.view(), IDs: ids.view()})
	return made("pick", out, []*Tensor{t}, func(dy *Tensor) []*Tensor {
		dx := whole.zeros("pick")
		run("pick", dx.Device(), device.PickGrad{DX: dx.view(), DY: dy.view(), IDs: at.view()})
		return []*Tensor{dx}
	}, at)
}

// OneHot is 1 at each index and 0 elsewhere: indices (i32) [...] become f32 [..., n]. An index that is not below n gives zeros.
func OneHot(ids *Tensor, n int) *Tensor {
	given("one-hot", ids)
	return ids.Unsqueeze(-1).Eq(Range(n).On(ids.Device())).cast(device.F32)
}
