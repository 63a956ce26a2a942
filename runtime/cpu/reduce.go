package cpu

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

func (d *Device) reduce(o device.Reduce) error {
	if err := d.mine(o.Dst); err != nil || o.Dst.Size() == 0 {
		return err
	}
	c := call{family: familyReduce, op: int64(o.Op)}
	if o.X.Size() == 0 || !c.layReduce(o) {
		return plain.Do(o)
	}
	if single(o.Dst, o.X) {
		c.manyResults()
		c.kernel()
	} else {
		wideReduce(o, &c)
	}
	return nil
}

// layReduce says how a reduction is walked. The dimension whose elements lie closest is the rows', and is either kept or reduced.
func (c *call) layReduce(o device.Reduce) bool {
	c.set(0, o.Dst)
	c.set(1, o.X)
	c.set(2, o.X)
	var order [maxDims + 3]int
	dims := 0
	for i, n := range o.X.Shape {
		if n == 1 {
			continue
		}
		if dims == len(order) {
			return false
		}
		order[dims] = i
		dims++
	}
	sortByStride(order[:dims], o.X.Strides)
	c.n, c.rows, c.along = 1, 1, 1
	for i, d := range order[:dims] {
		reduced := flag(o.Dst.Shape[d] != o.X.Shape[d])
		n, from, to := int64(o.X.Shape[d]), int64(o.X.Strides[d]), int64(o.Dst.Strides[d])
		switch {
		case i > 0 && reduced == c.along && c.v[1].inner == from*n && (reduced == 1 || c.v[0].inner == to*n):
			c.n *= n
		case i > 0 && !c.pushReduce():
			return false
		default:
			c.n, c.along = n, reduced
		}
		c.v[0].inner, c.v[1].inner = to, from
	}
	return true
}

// manyResults goes along the closest dimension that is kept, where what a result is made of are short rows: these are then parts.
func (c *call) manyResults() {
	if c.along == 0 || c.n > shortReduced || c.dims == 0 || !c.pushReduce() {
		return
	}
	c.dims--
	c.n, c.along = c.shape[c.dims], 0
	c.rows /= c.n
	for k := range 2 {
		c.v[k].inner = c.v[k].outer[c.dims]
	}
}

// pushReduce makes the innermost dimension the last of those around a new one: of those that are kept, or of the parts of a result.
func (c *call) pushReduce() bool {
	if c.along == 0 {
		return c.push(2)
	}
	if c.partDims == maxDims {
		return false
	}
	c.partShape[c.partDims] = c.n
	c.v[2].outer[c.partDims] = c.v[1].inner
	c.partDims++
	return true
}
