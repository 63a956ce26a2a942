//go:build cgo && linux

package cuda

import (
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/device"
)

type reduceArgs struct {
	x, to                   uint64
	results, count, chunk   int64
	divisor                 float64
	op, kind, kept, along   int32
	split, packs            int32
	keptSize, keptX, keptTo [mostDims]int64
	alongSize, alongX       [mostDims]int64
}

// The kinds of results of reductions; raw are those of parts, in the type that is computed with.
const (
	rawResult  = 0
	resultI32  = 4
	blocksWant = 1024 // as many as keep a large GPU busy
)

var resultKinds = map[device.DType]int32{device.F32: 1, device.F64: 2, device.BF16: 3, device.I32: resultI32}

// reduction is a reduction as the kernels see it.
type reduction struct {
	op   device.ReduceOp
	args reduceArgs
	in   device.DType
}

func (l *list) reduce(o device.Reduce) error {
	if o.X.Size() == 0 {
		return l.fill(device.Fill{Dst: o.Dst, Value: ofNothing(o.Op)})
	}
	r, err := l.reductionOf(o)
	if err != nil {
		return err
	}
	return l.runReduction(r)
}

func ofNothing(op device.ReduceOp) float64 {
	switch op {
	case device.Prod:
		return 1
	case device.Mean:
		return math.NaN()
	}
	return 0
}

// reductionOf takes the dimensions apart: in the kept ones lie the results, along the others the elements of each.
func (l *list) reductionOf(o device.Reduce) (reduction, error) {
	kept, to, along := device.View{}, device.View{}, device.View{}
	for i, n := range o.X.Shape {
		if o.Dst.Shape[i] == n {
			kept.Shape, kept.Strides, to.Strides = append(kept.Shape, n), append(kept.Strides, o.X.Strides[i]), append(to.Strides, o.Dst.Strides[i])
		} else {
			along.Shape, along.Strides = append(along.Shape, n), append(along.Strides, o.X.Strides[i])
		}
	}
	results, err := merge([]device.View{kept, to})
	if err != nil {
		return reduction{}, err
	}
	elements, err := merge([]device.View{along})
	if err != nil {
		return reduction{}, err
	}
	r := reduction{op: o.Op, in: o.X.DType(), args: reduceArgs{x: l.addr(o.X), to: l.addr(o.Dst), results: int64(kept.Size()), count: int64(along.Size()),
		divisor: 1, op: int32(o.Op), kind: resultKinds[o.Dst.DType()], kept: int32(len(results.shape)), along: int32(len(elements.shape))}}
	if o.Op == device.Mean {
		r.args.divisor = float64(along.Size())
	}
	for i, n := range results.shape {
		r.args.keptSize[i], r.args.keptX[i], r.args.keptTo[i] = int64(n), int64(results.steps[0][i]), int64(results.steps[1][i])
	}
	for i, n := range elements.shape {
		r.args.alongSize[i], r.args.alongX[i] = int64(n), int64(elements.steps[0][i])
	}
	if r.args.along == 0 { // of one element
		r.args.along, r.args.alongSize[0], r.args.alongX[0] = 1, 1, 1
	}
	return r, nil
}

// runReduction chooses the kernel by where neighbours lie, and splits long reductions with few results.
func (l *list) runReduction(r reduction) error {
	a, family := &r.args, "choice"
	if r.op <= device.SumSquares {
		family = "sum"
	}
	inner := a.alongX[a.along-1]
	var way string
	blocks, least := int(a.results), 8192 // elements of a part
	switch {
	case a.kept > 0 && a.keptX[a.kept-1] != 0 && abs(a.keptX[a.kept-1]) < abs(inner) && a.results >= 8:
		way, least = "_column", 128
		each := 32
		if pack := 16 / int64(max(1, r.in.Size())); family == "sum" && r.in.IsFloat() && a.wholePacks(pack) {
			way, each = "_columns", 32*int(pack)
		}
		blocks = (blocks + each - 1) / each
	case a.count <= 1024 && a.results > 64 || a.count <= 64:
		way = "_warp"
		blocks = (blocks + 7) / 8
	default:
		way = "_block"
	}
	if way == "_warp" || way == "_block" {
		if a.along == 1 && inner == 1 && r.in.IsFloat() {
			a.packs = 1
		}
	}
	parts := min(max(1, blocksWant/blocks), (int(a.count)+least-1)/least)
	if way == "_warp" || r.op >= device.ArgMax || parts < 2 {
		a.chunk = a.count
		return launch(l, family+way+suffix(r.in), grid{blocks, 1, 1}, 256, 0, *a)
	}
	return l.inParts(r, family+way, blocks, parts)
}

func abs(n int64) int64 { return max(n, -n) }

// wholePacks reports whether results lie side by side in packs of 16 bytes, for every element.
func (a *reduceArgs) wholePacks(pack int64) bool {
	last := a.kept - 1
	ok := a.keptX[last] == 1 && a.keptSize[last]%pack == 0 && a.x%16 == 0
	for i := range last {
		ok = ok && a.keptX[i]%pack == 0
	}
	for i := range a.along {
		ok = ok && a.alongX[i]%pack == 0
	}
	return ok
}

// inParts reduces parts first, and then what they gave.
func (l *list) inParts(r reduction, name string, blocks, parts int) error {
	whole := r.args
	chunk := roundUp((int(whole.count)+parts-1)/parts, 16) // packs begin where parts do
	parts = (int(whole.count) + chunk - 1) / chunk
	computed := device.F32
	if r.in == device.F64 || r.in == device.I32 {
		computed = device.F64
	}
	between, err := l.temporary(computed, []int{parts, int(whole.results)})
	if err != nil {
		return err
	}
	first := whole
	first.chunk, first.split, first.kind, first.divisor, first.to = int64(chunk), 1, rawResult, 1, l.addr(between)
	if err := launch(l, name+suffix(r.in), grid{blocks, parts, 1}, 256, 0, first); err != nil {
		return err
	}
	second := reduction{op: r.op, in: computed, args: whole}
	second.args.x, second.args.count, second.args.along, second.args.packs = l.addr(between), int64(parts), 1, 0
	second.args.alongSize[0], second.args.alongX[0] = int64(parts), whole.results
	step := int64(1) // kept dimensions lie in row-major order now
	for i := whole.kept - 1; i >= 0; i-- {
		second.args.keptX[i] = step
		step *= whole.keptSize[i]
	}
	if r.op == device.SumSquares {
		second.op, second.args.op = device.Sum, int32(device.Sum)
	}
	if parts > 1024 {
		return fmt.Errorf("%s: %d parts", name, parts) // the second launch would make parts again
	}
	return l.runReduction(second)
}
