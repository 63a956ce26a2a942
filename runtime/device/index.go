package device

import "slices"

// Gather picks rows: Dst[i..., :] = Table[IDs[i...], :].
//
//	Dst   [ids..., d]
//	Table [rows, d]    of Dst's type
//	IDs   [ids...]     I32
//
// An index outside of the table is an error, and Dst is then undefined.
type Gather struct {
	Dst, Table, IDs View
}

// Check implements [Op].
func (o Gather) Check() error { return checkRows("gather", o.Dst, o.Table, o.IDs, o.Dst) }

// ScatterAdd is the gradient of [Gather]: Table[IDs[i...], :] += X[i..., :], in the order of the ids. The table may be F32 where X is BF16.
type ScatterAdd struct {
	Table, IDs, X View
}

// Check implements [Op].
func (o ScatterAdd) Check() error { return checkRows("scatter-add", o.X, o.Table, o.IDs, o.Table) }

func checkRows(op string, x, table, ids, result View) error {
	if err := check(op, x, table, ids); err != nil {
		return err
	}
	switch {
	case ids.DType() != I32:
		return complain(op, "indices are i32", ids)
	case x.DType() != table.DType() && !(result.Data == table.Data && beside(x, table)):
		return complain(op, "types differ", x, table)
	case table.Rank() != 2 || x.Rank() != ids.Rank()+1 || !slices.Equal(x.Shape[:ids.Rank()], ids.Shape) || x.Shape[ids.Rank()] != table.Shape[1]:
		return complain(op, "want [ids..., d] for ids [ids...] and a table [rows, d]", x, ids, table)
	}
	return distinct(op, result)
}

// Pick takes one element of each row: Dst[i...] = X[i..., IDs[i...]]. Where an index is negative, Dst is 0.
type Pick struct {
	Dst, X, IDs View
}

// Check implements [Op].
func (o Pick) Check() error { return checkPick("pick", o.Dst, o.X, o.IDs, o.Dst) }

// PickGrad is the gradient of [Pick]: DX[i..., IDs[i...]] += DY[i...].
type PickGrad struct {
	DX, DY, IDs View
}

// Check implements [Op].
func (o PickGrad) Check() error { return checkPick("pick-grad", o.DY, o.DX, o.IDs, o.DX) }

func checkPick(op string, one, x, ids, result View) error {
	if err := check(op, one, x, ids); err != nil {
		return err
	}
	switch {
	case ids.DType() != I32:
		return complain(op, "indices are i32", ids)
	case one.DType() != x.DType():
		return complain(op, "types differ", one, x)
	case x.Rank() != ids.Rank()+1 || !slices.Equal(x.Shape[:ids.Rank()], ids.Shape) || !slices.Equal(one.Shape, ids.Shape):
		return complain(op, "want [ids...] for ids [ids...] and rows [ids..., n]", one, ids, x)
	}
	return distinct(op, result)
}
