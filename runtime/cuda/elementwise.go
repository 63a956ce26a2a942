//go:build cgo && linux

package cuda

import (
	"fmt"
	"strconv"

	"github.com/resident-go/resident/runtime/device"
)

const (
	mostDims     = 6 // that kernels walk
	mostOperands = 4
)

type elementwiseArgs struct {
	at       [mostOperands]uint64
	n        int64
	shape    [mostDims]int64
	step     [mostOperands][mostDims]int64
	p, q     float64
	op, dims int32
}

// elementwise runs a kernel over operands of one shape, the result first.
func (l *list) elementwise(name string, args elementwiseArgs, each int, views ...device.View) error {
	if empty(views[0]) { // an operand that was to be fitted
		return nil
	}
	walk, err := merge(views)
	if err != nil {
		return err
	}
	args.n = int64(views[0].Size())
	for k, v := range views {
		args.at[k] = l.addr(v)
	}
	if !walk.together {
		args.dims = int32(len(walk.shape))
		for i := range args.shape {
			args.shape[i] = 1
		}
		for i, n := range walk.shape {
			d := mostDims - len(walk.shape) + i
			args.shape[d] = int64(n)
			for k := range views {
				args.step[k][d] = int64(walk.steps[k][i])
			}
		}
	}
	return launch(l, name, elements(int(args.n)/each), 256, 0, args)
}

// merged are the dimensions of operands that are left when those that lie alike in all operands are made one.
type merged struct {
	shape    []int
	steps    [mostOperands][]int
	together bool // one dimension, in which the elements of all operands lie side by side
}

func merge(views []device.View) (m merged, err error) {
	for i, n := range views[0].Shape {
		if n == 1 {
			continue
		}
		last := len(m.shape) - 1
		joins := last >= 0
		for k, v := range views {
			joins = joins && m.steps[k][last] == n*v.Strides[i]
		}
		if joins {
			m.shape[last] *= n
		} else {
			m.shape = append(m.shape, n)
			last++
		}
		for k, v := range views {
			m.steps[k] = append(m.steps[k][:last], v.Strides[i])
		}
	}
	m.together = len(m.shape) <= 1
	for k := range views {
		m.together = m.together && (len(m.shape) == 0 || m.steps[k][0] == 1)
	}
	if len(m.shape) > mostDims {
		return m, fmt.Errorf("an operand %s is walked in %d dimensions, the GPU's kernels have %d: make it contiguous", views[0], len(m.shape), mostDims)
	}
	return m, nil
}

// together reports whether all operands lie in one piece, at multiples of 16 bytes.
func (l *list) together(views ...device.View) bool {
	for _, v := range views {
		if !v.IsContiguous() || l.addr(v)%16 != 0 {
			return false
		}
	}
	return true
}

func (l *list) unary(o device.Unary) error {
	return l.elementwise("unary"+suffix(o.Dst.DType()), elementwiseArgs{op: int32(o.Op), p: o.P, q: o.Q}, 1, o.Dst, o.X)
}

// special are the functions of two numbers that have a kernel of their own.
var special = map[device.BinaryOp]map[device.DType]string{
	device.Add:          {device.F32: "add_f32", device.BF16: "add_bf16"},
	device.GELUTanhGrad: {device.BF16: "gelu_tanh_grad_bf16"},
}

func (l *list) binary(o device.Binary) error {
	name := special[o.Op][o.Dst.DType()]
	if name == "" {
		name = "binary" + suffix(o.Dst.DType())
	}
	return l.elementwise(name, elementwiseArgs{op: int32(o.Op)}, 1, o.Dst, o.X, o.Y)
}

func (l *list) where(o device.Where) error {
	return l.elementwise("where_"+strconv.Itoa(o.Dst.DType().Size()), elementwiseArgs{op: int32(o.If.DType())}, 1, o.Dst, o.If, o.X, o.Y)
}

func (l *list) copy(o device.Copy) error {
	to, from := o.Dst.DType(), o.X.DType()
	name, each := "convert"+suffix(to)+suffix(from), 1
	switch {
	case to == from:
		name = "copy_" + strconv.Itoa(to.Size())
	case o.Dst.Size()%8 == 0 && l.together(o.Dst, o.X) && to == device.BF16 && from == device.F32:
		name, each = "narrow_bf16_f32", 8
	case o.Dst.Size()%8 == 0 && l.together(o.Dst, o.X) && to == device.F32 && from == device.BF16:
		name, each = "widen_f32_bf16", 8
	}
	return l.elementwise(name, elementwiseArgs{}, each, o.Dst, o.X)
}

func (l *list) fill(o device.Fill) error {
	return l.elementwise("fill"+suffix(o.Dst.DType()), elementwiseArgs{p: o.Value}, 1, o.Dst)
}
