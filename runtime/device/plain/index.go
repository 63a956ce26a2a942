package plain

import (
	"fmt"

	"github.com/resident-go/resident/runtime/device"
)

func gather(o device.Gather) error {
	dst, table, ids := open(o.Dst), open(o.Table), open(o.IDs)
	return eachID("gather", ids, o.Dst, o.Table.Shape[0], false, func(id, at int) {
		for j := range o.Table.Shape[1] {
			dst.set(at+j*dst.stride(), table.get(table.at(id, j)))
		}
	})
}

func scatterAdd(o device.ScatterAdd) error {
	x, table, ids := open(o.X), open(o.Table), open(o.IDs)
	return eachID("scatter-add", ids, o.X, o.Table.Shape[0], false, func(id, at int) {
		for j := range o.Table.Shape[1] {
			to := table.at(id, j)
			table.set(to, table.get(to)+x.get(at+j*x.stride()))
		}
	})
}

func pick(o device.Pick) error {
	dst, x, ids := open(o.Dst), open(o.X), open(o.IDs)
	n := o.X.Shape[o.X.Rank()-1]
	walk([]device.View{o.Dst}, func(at []int) { dst.set(at[0], 0) })
	var places []int
	walk([]device.View{o.Dst}, func(at []int) { places = append(places, at[0]) })
	i := -1
	return eachID("pick", ids, o.X, n, true, func(id, at int) {
		i++
		if id >= 0 {
			dst.set(places[i], x.get(at+id*x.stride()))
		}
	})
}

func pickGrad(o device.PickGrad) error {
	dx, dy, ids := open(o.DX), open(o.DY), open(o.IDs)
	n := o.DX.Shape[o.DX.Rank()-1]
	var places []int
	walk([]device.View{o.DY}, func(at []int) { places = append(places, at[0]) })
	i := -1
	return eachID("pick-grad", ids, o.DX, n, true, func(id, at int) {
		i++
		if id >= 0 {
			to := at + id*dx.stride()
			dx.set(to, dx.get(to)+dy.get(places[i]))
		}
	})
}

// eachID calls f with each index and the place of the row that belongs to it.
func eachID(op string, ids array, rowsOf device.View, n int, negative bool, f func(id, at int)) (err error) {
	last := rowsOf.Rank() - 1
	heads := device.View{Data: rowsOf.Data, Layout: device.Layout{Shape: rowsOf.Shape[:last], Strides: rowsOf.Strides[:last], Offset: rowsOf.Offset}}
	walk([]device.View{ids.View, heads}, func(at []int) {
		id := int(ids.get(at[0]))
		switch {
		case err != nil:
		case id >= n || id < 0 && !negative:
			err = BadIndex(op, id, n)
		default:
			f(id, at[1])
		}
	})
	return err
}

// BadIndex is the error about an index that is out of range.
func BadIndex(op string, id, n int) error {
	return fmt.Errorf("%s: index %d is out of range, there are %d", op, id, n)
}
