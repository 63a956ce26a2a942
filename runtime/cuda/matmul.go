//go:build cgo && linux

package cuda

import (
	"strconv"

	"github.com/resident-go/resident/runtime/device"
)

// matricesArg is an operand as kernels of products take it.
type matricesArg struct {
	at          uint64
	row, column int64
	batch       [3]int64
}

// productArgs are the arguments of all kernels of products.
type productArgs struct {
	dst, a, b, residual, pre matricesArg
	bias                     uint64
	biasStep                 int64
	scales                   uint64
	alpha                    float64
	m, n, k, groups          int32
	batch                    [3]int32
	act, accumulate          int32
	fastA, fastB, fastDst    int32
	team                     int32
}

// thinMost is up to how many rows a product takes as long as its weights take to be read.
const thinMost = 8

// matmul prefers, in this order: for a few rows a kernel that reads the weights once, the library, and kernels that take all layouts.
func (l *list) matmul(o device.MatMul) error {
	if o.Alpha == 0 {
		o.Alpha = 1
	}
	if _, err := l.fit(&o.Scales, device.F32, contiguous, true); err != nil {
		return err
	}
	if done, err := l.thin(o); done || err != nil {
		return err
	}
	if done, err := l.byLibrary(o); done || err != nil {
		return err
	}
	backs, err := l.fewerDimensions(&o)
	if err != nil {
		return err
	}
	if err := l.byTiles(o); err != nil {
		return err
	}
	for _, back := range backs {
		if err := back(); err != nil {
			return err
		}
	}
	return nil
}

// thin takes products of a few f32 rows with weights that lie along k.
func (l *list) thin(o device.MatMul) (bool, error) {
	if o.A.Rank() != 2 || o.A.DType() != device.F32 || o.A.Shape[0] > thinMost || o.A.Shape[1] == 0 || o.A.Strides[1] != 1 || o.B.Strides[0] != 1 {
		return false, nil
	}
	p := l.product(o)
	p.team = l.d.team(p, o.B.DType().Size())
	name := "gemv" + strconv.Itoa(int(p.m)) + suffix(o.B.DType())
	columns := 8 / int(p.team)
	return true, launch(l, name, grid{(int(p.n) + columns - 1) / columns, 1, 1}, 256, 0, p)
}

// team is how many warps, of the 8 of a block, share a column: more of them until the device is full, or until each has one round of loads.
func (d *Device) team(p productArgs, size int) int32 {
	team := int32(1)
	for team < 8 && p.n*team < 16*int32(d.facts.multiprocessors) && int(p.k)*size > 512*int(team) {
		team *= 2
	}
	return team
}

// fewerDimensions brings the operands of a product with more than three leading dimensions to one of them.
func (l *list) fewerDimensions(o *device.MatMul) (backs []func() error, err error) {
	r := o.A.Rank()
	if r <= 5 {
		return nil, nil
	}
	for _, v := range []struct {
		*device.View
		read, result bool
	}{{&o.A, true, false}, {&o.B, true, false}, {&o.Residual, true, false}, {&o.Dst, o.Accumulate, true}, {&o.Pre, false, true}} {
		if !v.Given() {
			continue
		}
		back, err := l.fit(v.View, v.DType(), contiguous, v.read)
		if err != nil {
			return nil, err
		}
		if v.result {
			backs = append(backs, back)
		}
		n := 1
		for _, d := range v.Shape[:r-2] {
			n *= d
		}
		v.Layout, _ = v.Reshape(n, v.Shape[r-2], v.Shape[r-1])
	}
	return backs, nil
}

// byTiles takes any product, in tiles: of 128x128 on tensor cores, else of 64x64, or 128x128 where there are enough of them.
func (l *list) byTiles(o device.MatMul) error {
	p := l.product(o)
	name, tile, threads, shared := "gemm"+suffix(o.A.DType()), 64, 256, 0
	switch {
	case o.A.DType() == device.BF16:
		name = "mma_" + alongK(p.a.row == 1, "m") + alongK(p.b.column == 1, "n") + suffix(o.Dst.DType())
		tile, threads, shared = 128, 128, 64<<10
	case o.B.DType() != o.A.DType():
		name += suffix(o.B.DType())
	case o.A.DType() == device.F32 && p.tiles(128) >= int(l.d.facts.multiprocessors):
		name, tile = "gemm_large_f32", 128
	}
	return launch(l, name, grid{p.tiles(tile), 1, 1}, threads, shared, p)
}

// alongK names an operand by the dimension that lies side by side. One that has none such goes along k.
func alongK(other bool, name string) string {
	if other {
		return name
	}
	return "k"
}

func (p *productArgs) tiles(size int) int {
	return (int(p.m) + size - 1) / size * ((int(p.n) + size - 1) / size) * int(p.batch[0]) * int(p.batch[1]) * int(p.batch[2])
}

func (l *list) product(o device.MatMul) productArgs {
	r := o.A.Rank()
	p := productArgs{dst: l.matrices(o.Dst), a: l.matrices(o.A), b: l.matrices(o.B), residual: l.matrices(o.Residual), pre: l.matrices(o.Pre),
		bias: l.addr(o.Bias), scales: l.addr(o.Scales), alpha: o.Alpha,
		m: l.count(o.A.Shape[r-2]), k: l.count(o.A.Shape[r-1]), n: l.count(o.B.Shape[r-1]), batch: [3]int32{1, 1, 1}, act: int32(o.Act)}
	for i, d := range o.A.Shape[:r-2] {
		p.batch[i] = l.count(d)
	}
	if o.Bias.Given() {
		p.biasStep = int64(o.Bias.Strides[0])
	}
	if o.Scales.Given() {
		p.groups = int32(o.Scales.Shape[1])
	}
	if o.Accumulate {
		p.accumulate = 1
	}
	p.fastA, p.fastB = flagged(o.A.DType() == device.BF16 && p.a.inPacks(2)), flagged(o.B.DType() == device.BF16 && p.b.inPacks(2))
	size := int64(o.Dst.DType().Size())
	p.fastDst = flagged(p.dst.inRows(size) && p.residual.inRows(size) && p.pre.inRows(size))
	return p
}

// matrices describes an operand with up to three leading dimensions; that of one which was left out is zero.
func (l *list) matrices(v device.View) (m matricesArg) {
	if !v.Given() {
		return m
	}
	r := v.Rank()
	m = matricesArg{at: l.addr(v), row: int64(v.Strides[r-2]), column: int64(v.Strides[r-1])}
	for i := range min(r-2, 3) {
		m.batch[i] = int64(v.Strides[i])
	}
	return m
}

// inPacks reports whether the numbers that lie side by side do so in packs of 16 bytes.
func (m *matricesArg) inPacks(size int64) bool {
	other := m.row
	if m.row == 1 {
		other = m.column
	} else if m.column != 1 {
		return false
	}
	return (m.at|uint64((other|m.batch[0]|m.batch[1]|m.batch[2])*size))%16 == 0
}

// inRows is inPacks for rows, and true of what was left out.
func (m *matricesArg) inRows(size int64) bool {
	return m.at == 0 || m.column == 1 && m.row != 1 && m.inPacks(size)
}

func flagged(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
