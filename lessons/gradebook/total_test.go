package gradebook

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestTotal has a student anna, and a class with tasks of some weight, in which others have handed in as much.
func TestTotal(t *testing.T) {
	for _, row := range []struct {
		name    string
		weights []float64
		shares  []float64 // -1: not handed in; -2: by nobody
		drop    int
		excused []int
		percent float64
		dropped string
	}{
		{"by weight", []float64{1, 3}, []float64{1, 0.5}, 0, nil, 62.5, ""},
		{"one is missing", []float64{1, 3}, []float64{1, -1}, 0, nil, 25, ""},
		{"one that nobody has handed in", []float64{1, 3}, []float64{1, -2}, 0, nil, 100, ""},
		{"excused from one", []float64{1, 1, 2}, []float64{1, 0.5, -1}, 0, []int{2}, 75, ""},
		{"excused from one that was handed in", []float64{1, 1}, []float64{1, 0.5}, 0, []int{0}, 50, ""},
		{"excused from all", []float64{1}, []float64{-1}, 0, []int{0}, 0, ""},
		{"the lowest", []float64{1, 1, 1}, []float64{1, 0.25, 0.5}, 1, nil, 75, "t1"},
		{"one that is missing", []float64{1, 1, 1}, []float64{1, 0.25, -1}, 1, nil, 62.5, "t2"},
		{"not the lowest, but a heavy one", []float64{1, 10, 10}, []float64{0.1, 0.2, 1}, 1, nil, 100 * 10.1 / 11, "t1"},
		{"without weight", []float64{0, 1}, []float64{1, 0.5}, 1, nil, 50, ""},
		{"one always counts", []float64{1, 2}, []float64{0.5, 0.25}, 5, nil, 50, "t1"},
		{"nothing", nil, nil, 1, nil, 0, ""},
	} {
		b := &Book{Drop: row.drop}
		for i, w := range row.weights {
			task := TaskInfo{Name: fmt.Sprintf("t%d", i), Weight: w, HandedIn: 1}
			if row.shares[i] == -2 {
				task.HandedIn = 0
			}
			if row.shares[i] >= 0 {
				b.Entries = append(b.Entries, Entry{Student: "anna", Task: task.Name, Score: 8 * row.shares[i], Max: 8})
			}
			if slices.Contains(row.excused, i) {
				b.Extensions = append(b.Extensions, Extension{Student: "anna", Task: task.Name, Excused: true})
			}
			b.Tasks = append(b.Tasks, task)
		}
		percent, dropped := b.Total("anna")
		if math.Abs(percent-row.percent) > 1e-9 || strings.Join(dropped, " ") != row.dropped {
			t.Errorf("%s: %v without %q, want %v without %q", row.name, percent, dropped, row.percent, row.dropped)
		}
	}
}

// TestBest holds the choice against all that could be made.
func TestBest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		parts := make([]part, 1+random.IntN(7))
		for i := range parts {
			parts[i] = part{weight: float64(1 + random.IntN(5)), share: float64(random.IntN(9)) / 8}
		}
		n, most := 1+random.IntN(len(parts)), 0.0
		for set := uint(0); set < 1<<len(parts); set++ {
			if bits.OnesCount(set) != n {
				continue
			}
			got, all := 0.0, 0.0
			for i, p := range parts {
				if set>>i&1 == 1 {
					got, all = got+p.weight*p.share, all+p.weight
				}
			}
			most = max(most, got/all)
		}
		if got := best(slices.Clone(parts), n); math.Abs(got-most) > 1e-12 {
			t.Fatalf("the best %d of %v come to %v, want %v", n, parts, got, most)
		}
	}
}
