package plain_test

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// The known answers that the authors of Philox publish with their library, Random123 (kat_vectors, philox4x32 10).
func TestPhilox(t *testing.T) {
	for _, row := range []struct {
		counter [2]uint64
		key     uint64
		want    [4]uint32
	}{
		{[2]uint64{0, 0}, 0, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[2]uint64{math.MaxUint64, math.MaxUint64}, math.MaxUint64, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[2]uint64{0x85a308d3243f6a88, 0x0370734413198a2e}, 0x299f31d0a4093822, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := plain.Philox(row.counter, row.key); got != row.want {
			t.Errorf("Philox(%x, %x) is %08x, want %08x", row.counter, row.key, got, row.want)
		}
	}
}

// The moments of many numbers are those of their distribution, within five standard errors.
func TestRandomMoments(t *testing.T) {
	const n = 200000
	for _, row := range []struct {
		name               string
		op                 device.Random
		mean, std          float64
		skew, fourthMoment float64 // of the standardised numbers
	}{
		{"uniform", device.Random{P: -1, Q: 3, Seed: 1}, 1, 4 / math.Sqrt(12), 0, 1.8},
		{"normal", device.Random{Normal: true, P: 5, Q: 2, Seed: 2, Stream: 9}, 5, 2, 0, 3},
	} {
		row.op.Dst = of(t, device.F64, []int{n}, make([]float64, n)...)
		run(t, row.op)
		var m [5]float64
		lag := 0.0 // the product with the number before, which is 0 on average
		x := f64(row.op.Dst)
		z := func(i int) float64 { return (x[i] - row.mean) / row.std }
		for i := range x {
			for k := range m {
				m[k] += math.Pow(z(i), float64(k)) / n
			}
			if i > 0 {
				lag += z(i) * z(i-1) / n
			}
		}
		error1 := 5 / math.Sqrt(n)
		for k, want := range []float64{1, 0, 1, row.skew, row.fourthMoment} {
			// The variance of the fourth power of a normal number is 96, the largest of these.
			if math.Abs(m[k]-want) > error1*10 || k < 3 && math.Abs(m[k]-want) > error1*1.5 {
				t.Errorf("%s: moment %d is %.4f, want %.4f", row.name, k, m[k], want)
			}
		}
		if math.Abs(lag) > error1 {
			t.Errorf("%s: neighbours are correlated: %.4f", row.name, lag)
		}
	}
}

// Dropout leaves out its share, makes up for it, and is the same again.
func TestDropout(t *testing.T) {
	const n, p = 100000, 0.3
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	x, y, again := of(t, device.F64, []int{n}, ones...), of(t, device.F64, []int{n}, ones...), of(t, device.F64, []int{n}, ones...)
	run(t, device.Dropout{Dst: y, X: x, P: p, Seed: 4}, device.Dropout{Dst: again, X: x, P: p, Seed: 4})
	gone := 0
	for i, v := range f64(y) {
		switch v {
		case 0:
			gone++
		case 1 / (1 - p):
		default:
			t.Fatalf("element %d is %v, want 0 or %v", i, v, 1/(1-p))
		}
		if v != f64(again)[i] {
			t.Fatalf("element %d is %v and then %v", i, v, f64(again)[i])
		}
	}
	if share := float64(gone) / n; math.Abs(share-p) > 5*math.Sqrt(p*(1-p)/n) {
		t.Errorf("%.4f are left out, want %v", share, p)
	}
}
