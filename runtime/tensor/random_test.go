package tensor

import (
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/resident-go/resident/runtime/device/plain"
)

// TestPhilox: uniform numbers are the known words of Philox4x32-10 for counter and key 0 (kat_vectors of Random123).
func TestPhilox(t *testing.T) {
	got := Seed(0).Uniform(0, 1, 4).Float64s()
	for i, word := range []uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8} {
		if want := float64(word>>8) / (1 << 24); got[i] != want {
			t.Errorf("element %d is %v, want %v", i, got[i], want)
		}
	}
	for _, row := range []struct {
		counter [2]uint64
		key     uint64
		want    [4]uint32
	}{
		{[2]uint64{math.MaxUint64, math.MaxUint64}, math.MaxUint64, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[2]uint64{0x85a308d3243f6a88, 0x0370734413198a2e}, 0x299f31d0a4093822, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := plain.Philox(row.counter, row.key); got != row.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", row.counter, row.key, got, row.want)
		}
	}
}

// TestMoments: means of powers are those of the distribution, within five of their standard deviations.
func TestMoments(t *testing.T) {
	const n = 1 << 18
	factorial := func(k int) (f float64) { // (k-1)!! for even k, 0 for odd ones: the moments of the normal distribution
		if k%2 == 1 {
			return 0
		}
		f = 1
		for i := k - 1; i > 0; i -= 2 {
			f *= float64(i)
		}
		return f
	}
	for _, row := range []struct {
		name   string
		t      *Tensor
		moment func(k int) float64
	}{
		{"normal", Seed(1).Normal(n), factorial},
		{"uniform", Seed(2).Uniform(0, 1, n), func(k int) float64 { return 1 / float64(k+1) }},
		{"ints", Seed(3).Ints(0, 2, n), func(int) float64 { return 0.5 }},
		{"dropout", Seed(4).Dropout(Ones(n), 0.25), func(k int) float64 { return 0.75 * math.Pow(4.0/3, float64(k)) }},
	} {
		for k := 1; k <= 4; k++ {
			sum := 0.0
			for _, v := range row.t.Float64s() {
				sum += math.Pow(v, float64(k))
			}
			got, want := sum/n, row.moment(k)
			if deviation := math.Sqrt((row.moment(2*k) - want*want) / n); math.Abs(got-want) > 5*deviation+1e-6 {
				t.Errorf("%s: the mean of the power %d is %v, want %v ± %v", row.name, k, got, want, deviation)
			}
		}
	}
}

// chiSquare fails if counts differ from what is expected of them more than once in a million times.
func chiSquare(t *testing.T, what string, counts []float64, expected func(i int) float64) {
	t.Helper()
	x := 0.0
	for i, n := range counts {
		x += (n - expected(i)) * (n - expected(i)) / expected(i)
	}
	// Wilson and Hilferty: the cube root of χ²/k is nearly normal.
	k := float64(len(counts) - 1)
	if z := (math.Cbrt(x/k) - 1 + 2/(9*k)) / math.Sqrt(2/(9*k)); z > 4.9 {
		t.Errorf("%s: χ² is %.1f for %v degrees of freedom", what, x, k)
	}
}

func TestDraws(t *testing.T) {
	const n = 60_000
	g := Seed(5)
	counts := make([]float64, 7)
	for _, v := range g.Ints(-3, 4, n).Ints() {
		counts[v+3]++
	}
	chiSquare(t, "Ints", counts, func(int) float64 { return n / 7.0 })

	weights := []float64{1, 0, 2, 5}
	drawn := g.Multinomial(New(append(slices.Clone(weights), 0, 3, 0, 0), 2, 4), n)
	counts = make([]float64, 4)
	for _, i := range drawn.Index(0, 0).Ints() {
		counts[i]++
	}
	if counts[1] != 0 {
		t.Errorf("an index of weight 0 was drawn %v times", counts[1])
	}
	chiSquare(t, "Multinomial", []float64{counts[0], counts[2], counts[3]}, func(i int) float64 { return n / 8.0 * []float64{1, 2, 5}[i] })
	if only := drawn.Index(0, 1); !only.Eq(Scalar(1)).All() {
		t.Error("where one weight is not 0, another index was drawn")
	}

	orders := map[[3]int32]int{}
	for range 6000 {
		orders[[3]int32(g.Perm(3).Ints())]++
	}
	counts = nil
	for order, times := range orders {
		counts = append(counts, float64(times))
		if o := order[:]; slices.Max(o) != 2 || slices.Min(o) != 0 || o[0]+o[1]+o[2] != 3 {
			t.Fatalf("%v is no order of 0, 1, 2", order)
		}
	}
	if len(orders) != 6 {
		t.Fatalf("there are %d orders of three numbers", len(orders))
	}
	chiSquare(t, "Perm", counts, func(int) float64 { return 1000 })
}

// TestSeeds: the same seed and place in the order give the same bits, others give others.
func TestSeeds(t *testing.T) {
	g := Seed(42)
	if g.Seed() != 42 {
		t.Errorf("the seed is %d", g.Seed())
	}
	first := g.Normal(5, 7)
	state := g.State()
	second := g.Normal(5, 7)
	if first.Equal(second) {
		t.Error("two tensors of one generator are equal")
	}
	g.Restore(state)
	if !g.Normal(5, 7).Equal(second) {
		t.Error("after Restore there come other numbers")
	}
	if !Seed(42).Normal(35).Reshape(5, 7).Equal(first) {
		t.Error("the shape changes the numbers")
	}
	if Seed(43).Normal(5, 7).Equal(first) {
		t.Error("another seed gives the same numbers")
	}
	x := Ones(1000)
	if a, b := Seed(9).Dropout(x, 0.5), Seed(9).Dropout(x.Unsqueeze(1).Expand(1000, 2).Slice(1, 0, 1).Squeeze(1), 0.5); !a.Equal(b) {
		t.Error("the layout changes what is dropped")
	}
}

// TestSharedGenerator: goroutines that share a generator get each place of the order once.
func TestSharedGenerator(t *testing.T) {
	const n = 64
	g, alone := Seed(6), Seed(6)
	want := map[float64]bool{}
	for range n {
		want[alone.Uniform(0, 1, 3).Float64s()[2]] = true
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			v := g.Uniform(0, 1, 3).Float64s()[2]
			mu.Lock()
			defer mu.Unlock()
			delete(want, v)
		})
	}
	wg.Wait()
	if len(want) != 0 {
		t.Errorf("%d places were left out", len(want))
	}
}
