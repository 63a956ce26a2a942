package safetensors

import "slices"

// DType is the type of a tensor's elements. The order is the format's: by alignment, which decides where data stands.
type DType uint8

// The data types of the format. Those of 4 and 6 bits are packed: a tensor of them fills whole bytes.
const (
	Bool DType = iota
	F4
	F6E2M3
	F6E3M2
	U8
	I8
	F8E5M2
	F8E4M3
	F8E8M0
	F8E4M3FNUZ
	F8E5M2FNUZ
	I16
	U16
	F16
	BF16
	I32
	U32
	F32
	C64
	F64
	I64
	U64
)

// dtypes holds name and size of each type, in the order of the constants.
var dtypes = [...]struct {
	name string
	bits int
}{
	{"BOOL", 8}, {"F4", 4}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8}, {"I8", 8},
	{"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
	{"I16", 16}, {"U16", 16}, {"F16", 16}, {"BF16", 16}, {"I32", 32}, {"U32", 32}, {"F32", 32},
	{"C64", 64}, {"F64", 64}, {"I64", 64}, {"U64", 64},
}

// ParseDType finds a type by its name in the format, such as "BF16".
func ParseDType(name string) (d DType, ok bool) {
	for i, t := range dtypes {
		if t.name == name {
			return DType(i), true
		}
	}
	return 0, false
}

// String is the type's name in the format.
func (d DType) String() string {
	if !d.valid() {
		return "no data type"
	}
	return dtypes[d].name
}

// Bits is the size of one element.
func (d DType) Bits() int {
	if !d.valid() {
		return 0
	}
	return dtypes[d].bits
}

func (d DType) valid() bool { return int(d) < len(dtypes) }

// Floats tells whether values of this type can be read and written as float32.
func (d DType) Floats() bool { return slices.Contains([]DType{F64, F32, F16, BF16}, d) }
