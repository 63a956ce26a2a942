package tensor

import (
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// Gather takes elements along a dimension: with d = 1, out[i, j, ...] = t[i, ids[i, j, ...], ...]. The result has the shape of ids (i32),
// which has as many dimensions as t and, but for d, none is longer than t's. The indices are read to the host.
func (t *Tensor) Gather(d int, ids *Tensor) *Tensor {
	at := t.places("gather", d, ids)
	return t.Reshape(t.Size(), 1).Rows(at).Squeeze(-1)
}

// ScatterAdd is t with elements of x added where [Tensor.Gather] would take them: with d = 1, x[i, j, ...] is added to
// out[i, ids[i, j, ...], ...]. Ids (i32) and x have one shape. The indices are read to the host.
func (t *Tensor) ScatterAdd(d int, ids, x *Tensor) *Tensor {
	given("scatter-add", t, ids, x)
	if !slices.Equal(ids.layout.Shape, x.layout.Shape) {
		fail("scatter-add", "indices and elements differ in shape: %s and %s", ids.view(), x.view())
	}
	at := t.places("scatter-add", d, ids)
	a, b := meet("scatter-add", t, x)
	sum := a.Detach().Clone()
	run("scatter-add", t.Device(), device.ScatterAdd{Table: sum.Reshape(sum.Size(), 1).view(), IDs: at.view(), X: b.Detach().Unsqueeze(-1).view()})
	return made("scatter-add", sum, []*Tensor{a, b}, func(dy *Tensor) []*Tensor {
		return []*Tensor{dy, dy.Reshape(dy.Size(), 1).Rows(at).Squeeze(-1)}
	}, at)
}

// places are the elements that indices along a dimension mean, counted in row-major order.
func (t *Tensor) places(op string, d int, ids *Tensor) *Tensor {
	given(op, t, ids)
	along := dim(op, d, t.Rank())
	fits := ids.Rank() == t.Rank() && ids.DType() == device.I32
	for i := 0; fits && i < t.Rank(); i++ {
		fits = i == along || ids.layout.Shape[i] <= t.layout.Shape[i]
	}
	if !fits || t.Size() > math.MaxInt32 {
		fail(op, "want i32 indices with the dimensions of %s, which only dimension %d may exceed, got %s", t.view(), along, ids.view())
	}
	all, strides := ids.Ints(), device.Contiguous(t.layout.Shape...).Strides
	for i, id := range all {
		if id < 0 || int(id) >= t.layout.Shape[along] {
			fail(op, "index %d is out of range in dimension %d of %s", id, along, t.view())
		}
		at, rest := 0, i
		for e := t.Rank() - 1; e >= 0; e-- {
			here := rest % ids.layout.Shape[e]
			rest /= ids.layout.Shape[e]
			if e == along {
				here = int(id)
			}
			at += here * strides[e]
		}
		all[i] = int32(at)
	}
	return New(all, len(all)).On(t.Device()).Reshape(ids.layout.Shape...)
}

// NonZero are the places of elements that are not zero, in row-major order: i32 [how many, rank].
func (t *Tensor) NonZero() *Tensor {
	given("non-zero", t)
	var all []int32
	n := 0
	index := make([]int32, t.Rank())
	for i, v := range t.Float64s() {
		if v == 0 {
			continue
		}
		n++
		for e := t.Rank() - 1; e >= 0; e-- {
			index[e] = int32(i % t.layout.Shape[e])
			i /= t.layout.Shape[e]
		}
		all = append(all, index...)
	}
	return New(all, n, t.Rank()).On(t.Device())
}

// MaskedSelect is the vector of those elements where mask (broadcast to t's shape) is not zero. The mask is read to the host.
func (t *Tensor) MaskedSelect(mask *Tensor) *Tensor {
	given("masked-select", t, mask)
	places := mask.repeated("masked-select", t.layout.Shape).Flatten().NonZero()
	return t.Flatten().IndexSelect(0, places.Flatten())
}
