package cpu

import (
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

func (d *Device) rotary(o device.Rotary) error {
	if err := d.mine(o.Dst); err != nil || o.Dst.Size() == 0 {
		return err
	}
	if !single(o.Dst) {
		return plain.Do(o)
	}
	c := call{family: familyRotary, from: int64(o.From), p: o.Base, inverse: flag(o.Inverse)}
	for i, n := range o.X.Shape[:3] {
		c.shape[i] = int64(n)
	}
	c.rows, c.n = c.shape[0]*c.shape[1], int64(o.X.Shape[3])
	c.setHeads(0, o.Dst)
	c.setHeads(1, o.X)
	if p := o.Positions; p.Given() {
		c.set(2, p)
		c.v[2].outer[0], c.v[2].outer[1] = int64(p.Strides[0]), int64(p.Strides[1])
	}
	c.set(3, o.Frequencies)
	c.kernel()
	return nil
}

func (d *Device) random(o device.Random) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	c := call{family: familyRandom, normal: flag(o.Normal), p: o.P, q: o.Q, seed: o.Seed, stream: o.Stream}
	if !single(o.Dst) || !c.lay(inOrder, o.Dst) {
		return plain.Do(o)
	}
	c.kernel()
	return nil
}

func (d *Device) dropout(o device.Dropout) error {
	if err := d.mine(o.Dst); err != nil {
		return err
	}
	c := call{family: familyDropout, p: o.P, seed: o.Seed, stream: o.Stream}
	if !single(o.Dst) || !c.lay(inOrder, o.Dst, o.X) {
		return plain.Do(o)
	}
	c.kernel()
	return nil
}

// rowsByIndex makes a call of rows [ids..., d], their ids and the table that they are in.
func (c *call) rowsByIndex(rows, ids, table device.View) bool {
	if !c.lay(alongRow, rows, ids) {
		return false
	}
	c.set(2, table)
	c.table = int64(table.Shape[0])
	c.v[2].outer[0], c.v[2].inner = int64(table.Strides[0]), int64(table.Strides[1])
	return true
}

func (d *Device) gather(o device.Gather) error {
	if err := d.mine(o.Dst); err != nil || o.IDs.Size() == 0 {
		return err
	}
	c := call{family: familyGather}
	if !vector || !c.rowsByIndex(o.Dst, o.IDs, o.Table) {
		return plain.Do(o)
	}
	c.kernel()
	return c.badIndex("gather", o.IDs)
}

func (d *Device) scatterAdd(o device.ScatterAdd) error {
	if err := d.mine(o.Table); err != nil || o.IDs.Size() == 0 {
		return err
	}
	c := call{family: familyScatterAdd}
	if !single(o.Table) || !c.rowsByIndex(o.X, o.IDs, o.Table) {
		return plain.Do(o)
	}
	c.kernel()
	return c.badIndex("scatter-add", o.IDs)
}

// badIndex is the error about the first index that the kernel found to be out of range, if any.
func (c *call) badIndex(op string, ids device.View) error {
	if c.bad == 0 {
		return nil
	}
	return plain.BadIndex(op, idAt(ids, int(c.bad)-1), int(c.table))
}
