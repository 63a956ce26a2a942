package device

import "fmt"

// DType is the type of a buffer's elements.
type DType uint8

// The types. Numbers are little-endian in [Device.Read] and [Device.Write].
const (
	F32  DType = iota // IEEE 754 binary32, what models compute in
	F64               // IEEE 754 binary64
	BF16              // the upper half of an F32; stored so, computed with as F32
	I32               // indices, tokens
	I8                // quantised weights; see [MatMul]
)

// DTypes are all types.
var DTypes = []DType{F32, F64, BF16, I32, I8}

var dtypes = [...]struct {
	name string
	size int
}{F32: {"f32", 4}, F64: {"f64", 8}, BF16: {"bf16", 2}, I32: {"i32", 4}, I8: {"i8", 1}}

func (t DType) String() string {
	if int(t) >= len(dtypes) {
		return fmt.Sprintf("DType(%d)", uint8(t))
	}
	return dtypes[t].name
}

// Size is an element's size in bytes.
func (t DType) Size() int { return dtypes[t].size }

// IsFloat tells the floating-point types.
func (t DType) IsFloat() bool { return t == F32 || t == F64 || t == BF16 }
