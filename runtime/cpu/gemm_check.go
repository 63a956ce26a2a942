package cpu

import (
	"fmt"
	"unsafe"
)

// product describes C = alpha op(A) op(B) + beta C of row-major matrices, where op(A) is m by k, op(B) k by n and C m by n, and
// op transposes or not. With batch above 1 it is so many products, whose operands lie stepA, stepB and stepC elements apart; a
// step of 0 is the same operand again.
type product struct {
	transA, transB      bool
	m, n, k             int
	lda, ldb, ldc       int // elements from one row to the next
	batch               int
	stepA, stepB, stepC int
}

// activation is a function that a product can end with.
type activation int

// The activations, numbered as in gemm.h.
const (
	noActivation activation = iota
	gelu                    // with tanh, as in GPT-2
	relu
	silu
)

// epilogue is what is done to a product of one batch on its way into C:
//
//	pre = alpha op(A) op(B) + beta C + bias
//	C   = residual + act(pre)
//
// What is not given is left out.
type epilogue struct {
	bias       []float32 // n, added to each row
	pre        []float32 // m by n, keeps what the activation is taken of
	ldPre      int
	act        activation
	residual   []float32
	ldResidual int
}

// extent is the number of elements from the first to the last of a matrix.
func extent(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

// checkMatrix panics unless a matrix lies within a slice, in each of its batches.
func checkMatrix(name string, have, rows, cols, ld, batch, step int) {
	if ld < max(cols, 1) {
		panic(fmt.Sprintf("cpu: matrix product: rows of %s are %d elements apart, but have %d", name, ld, cols))
	}
	need := extent(rows, cols, ld)
	if need > 0 && batch > 1 {
		need += (batch - 1) * step
	}
	// What is too large to be counted is larger than any slice.
	if uncountable := float64(rows)*float64(ld)+float64(batch)*float64(step) > 1<<62; uncountable || step < 0 || have < need {
		panic(fmt.Sprintf("cpu: matrix product: %s, %d by %d in rows %d apart, %d times %d apart, needs %d elements, but has %d",
			name, rows, cols, ld, batch, step, need, have))
	}
}

// check panics unless the operands lie within their slices and products do not write to the same places.
func (p product) check(a, b, c int) {
	if p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0 {
		panic(fmt.Sprintf("cpu: matrix product: negative size: m %d, n %d, k %d, batch %d", p.m, p.n, p.k, p.batch))
	}
	rows, cols := p.m, p.k
	if p.transA {
		rows, cols = cols, rows
	}
	checkMatrix("A", a, rows, cols, p.lda, p.batch, p.stepA)
	rows, cols = p.k, p.n
	if p.transB {
		rows, cols = cols, rows
	}
	checkMatrix("B", b, rows, cols, p.ldb, p.batch, p.stepB)
	checkMatrix("C", c, p.m, p.n, p.ldc, p.batch, p.stepC)
	if need := extent(p.m, p.n, p.ldc); p.batch > 1 && p.stepC < need {
		// Rows of one product may lie between rows of another, as heads of attention do.
		if p.stepC < p.n || p.stepC*p.batch > p.ldc && p.m > 1 {
			panic(fmt.Sprintf("cpu: matrix product: the %d products overlap: they need %d elements and are %d apart", p.batch, need, p.stepC))
		}
	}
}

// prepare checks an epilogue. When the residual is C itself it becomes part of beta: while k is summed up in parts, C does not keep
// what it held.
func (e *epilogue) prepare(p product, c []float32, beta float32) (epilogue, float32) {
	if e == nil {
		return epilogue{}, beta
	}
	if p.batch != 1 {
		panic("cpu: matrix product: an epilogue goes with one product")
	}
	if e.bias != nil && len(e.bias) < p.n {
		panic(fmt.Sprintf("cpu: matrix product: the bias has %d elements for %d columns", len(e.bias), p.n))
	}
	if e.pre != nil {
		checkMatrix("pre", len(e.pre), p.m, p.n, e.ldPre, 1, 0)
	}
	if e.residual == nil {
		return *e, beta
	}
	checkMatrix("the residual", len(e.residual), p.m, p.n, e.ldResidual, 1, 0)
	if unsafe.SliceData(e.residual) != unsafe.SliceData(c) {
		return *e, beta
	}
	if e.act != noActivation || beta != 0 || e.ldResidual != p.ldc || e.pre != nil {
		panic("cpu: matrix product: the residual is C, but there is an activation, beta, or another distance of rows")
	}
	return epilogue{bias: e.bias}, 1
}
