//go:build cgo && linux

package cuda

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

type normedArgs struct {
	product           productArgs
	dst, weight, bias uint64
	eps               float64
	rms               int64
}

// normedMost is how many numbers of a row a block has room for in its registers.
const normedMost = 4096

// normed reports whether a norm and the product behind it go into one kernel: of one row, which the product takes from where the norm puts it, and where no block can write
// what another one has still to read. Where a product has so many blocks that the norm would cost more in each than it saves, they stay apart.
func (l *list) normed(first, second device.Op) (n device.Norm, p device.MatMul, ok bool) {
	n, isNorm := first.(device.Norm)
	p, isProduct := second.(device.MatMul)
	if !isNorm || !isProduct || p.Check() != nil || n.X.Rank() != 2 || n.X.Shape[0] != 1 || n.Mean.Given() || n.Rstd.Given() || p.Pre.Given() {
		return n, p, false
	}
	k := n.X.Shape[1]
	for _, v := range []device.View{n.X, n.Dst, n.Weight, n.Bias} {
		if v.Given() && (v.DType() != device.F32 || v.Strides[v.Rank()-1] != 1 || v.Data == p.Dst.Data) {
			return n, p, false
		}
	}
	same := p.A.Data == n.Dst.Data && p.A.Offset == n.Dst.Offset && slices.Equal(p.A.Shape, n.Dst.Shape) && p.A.Strides[1] == 1
	ok = same && n.Dst.Data != n.X.Data && k > 0 && k%4 == 0 && k <= normedMost && p.B.Strides[0] == 1 && (!p.Scales.Given() || p.Scales.IsContiguous())
	return n, p, ok && p.B.Shape[1] <= 64*int(l.d.facts.multiprocessors) && (l.addr(n.X)|l.addr(n.Dst)|l.addr(n.Weight)|l.addr(n.Bias))%16 == 0
}

// normedProduct takes a norm and a product of one row that belong together.
func (l *list) normedProduct(n device.Norm, o device.MatMul) error {
	if o.Alpha == 0 {
		o.Alpha = 1
	}
	o.A = n.X
	p := l.product(o)
	p.team = l.d.team(p, o.B.DType().Size())
	columns := 8 / int(p.team)
	args := normedArgs{product: p, dst: l.addr(n.Dst), weight: l.addr(n.Weight), bias: l.addr(n.Bias), eps: n.Eps, rms: int64(flagged(n.RMS))}
	return launch(l, "gemv_norm"+suffix(o.B.DType()), grid{(int(p.n) + columns - 1) / columns, 1, 1}, 256, 4*int(p.k), args)
}
