package cpu

import (
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// fold is a result in the making.
type fold struct {
	acc  float64
	best int // the place of acc, for ArgMax and ArgMin
	n    int
}

// add takes the next numbers in.
func (f *fold) add(op device.ReduceOp, x []float64) {
	switch op {
	case device.Sum, device.Mean:
		for _, v := range x {
			f.acc += v
		}
	case device.SumSquares:
		for _, v := range x {
			f.acc += v * v
		}
	case device.Prod:
		if f.n == 0 {
			f.acc = 1
		}
		for _, v := range x {
			f.acc *= v
		}
	default:
		f.choose(op, x)
	}
	f.n += len(x)
}

// choose keeps the first of the best, and a NaN before all.
func (f *fold) choose(op device.ReduceOp, x []float64) {
	least := op == device.Min || op == device.ArgMin
	for i, v := range x {
		if f.n+i == 0 || !math.IsNaN(f.acc) && (least && v < f.acc || !least && v > f.acc || math.IsNaN(v)) {
			f.acc, f.best = v, f.n+i
		}
	}
}

func (f *fold) result(op device.ReduceOp) float64 {
	switch op {
	case device.Mean:
		return f.acc / float64(f.n)
	case device.ArgMax, device.ArgMin:
		return float64(f.best)
	}
	return f.acc
}

// wideReduce does a reduction that is laid out as c says.
func wideReduce(o device.Reduce, c *call) {
	views := []device.View{o.Dst, o.X}
	dst, x := open(o.Dst), open(o.X)
	buf, p := make([]float64, wideBlock), c.cursor(views)
	to, from := int(c.v[0].inner), int(c.v[1].inner)
	// A row is one result, or as many as it has elements.
	results := make([]fold, 1)
	if c.along == 0 {
		results = make([]fold, c.n)
	}
	for range c.rows {
		clear(results)
		c.eachPart(func(at int) {
			for i := 0; i < int(c.n); i += wideBlock {
				some := buf[:min(wideBlock, int(c.n)-i)]
				x.load(some, p.at[1]+at+i*from, from)
				if c.along != 0 {
					results[0].add(o.Op, some)
					continue
				}
				for j := range some {
					results[i+j].add(o.Op, some[j:j+1])
				}
			}
		})
		for i := range results {
			buf[0] = results[i].result(o.Op)
			dst.store(buf[:1], p.at[0]+i*to, 1)
		}
		p.next(len(views))
	}
}

// eachPart calls f with the distance of each part of a result from the first.
func (c *call) eachPart(f func(at int)) {
	var index [maxDims]int64
	for at := 0; ; {
		f(at)
		d := c.partDims - 1
		for ; d >= 0; d-- {
			at += int(c.v[2].outer[d])
			if index[d]++; index[d] < c.partShape[d] {
				break
			}
			at -= int(index[d] * c.v[2].outer[d])
			index[d] = 0
		}
		if d < 0 {
			return
		}
	}
}
