//go:build cgo && linux

package cuda

import (
	"github.com/resident-go/resident/runtime/device"
)

type lookupArgs struct {
	x, table, ids, fault                 uint64
	n, width, limit                      int64
	xRow, xColumn, tableRow, tableColumn int64
}

// lookup runs a kernel on rows x [ids..., d] at one distance, their ids in a row, and the table that they are in.
func (l *list) lookup(name string, x, table, ids device.View) error {
	d := table.Shape[1]
	xRow, _ := flatRows(x)
	args := lookupArgs{x: l.addr(x), table: l.addr(table), ids: l.addr(ids), fault: l.fault(), n: int64(ids.Size()), width: int64(d), limit: int64(table.Shape[0]),
		xRow: int64(xRow), xColumn: int64(x.Strides[x.Rank()-1]), tableRow: int64(table.Strides[0]), tableColumn: int64(table.Strides[1])}
	return launch(l, name, grid{min(ids.Size(), mostBlocks), 1, 1}, min(256, max(32, roundUp(d, 32))), 0, args)
}

// mostBlocks is how many blocks a kernel is run in that loops over what it has to do.
const mostBlocks = 1 << 16

// flatRows is the distance between the rows of a view, if there is one for all; the elements of a row may lie apart.
func flatRows(v device.View) (step int, ok bool) {
	last := v.Rank() - 1
	heads := device.Layout{Shape: v.Shape[:last], Strides: v.Strides[:last]}
	n := 1
	for i := last - 1; i >= 0; i-- {
		switch {
		case heads.Shape[i] == 1:
			continue
		case n == 1:
			step = heads.Strides[i]
		case heads.Strides[i] != n*step:
			return 0, false
		}
		n *= heads.Shape[i]
	}
	return step, true
}

func hasFlatRows(v device.View) bool {
	_, ok := flatRows(v)
	return ok
}

func (l *list) gather(o device.Gather) error {
	back, err := l.fit(&o.Dst, o.Dst.DType(), hasFlatRows, false)
	if err != nil {
		return err
	}
	if _, err := l.fit(&o.IDs, device.I32, contiguous, true); err != nil {
		return err
	}
	if err := l.lookup("gather"+suffix(o.Dst.DType()), o.Dst, o.Table, o.IDs); err != nil {
		return err
	}
	return back()
}

func (l *list) scatterAdd(o device.ScatterAdd) error {
	if _, err := l.fit(&o.X, o.X.DType(), hasFlatRows, true); err != nil {
		return err
	}
	if _, err := l.fit(&o.IDs, device.I32, contiguous, true); err != nil {
		return err
	}
	name := "scatter_add" + suffix(o.X.DType())
	if o.Table.DType() != o.X.DType() {
		name += suffix(o.Table.DType())
	}
	return l.lookup(name, o.X, o.Table, o.IDs)
}

type pickArgs struct {
	one, x, ids, fault     uint64
	n, width, xRow, column int64
}

func (l *list) picking(name string, one, x, ids device.View) error {
	row, _ := flatRows(x)
	last := x.Rank() - 1
	args := pickArgs{one: l.addr(one), x: l.addr(x), ids: l.addr(ids), fault: l.fault(), n: int64(ids.Size()), width: int64(x.Shape[last]), xRow: int64(row), column: int64(x.Strides[last])}
	return launch(l, name+suffix(x.DType()), grid{min((ids.Size()+255)/256, mostBlocks), 1, 1}, 256, 0, args)
}

func (l *list) pick(o device.Pick) error {
	back, err := l.fit(&o.Dst, o.Dst.DType(), contiguous, false)
	if err != nil {
		return err
	}
	if err := l.fitPick(&o.X, &o.IDs); err != nil {
		return err
	}
	if err := l.picking("pick", o.Dst, o.X, o.IDs); err != nil {
		return err
	}
	return back()
}

func (l *list) pickGrad(o device.PickGrad) error {
	if _, err := l.fit(&o.DY, o.DY.DType(), contiguous, true); err != nil {
		return err
	}
	if _, err := l.fit(&o.IDs, device.I32, contiguous, true); err != nil {
		return err
	}
	back, err := l.fit(&o.DX, o.DX.DType(), hasFlatRows, true)
	if err != nil {
		return err
	}
	if err := l.picking("pick_grad", o.DY, o.DX, o.IDs); err != nil {
		return err
	}
	return back()
}

func (l *list) fitPick(x, ids *device.View) error {
	if _, err := l.fit(x, x.DType(), hasFlatRows, true); err != nil {
		return err
	}
	_, err := l.fit(ids, device.I32, contiguous, true)
	return err
}

type quantizeArgs struct {
	to, scales, x uint64
	groups, group int64
}

func (l *list) quantize(o device.Quantize) error {
	back, err := l.fitResults(false, result{&o.Dst, device.I8, contiguous}, result{&o.Scales, device.F32, contiguous})
	if err != nil {
		return err
	}
	if _, err := l.fit(&o.X, device.F32, contiguous, true); err != nil {
		return err
	}
	groups := o.Scales.Size()
	args := quantizeArgs{to: l.addr(o.Dst), scales: l.addr(o.Scales), x: l.addr(o.X), groups: int64(groups), group: int64(o.X.Shape[1] / o.Scales.Shape[1])}
	if err := launch(l, "quantize_f32", grid{(groups + 7) / 8, 1, 1}, 256, 0, args); err != nil {
		return err
	}
	return back()
}
