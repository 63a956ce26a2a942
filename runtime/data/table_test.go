package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestReadCSV(t *testing.T) {
	for _, row := range []struct {
		file, target string
		features     []string
		want         string // columns, X, Y, classes; or an error
	}{
		{"a,b,y\n1,2,3\n4,5.5,-6e1\n", "y", nil, "[a b] [1 2 4 5.5] [3 -60] []"},
		{"a,b,kind\n1,2,dog\n4,5,cat\n7,8,dog\n", "kind", nil, "[a b] [1 2 4 5 7 8] [1 0 1] [cat dog]"},
		{"\ufeffa,b,kind\n1,2,1\n4,5,x\n", "kind", []string{"b"}, "[b] [2 5] [0 1] [1 x]"},
		{"a,b,y\n1,2,3\n", "a", []string{"y", "b"}, "[y b] [3 2] [1] []"},
		{"a, y\n \"1\" , two \n", "y", nil, "line 2, column"},
		{"a, y\n 1 , two words \n", "y", nil, "[a] [1] [0] [two words]"},
		{"", "y", nil, "it is empty"},
		{"a,b\n", "y", nil, `no column "y"; there are ["a" "b"]`},
		{"a,b\n", "a", []string{"c"}, `no column "c"; there are ["a" "b"]`},
		{"a,b\n1,2\nx,3\n", "b", nil, `line 3: column "a": expected a number, got "x"`},
		{"a,b\n1,2\n,3\n", "b", nil, `line 3: column "a": expected a number, got ""`},
		{"a,b\nNaN,2\n", "b", nil, `line 2: column "a": expected a number, got "NaN"`},
		{"a,b\n+Inf,2\n", "b", nil, `line 2: column "a": expected a number, got "+Inf"`},
		{"a,b\n1e99,2\n", "b", nil, `line 2: column "a": expected a number, got "1e99"`},
		{"a,b\n1, \n", "b", nil, `line 2: column "b" is empty`},
		{"a,b\n1,2,3\n", "b", nil, "wrong number of fields"},
	} {
		table, err := ReadCSV(strings.NewReader(row.file), row.target, row.features...)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(table.Columns, table.X, table.Y, table.Classes)
		}
		if err == nil && got != row.want || !strings.Contains(got, row.want) {
			t.Errorf("%q\n got %s\nwant %s", row.file, got, row.want)
		}
	}
	if _, err := CSV(t.TempDir()+"/none.csv", "y"); err == nil || !strings.HasPrefix(err.Error(), "data: read a table: open ") {
		t.Errorf("no file: %v", err)
	}
}

func numbers(n int) *Table {
	t := &Table{Columns: []string{"i", "square"}, Target: "half"}
	for i := range n {
		t.X = append(t.X, float32(i), float32(i*i))
		t.Y = append(t.Y, float32(i)/2)
	}
	return t
}

// whole checks that rows are still rows.
func whole(t *testing.T, table *Table) {
	t.Helper()
	for i := range table.Len() {
		if r := table.Row(i); r[1] != r[0]*r[0] || table.Y[i] != r[0]/2 {
			t.Fatalf("row %d is %v, %v", i, r, table.Y[i])
		}
	}
}

func TestTableOrder(t *testing.T) {
	table := numbers(50)
	shuffled := table.Shuffle(1)
	whole(t, table)
	whole(t, shuffled)
	if slices.Equal(shuffled.Y, table.Y) || !slices.Equal(shuffled.Y, table.Shuffle(1).Y) || slices.Equal(shuffled.Y, table.Shuffle(2).Y) {
		t.Error("not the seed decides on the order")
	}
	d := table.Split(0.8, 3)
	whole(t, d.Train)
	whole(t, d.Valid)
	all := slices.Sorted(slices.Values(slices.Concat(d.Train.Y, d.Valid.Y)))
	if d.Train.Len() != 40 || d.Valid.Len() != 10 || !slices.Equal(all, table.Y) {
		t.Errorf("%v", d)
	}
	if _, err := table.Split(2, 3).Training(Batching{Size: 1}); err == nil || err.Error() != "data: split: the fraction is 2, expected 0 to 1" {
		t.Errorf("split by 2: %v", err)
	}
}

func TestTableBatches(t *testing.T) {
	table := numbers(10)
	for _, table := range []*Table{table, table.Classified()} {
		l, err := table.Loader(Batching{Size: 4, Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		var seen []float32
		for range 5 { // two epochs
			b := l.Next()
			if b.Rows != 4 || b.Cols != 2 || b.X != nil || b.Targets() != 4 {
				t.Fatalf("%v", b)
			}
			for i := range b.Rows {
				x := b.Features[2*i]
				if table.Classes == nil && b.Values[i] != x/2 || table.Classes != nil && b.Y[i] != int32(x) || b.Features[2*i+1] != x*x {
					t.Errorf("%v: %v", x, b)
				}
				seen = append(seen, x)
			}
		}
		slices.Sort(seen)
		for i, x := range seen {
			if x != float32(i/2) {
				t.Fatalf("in two epochs: %v", seen)
			}
		}
	}
	batches, err := table.Pass(Batching{Size: 4})
	if err != nil || len(batches) != 3 || batches[2].Rows != 2 || batches[2].Features[2] != 9 {
		t.Errorf("%v, %v", batches, err)
	}
	if _, err := (&Table{Target: "y"}).Loader(Batching{Size: 1}); err == nil || err.Error() != "data: no examples to train on: 0 rows of 0 features (), y" {
		t.Errorf("an empty table: %v", err)
	}
}

// TestTableErrors: a table that was put together by hand, and wrongly, says so where batches are asked for.
func TestTableErrors(t *testing.T) {
	for _, row := range []struct {
		table Table
		want  string
	}{
		{Table{Columns: []string{"a", "b"}, X: []float32{1, 2, 3}, Y: []float32{1, 2}}, "data: a table of 2 rows of 2 features has 3 numbers in X, want 4"},
		{Table{X: []float32{1, 2}, Y: []float32{1, 2}}, "data: a table of 2 rows of 0 features has 2 numbers in X, want 0"},
		{Table{Columns: []string{"a"}, X: []float32{1, 2}, Y: []float32{0, 2}, Classes: []string{"no", "yes"}}, "data: row 1 of a table is of class 2, there are 2"},
		{Table{Columns: []string{"a"}, X: []float32{1, 2}, Y: []float32{0.5, 1}, Classes: []string{"no", "yes"}}, "data: row 0 of a table is of class 0.5, there are 2"},
		{Table{Columns: []string{"a"}, X: []float32{1}, Y: []float32{float32(math.NaN())}, Classes: []string{"no"}}, "data: row 0 of a table is of class NaN, there are 1"},
	} {
		split := row.table.Split(0.5, 1)
		for name, f := range map[string]func() error{
			"Loader":     func() error { _, err := row.table.Loader(Batching{Size: 1}); return err },
			"Pass":       func() error { _, err := row.table.Pass(Batching{Size: 1}); return err },
			"Training":   func() error { _, err := split.Training(Batching{Size: 1}); return err },
			"Validation": func() error { _, err := split.Validation(Batching{Size: 1}); return err },
		} {
			if err := f(); err == nil || err.Error() != row.want {
				t.Errorf("%s: error %v, want %s", name, err, row.want)
			}
		}
	}
}

func TestTableSelect(t *testing.T) {
	table := numbers(3)
	s, err := table.Select("square", "i")
	if err != nil || fmt.Sprint(s.Columns, s.X, s.Y) != "[square i] [0 0 1 1 4 2] [0 0.5 1]" {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := table.Select("cube"); err == nil || err.Error() != `data: select: no column "cube"; there are ["i" "square"]` {
		t.Errorf("select: %v", err)
	}
}

// Mean and deviation by another formula, in another order.
func TestStandardise(t *testing.T) {
	table := numbers(40)
	table.Columns, table.X = append(table.Columns, "one"), nil
	for i := range 40 {
		table.X = append(table.X, float32(i), float32(i*i), 1)
	}
	d, scale := Standardise(table.Split(0.5, 1))
	for j := range 3 {
		sum, squares := 0.0, 0.0
		for i := range d.Train.Len() {
			x := float64(d.Train.Row(i)[j])
			sum += x
			squares += x * x
		}
		mean, variance := sum/20, squares/20-(sum/20)*(sum/20)
		if want := []float64{1, 1, 0}[j]; math.Abs(mean) > 1e-5 || math.Abs(variance-want) > 1e-5 {
			t.Errorf("feature %d: mean %g, variance %g", j, mean, variance)
		}
	}
	back := d.Valid.Row(3)[0]*scale.Std[0] + scale.Mean[0]
	if math.Abs(float64(back-2*d.Valid.Y[3])) > 1e-4 {
		t.Errorf("row 3 set aside was %g, not %g", 2*d.Valid.Y[3], back)
	}
}

func TestShapes(t *testing.T) {
	for name, make := range map[string]func(seed uint64) *Table{
		"spirals": func(seed uint64) *Table { return Spirals(300, 3, 0, seed) },
		"moons":   func(seed uint64) *Table { return Moons(300, 0, seed) },
		"xor":     func(seed uint64) *Table { return XOR(300, 0, seed) },
	} {
		table := make(1)
		counts := map[string]int{}
		for i := range table.Len() {
			counts[table.Class(i)]++
			x, y := float64(table.Row(i)[0]), float64(table.Row(i)[1])
			ok := false
			switch class := table.Y[i]; name {
			case "spirals": // the angle follows from the distance to the middle
				r := math.Hypot(x, y)
				turn := math.Remainder(math.Atan2(y, x)-3*math.Pi*r-2*math.Pi*float64(class)/3, 2*math.Pi)
				ok = math.Abs(turn) < 1e-3 || r < 1e-3
			case "moons":
				ok = class == 0 && y >= -1e-6 && math.Abs(math.Hypot(x, y)-1) < 1e-6 ||
					class == 1 && y <= 0.5+1e-6 && math.Abs(math.Hypot(x-1, y-0.5)-1) < 1e-6
			case "xor":
				ok = (class == 1) == (x > 0 != (y > 0)) && math.Abs(x) < 1 && math.Abs(y) < 1
			}
			if !ok {
				t.Errorf("%s: point %d, class %s, at %g, %g", name, i, table.Class(i), x, y)
			}
		}
		if classes := len(table.Classes); counts["0"] != 300/classes || counts["1"] != 300/classes {
			t.Errorf("%s: %v", name, counts)
		}
		if slices.Equal(table.X, make(2).X) || !slices.Equal(table.X, make(1).X) {
			t.Errorf("%s: not the seed decides", name)
		}
	}
	var sum float64
	still, noisy := Moons(5000, 0, 1), Moons(5000, 0.3, 1)
	for i := range 2 {
		sum += float64(noisy.Scale().Std[i]*noisy.Scale().Std[i] - still.Scale().Std[i]*still.Scale().Std[i])
	}
	if got := math.Sqrt(sum / 2); math.Abs(got-0.3) > 0.02 {
		t.Errorf("noise has a standard deviation of %g, want 0.3", got)
	}
}

func TestTableShown(t *testing.T) {
	table := numbers(3)
	if got, want := table.String(), "3 rows of 2 features (i, square), half from 0 to 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if page := table.HTML(); !strings.Contains(page, "<tr><td>2</td><td>4</td><td>1</td></tr>") {
		t.Errorf("%s", page)
	}
	xor := XOR(5, 0.1, 1)
	if got, want := xor.String(), "5 rows of 2 features (x, y), class: 3 of 0, 2 of 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if page := xor.HTML(); strings.Count(page, "<circle") != 5 || strings.Contains(page, "NaN") {
		t.Errorf("%s", page)
	}
}
