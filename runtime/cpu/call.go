package cpu

import (
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// The operations on arrays other than products, numbered as in kern.h.
const (
	familyUnary = iota
	familyBinary
	familyWhere
	familyCopy
	familyFill
	familyRandom
	familyDropout
	familyAdamW
	familySGD
	familySoftmax
	familySoftmaxGrad
	familyNorm
	familyNormGrad
	familyCrossEntropy
	familyReduce
	familyAttention
	familyAttentionGrad
	familyRotary
	familyGather
	familyScatterAdd
)

const (
	maxDims     = 5 // around the innermost one
	maxOperands = 9
)

// operand is an array as rows along the innermost dimension. Distances are in elements.
type operand struct {
	at    uintptr // address of the first element; 0: left out
	kind  int64
	inner int64          // from one element of a row to the next
	outer [maxDims]int64 // along the dimensions around it
}

// call is an operation as the kernels take it: kern_call in kern.h, field by field.
//
// Addresses are no pointers, so that C may be handed many of them in one struct. Go's collector moves nothing on the heap, and the operation, which
// lives until the kernel returns, refers to the buffers.
type call struct {
	family, op                                  int64
	n, rows                                     int64 // elements of a row; the product of shape
	dims                                        int64
	shape                                       [maxDims]int64 // of the dimensions around rows
	log, rms, causal, normal, nesterov, inverse int64
	from, table, window                         int64
	along, partDims                             int64
	partShape                                   [maxDims]int64
	p, q                                        float64
	lr, beta1, beta2, eps, decay, scale         float64
	bias2                                       float64
	seed, stream                                uint64
	bad                                         int64
	v                                           [maxOperands]operand
}

// set makes a view operand k, without its layout. One that was left out stays so.
func (c *call) set(k int, v device.View) {
	if v.Given() {
		b := v.Data.(*plain.Buffer)
		c.v[k].at = uintptr(unsafe.Pointer(unsafe.SliceData(b.Bytes()))) + uintptr(v.Offset*b.DType().Size())
		c.v[k].kind = int64(b.DType())
	}
}

// axes is how arrays of one shape are walked.
type axes uint8

const (
	inOrder  axes = iota // row by row
	anyOrder             // as lies best
	alongRow             // row by row, where a row is the last dimension, whatever its size
)

// lay makes views of one shape the operands from 0 on, and says how they are walked: dimensions that can be walked as one are. Views of one dimension
// less have one element per row. It reports false when there are too many dimensions.
func (c *call) lay(how axes, views ...device.View) bool {
	shape := views[0].Shape
	for k, v := range views {
		c.set(k, v)
	}
	var order [maxDims + 3]int
	dims := 0
	for i, d := range shape {
		if d == 1 && !(how == alongRow && i == len(shape)-1) {
			continue
		}
		if dims == len(order) {
			return false
		}
		order[dims] = i
		dims++
	}
	if how == anyOrder {
		sortByStride(order[:dims], views[0].Strides)
	}
	return c.merge(order[:dims], how, views)
}

// sortByStride puts the dimension whose elements lie closest in the result last.
func sortByStride(order, strides []int) {
	for i := 1; i < len(order); i++ {
		for j := i; j > 0 && strides[order[j]] > strides[order[j-1]]; j-- {
			order[j], order[j-1] = order[j-1], order[j]
		}
	}
}

// merge sets n, rows, shape and the operands' distances.
func (c *call) merge(order []int, how axes, views []device.View) bool {
	shape := views[0].Shape
	c.n, c.rows, c.dims = 1, 1, 0
	for i, d := range order {
		last := i == len(order)-1
		if i > 0 && !(last && how == alongRow) && c.joins(d, shape[d], views) {
			c.n *= int64(shape[d])
		} else {
			if i > 0 && !c.push(len(views)) {
				return false
			}
			c.n = int64(shape[d])
		}
		for k, v := range views {
			c.v[k].inner = stride(v, d)
		}
	}
	return true
}

// Rows of up to so many elements cost more for each row than for what is in it: of an operation element by element, and of a reduction.
const shortRow, shortReduced = 8, 16

// longRows goes along a dimension around the rows where these are short: the closest that is long, or the longest there is.
func (c *call) longRows() {
	const long = 12
	if c.n > shortRow {
		return
	}
	longest, at := c.n, -1
	for d := c.dims - 1; d >= 0 && longest < long; d-- {
		if c.shape[d] > longest {
			longest, at = c.shape[d], int(d)
		}
	}
	if at < 0 {
		return
	}
	c.rows = c.rows / longest * c.n
	c.shape[at], c.n = c.n, longest
	for k := range c.v {
		v := &c.v[k]
		v.inner, v.outer[at] = v.outer[at], v.inner
	}
}

// stride is the distance along a dimension; 0 along one that the view does not have.
func stride(v device.View, d int) int64 {
	if d >= len(v.Strides) {
		return 0
	}
	return int64(v.Strides[d])
}

// joins reports whether a dimension goes on where the one around it leaves off, in all operands.
func (c *call) joins(d, size int, views []device.View) bool {
	for k, v := range views {
		if v.Given() && c.v[k].inner != stride(v, d)*int64(size) {
			return false
		}
	}
	return true
}

// push makes the innermost dimension the last of those around a new one.
func (c *call) push(operands int) bool {
	if c.dims == maxDims {
		return false
	}
	c.shape[c.dims] = c.n
	c.rows *= c.n
	for k := range operands {
		c.v[k].outer[c.dims] = c.v[k].inner
	}
	c.dims++
	return true
}
