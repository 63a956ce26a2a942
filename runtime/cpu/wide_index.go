package cpu

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

func (d *Device) pick(o device.Pick) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	var c call
	if !c.lay(alongRow, o.X, o.IDs, o.Dst) {
		return plain.Do(o)
	}
	one, row := open(o.Dst), open(o.X)
	return c.eachPick("pick", o.X, o.IDs, o.Dst, func(at, to int) {
		x := [1]float64{}
		if at >= 0 {
			row.load(x[:], at, 1)
		}
		one.store(x[:], to, 1)
	})
}

func (d *Device) pickGrad(o device.PickGrad) error {
	if err := d.mine(o.DX); err != nil {
		return err
	}
	var c call
	if !c.lay(alongRow, o.DX, o.IDs, o.DY) {
		return plain.Do(o)
	}
	one, row := open(o.DY), open(o.DX)
	return c.eachPick("pick-grad", o.DX, o.IDs, o.DY, func(at, from int) {
		if at >= 0 {
			var sum, dy [1]float64
			row.load(sum[:], at, 1)
			one.load(dy[:], from, 1)
			sum[0] += dy[0]
			row.store(sum[:], at, 1)
		}
	})
}

// eachPick calls f with the place of the element that is picked from each row, -1 where none is, and the place that belongs to the row in ones.
func (c *call) eachPick(op string, rows, ids, ones device.View, f func(at, one int)) error {
	if ids.Size() == 0 {
		return nil
	}
	index, n, stride := open(ids), rows.Shape[rows.Rank()-1], rows.Strides[rows.Rank()-1]
	p := c.cursor([]device.View{rows, ids, ones})
	for range c.rows {
		id := int(index.i32[p.at[1]])
		switch {
		case id >= n:
			return plain.BadIndex(op, id, n)
		case id < 0:
			f(-1, p.at[2])
		default:
			f(p.at[0]+id*stride, p.at[2])
		}
		p.next(3)
	}
	return nil
}
