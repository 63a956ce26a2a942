package devicetest

import (
	"fmt"
	"math"

	"github.com/resident-go/resident/runtime/device"
)

// bound is how far a result may be from the exact one:
//
//	|got - want| <= unit·(rel·|want| + abs) + tiny
//
// where unit is the distance from 1 to the next number: 2^-23 for F32 and for BF16, which is computed with as F32, 2^-52 for F64. Results
// stored as BF16 may be off by half a unit in their last place in addition, for each rounding on the way.
type bound struct {
	rel, abs  float64
	flush     bool // results too small to be normal numbers may be 0
	signs     bool // zeros have the right sign
	roundings int  // of BF16 results, 0 stands for 1
}

// exact results differ in nothing.
var exact = bound{signs: true}

// rounded results are the nearest number, or one beside it in case of BF16, which is rounded twice.
var rounded = bound{rel: 0.5}

func within(rel, abs float64) bound { return bound{rel: rel, abs: abs, flush: true} }

// summed is the bound for sums of n numbers of magnitude about 1, added one after the other.
func summed(n int) bound { return within(4+float64(n)/4, 4+float64(n)/2) }

func (b bound) times(n int) bound {
	b.roundings = n
	return b
}

func (b bound) compare(m memory, after []byte, want []float64) error {
	for i, at := range m.at {
		if got := decode(m.t, after, at); !b.ok(m.t, got, want[i]) {
			return fmt.Errorf("element %d is %v, want %v, difference %.3g, allowed %.3g", i, got, want[i], math.Abs(got-want[i]), b.allowed(m.t, want[i]))
		}
	}
	return nil
}

func (b bound) ok(t device.DType, got, want float64) bool {
	nearest := nearest(t, want)
	switch {
	case math.IsNaN(want) || math.IsNaN(got):
		return math.IsNaN(want) && math.IsNaN(got)
	case got == nearest:
		return got != 0 || !b.signs || math.Signbit(got) == math.Signbit(nearest)
	case math.IsInf(nearest, 0):
		// What is nearly too large may be either.
		return math.Abs(got) > largest(t)*(1-1e-5) && math.Signbit(got) == math.Signbit(want) && !math.IsInf(want, 0)
	case math.IsInf(got, 0):
		return math.Abs(want) > largest(t)*(1-1e-5) && math.Signbit(got) == math.Signbit(want)
	}
	return math.Abs(got-want) <= b.allowed(t, want)
}

func (b bound) allowed(t device.DType, want float64) float64 {
	if !t.IsFloat() {
		return 0
	}
	size := math.Abs(want)
	if t == device.F64 {
		return 0x1p-52*(b.rel*size+b.abs) + b.tiny(0x1p-1022, 0x1p-1074)
	}
	allowed := 0x1p-23*(b.rel*size+b.abs) + b.tiny(0x1p-126, 0x1p-149)
	if t == device.BF16 && b != exact {
		allowed += float64(max(b.roundings, 1))*0x1p-8*size + b.tiny(0x1p-126, 0x1p-133)
	}
	return allowed
}

func (b bound) tiny(normal, least float64) float64 {
	switch {
	case b.flush:
		return normal
	case b == exact:
		return 0
	}
	return least
}

func nearest(t device.DType, v float64) float64 {
	mem := make([]byte, t.Size())
	encode(t, mem, 0, v)
	return decode(t, mem, 0)
}

func largest(t device.DType) float64 {
	switch t {
	case device.F64:
		return math.MaxFloat64
	case device.BF16:
		return 0x1.FEp127
	}
	return math.MaxFloat32
}
