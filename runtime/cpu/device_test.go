package cpu

import (
	"slices"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/devicetest"
)

// The device meets the contract at every level of instructions that the machine has. The best one runs in several threads, too.
func TestDevice(t *testing.T) {
	for _, l := range levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer setLevel(l)()
			withThreads(1, func() { devicetest.Run(t, New()) })
		})
	}
	t.Run("threads", func(t *testing.T) {
		withThreads(3, func() { devicetest.Run(t, New()) })
	})
}

// Results do not depend on how many threads there are.
func TestThreadsChangeNothing(t *testing.T) {
	d := New()
	m := testMaker{t, d}
	x, logits := m.view(device.F32, 900, 384), m.view(device.F32, 1200, 500)
	w, mean, rstd := m.view(device.F32, 384), m.view(device.F32, 900), m.view(device.F32, 900)
	q, lse := m.view(device.F32, 2, 150, 3, 32), m.view(device.F32, 2, 3, 150)
	for _, row := range []struct {
		result device.View
		op     func(result device.View) device.Op
	}{
		{m.view(device.F32, 1), func(to device.View) device.Op {
			return device.Reduce{Op: device.SumSquares, Dst: to, X: x.At(device.Contiguous(x.Size()))}
		}},
		{m.view(device.F32, 1, 384), func(to device.View) device.Op { return device.Reduce{Op: device.Sum, Dst: to, X: x} }},
		{m.view(device.F32, 384), func(to device.View) device.Op {
			return device.NormGrad{DX: m.view(device.F32, 900, 384), DWeight: to, DY: x, X: x, Weight: w, Mean: mean, Rstd: rstd}
		}},
		{m.view(device.F32, 1200, 500), func(to device.View) device.Op { return device.Softmax{Dst: to, X: logits} }},
		{m.view(device.F32, 900, 384), func(to device.View) device.Op {
			return device.Random{Dst: to, Normal: true, Q: 1, Seed: 3}
		}},
		{m.view(device.F32, 40, 500), func(to device.View) device.Op {
			return device.ScatterAdd{Table: to, IDs: m.ids(40, 1200), X: logits}
		}},
		{m.view(device.F32, 2, 150, 3, 32), func(to device.View) device.Op {
			return device.Attention{Out: to, LSE: lse, Q: q, K: q, V: q, Scale: 0.2, Causal: true}
		}},
		{m.view(device.F32, 2, 150, 3, 32), func(to device.View) device.Op {
			other := m.view(device.F32, 2, 150, 3, 32)
			return device.AttentionGrad{DQ: other, DK: to, DV: m.view(device.F32, 2, 150, 3, 32), DOut: q, Q: q, K: q, V: q, Out: q, LSE: lse, Scale: 0.2, Causal: true}
		}},
	} {
		var bits []uint32
		for _, threads := range []int{1, 2, 5} {
			m.run(device.Fill{Dst: row.result})
			op := row.op(row.result)
			withThreads(threads, func() { m.run(op) })
			if got := m.bits(row.result); bits == nil {
				bits = got
			} else if !slices.Equal(got, bits) {
				t.Errorf("%T: with %d threads not the same bits as with 1", op, threads)
			}
		}
	}
}
