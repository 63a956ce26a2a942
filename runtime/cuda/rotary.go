//go:build cgo && linux

package cuda

import (
	"github.com/resident-go/resident/runtime/device"
)

type rotaryArgs struct {
	dst, x, positions, table uint64
	from, batch, t, heads, d int64
	dstStep, xStep           [4]int64
	positionStep             [2]int64
	base                     float64
	inverse                  int64
}

func (l *list) rotary(o device.Rotary) error {
	s := o.X.Shape
	args := rotaryArgs{dst: l.addr(o.Dst), x: l.addr(o.X), positions: l.addr(o.Positions), table: l.addr(o.Frequencies), from: int64(o.From), batch: int64(s[0]), t: int64(s[1]), heads: int64(s[2]), d: int64(s[3]), base: o.Base}
	for i := range 4 {
		args.dstStep[i], args.xStep[i] = int64(o.Dst.Strides[i]), int64(o.X.Strides[i])
	}
	if p := o.Positions; p.Given() {
		args.positionStep = [2]int64{int64(p.Strides[0]), int64(p.Strides[1])}
	}
	if o.Inverse {
		args.inverse = 1
	}
	return launch(l, "rotary"+suffix(o.X.DType()), elements(s[0]*s[1]*s[3]/2), 256, 0, args)
}
