package plain

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

func reduce(o device.Reduce) {
	dst, x := open(o.Dst), open(o.X)
	inner, along := reduced(o)
	walk([]device.View{o.Dst, {Data: o.X.Data, Layout: along}}, func(at []int) {
		from := inner
		from.Offset = at[1]
		s := fold{op: o.Op}
		walk([]device.View{{Data: o.X.Data, Layout: from}}, func(at []int) { s.add(x.get(at[0])) })
		dst.set(at[0], s.result())
	})
}

// reduced splits X's layout: what one result is made from, and where that begins for each result.
func reduced(o device.Reduce) (inner, along device.Layout) {
	along.Offset = o.X.Offset
	for i, d := range o.X.Shape {
		if o.Dst.Shape[i] == d {
			along.Shape, along.Strides = append(along.Shape, d), append(along.Strides, o.X.Strides[i])
			continue
		}
		along.Shape, along.Strides = append(along.Shape, 1), append(along.Strides, 0)
		inner.Shape, inner.Strides = append(inner.Shape, d), append(inner.Strides, o.X.Strides[i])
	}
	return inner, along
}

// fold combines numbers one by one.
type fold struct {
	op   device.ReduceOp
	n    int
	acc  float64
	best int
}

func (f *fold) add(v float64) {
	switch f.op {
	case device.Sum, device.Mean:
		f.acc += v
	case device.SumSquares:
		f.acc += v * v
	case device.Prod:
		if f.n == 0 {
			f.acc = 1
		}
		f.acc *= v
	case device.Max, device.ArgMax:
		f.choose(v, v > f.acc)
	case device.Min, device.ArgMin:
		f.choose(v, v < f.acc)
	}
	f.n++
}

func (f *fold) choose(v float64, better bool) {
	if f.n == 0 || better && !math.IsNaN(f.acc) || math.IsNaN(v) && !math.IsNaN(f.acc) {
		f.acc, f.best = v, f.n
	}
}

func (f *fold) result() float64 {
	switch {
	case f.op == device.ArgMax || f.op == device.ArgMin:
		return float64(f.best)
	case f.op == device.Mean:
		return f.acc / float64(f.n)
	case f.op == device.Prod && f.n == 0:
		return 1
	}
	return f.acc
}
