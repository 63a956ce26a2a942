package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// chunkSize is how many bytes are converted at a time: few enough to stay in the cache.
const chunkSize = 64 << 10

// Float16frombits is the value of an IEEE 754 half precision number. It is exact.
func Float16frombits(h uint16) float32 {
	sign, exponent, fraction := uint32(h&0x8000)<<16, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // zero, or fraction times 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f: // infinite, or not a number
		return math.Float32frombits(sign | 0x7f80_0000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// Float16bits rounds to half precision: to nearest, ties to even; from 65520 on to infinity. What is not a number stays so,
// made quiet, with its sign and the upper bits of its payload.
func Float16bits(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	b &^= 1 << 31
	switch {
	case b > 0x7f80_0000:
		return sign | 0x7e00 | uint16(b>>13&0x3ff)
	case b >= math.Float32bits(65520):
		return sign | 0x7c00
	case b < math.Float32bits(0x1p-14):
		// Subnormal: a multiple of 2^-24, which is the step of float32 between 0.5 and 1. The addition rounds.
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-math.Float32bits(0.5))
	}
	b += 0xfff + b>>13&1 // half a step less a bit, and that bit when the result would be odd; a carry moves the exponent
	return sign | uint16((b-(127-15)<<23)>>13)
}

// BFloat16frombits is the value of a bfloat16 number: the upper half of a float32. It is exact.
func BFloat16frombits(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// BFloat16bits rounds to bfloat16: to nearest, ties to even. What is not a number stays so, made quiet.
func BFloat16bits(f float32) uint16 {
	b := math.Float32bits(f)
	if b&^(1<<31) > 0x7f80_0000 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// decode converts len(v) numbers of a type with Floats.
func decode(v []float32, d DType, b []byte) {
	le := binary.LittleEndian
	switch d {
	case F32:
		for i := range v {
			v[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
	case F64:
		for i := range v {
			v[i] = float32(math.Float64frombits(le.Uint64(b[8*i:])))
		}
	case F16:
		for i := range v {
			h := le.Uint16(b[2*i:])
			if e := h & 0x7c00; e != 0 && e != 0x7c00 { // nearly all; the function is too large to be inlined
				v[i] = math.Float32frombits(uint32(h&0x8000)<<16 | uint32(h&0x7fff)<<13 + (127-15)<<23)
			} else {
				v[i] = Float16frombits(h)
			}
		}
	case BF16:
		for i := range v {
			v[i] = BFloat16frombits(le.Uint16(b[2*i:]))
		}
	}
}

// encode is the reverse of decode.
func encode(b []byte, d DType, v []float32) {
	le := binary.LittleEndian
	switch d {
	case F32:
		for i, f := range v {
			le.PutUint32(b[4*i:], math.Float32bits(f))
		}
	case F64:
		for i, f := range v {
			le.PutUint64(b[8*i:], math.Float64bits(float64(f)))
		}
	case F16:
		for i, f := range v {
			le.PutUint16(b[2*i:], Float16bits(f))
		}
	case BF16:
		for i, f := range v {
			le.PutUint16(b[2*i:], BFloat16bits(f))
		}
	}
}

// Decode converts the data of a tensor to float32. b must hold len(v) numbers of type F64, F32, F16 or BF16.
func Decode(v []float32, d DType, b []byte) error {
	if err := convertible(d, len(v), len(b)); err != nil {
		return fmt.Errorf("decode %v: %w", d, err)
	}
	decode(v, d, b)
	return nil
}

// Encode converts float32 to the data of a tensor of type F64, F32, F16 or BF16, rounding to nearest, ties to even.
// b must have room for exactly len(v) numbers.
func Encode(b []byte, d DType, v []float32) error {
	if err := convertible(d, len(v), len(b)); err != nil {
		return fmt.Errorf("encode %v: %w", d, err)
	}
	encode(b, d, v)
	return nil
}

func convertible(d DType, n, size int) error {
	switch {
	case !d.Floats():
		return fmt.Errorf("only F64, F32, F16 and BF16 are converted")
	case size != n*d.Bits()/8:
		return fmt.Errorf("%d numbers are %d bytes, got %d", n, n*d.Bits()/8, size)
	}
	return nil
}
