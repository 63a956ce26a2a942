package device

import "fmt"

// ReduceOp says what [Reduce] computes.
type ReduceOp uint8

// The reductions. Max and Min are NaN if an element is; ArgMax and ArgMin name the first of equals, and a NaN before all numbers.
const (
	Sum ReduceOp = iota
	Mean
	SumSquares
	Prod
	Max
	Min
	ArgMax
	ArgMin
	reduceOps
)

var reduceNames = [...]string{Sum: "sum", Mean: "mean", SumSquares: "sum-squares", Prod: "prod", Max: "max", Min: "min", ArgMax: "argmax", ArgMin: "argmin"}

func (o ReduceOp) String() string { return reduceNames[o] }

// ReduceOps are all of them.
func ReduceOps() []ReduceOp { return span(reduceOps) }

// Reduce combines all elements of X along the dimensions in which Dst has size 1; in the others the shapes are equal.
// X is a float or I32, Dst of X's type, but the sums and Mean of BF16 may be F32. ArgMax and ArgMin give indices: exactly one dimension is reduced and
// Dst is I32. A reduction over no elements gives 0 for the sums, 1 for Prod, NaN for Mean; for the others it is an error.
type Reduce struct {
	Op     ReduceOp
	Dst, X View
}

// Check implements [Op].
func (o Reduce) Check() error {
	if o.Op >= reduceOps {
		return fmt.Errorf("reduce: operation %d is unknown", o.Op)
	}
	name := o.Op.String()
	if err := check(name, o.Dst, o.X); err != nil {
		return err
	}
	if o.Dst.Rank() != o.X.Rank() {
		return complain(name, "result and operand differ in their number of dimensions", o.Dst, o.X)
	}
	reduced, empty := 0, false
	for i, d := range o.X.Shape {
		switch o.Dst.Shape[i] {
		case d:
		case 1:
			reduced++
			empty = empty || d == 0
		default:
			return complain(name, fmt.Sprintf("dimension %d of the result is neither 1 nor %d", i, d), o.Dst, o.X)
		}
	}
	arg := o.Op == ArgMax || o.Op == ArgMin
	switch {
	case arg && o.Dst.DType() != I32:
		return complain(name, "indices are i32", o.Dst, o.X)
	case arg && reduced > 1:
		return complain(name, "indices go along one dimension", o.Dst, o.X)
	case !arg && o.Dst.DType() != o.X.DType() && !(o.Op <= SumSquares && beside(o.X, o.Dst)):
		return complain(name, "types differ", o.Dst, o.X)
	case !o.X.DType().IsFloat() && o.X.DType() != I32:
		return complain(name, "there is no such operation on "+o.X.DType().String(), o.Dst, o.X)
	case empty && o.Op > Prod && o.Dst.Size() > 0:
		return complain(name, "there are no elements to choose from", o.Dst, o.X)
	}
	return distinct(name, o.Dst)
}
