package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"
)

// Table is rows of numbers, the features, and for each row what is to be predicted from them: a class or a value.
type Table struct {
	Columns []string  // the names of the features
	X       []float32 // the features, row by row: [Len, len(Columns)]
	Target  string    // the name of what is to be predicted
	Y       []float32 // [Len]: a value, or the number of a class
	Classes []string  // the names of the classes; nil if Y are values
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.Y) }

// Row returns the features of a row. It is a part of X.
func (t *Table) Row(i int) []float32 {
	n := len(t.Columns)
	return t.X[i*n : (i+1)*n : (i+1)*n]
}

// Class returns the name of a row's class, or "" if the table has values.
func (t *Table) Class(i int) string {
	if t.Classes == nil {
		return ""
	}
	return t.Classes[int(t.Y[i])]
}

// Select returns the table with some of its features, in this order.
func (t *Table) Select(columns ...string) (*Table, error) {
	at := make([]int, len(columns))
	for i, name := range columns {
		if at[i] = slices.Index(t.Columns, name); at[i] < 0 {
			return nil, fmt.Errorf("data: select: no column %q; there are %q", name, t.Columns)
		}
	}
	s := *t
	s.Columns, s.X = slices.Clone(columns), make([]float32, 0, len(columns)*t.Len())
	for i := range t.Len() {
		row := t.Row(i)
		for _, j := range at {
			s.X = append(s.X, row[j])
		}
	}
	return &s, nil
}

// rows returns the table with these rows.
func (t *Table) rows(numbers []int) *Table {
	s := *t
	s.X, s.Y = make([]float32, 0, len(numbers)*len(t.Columns)), make([]float32, 0, len(numbers))
	for _, i := range numbers {
		s.X = append(s.X, t.Row(i)...)
		s.Y = append(s.Y, t.Y[i])
	}
	return &s
}

// Shuffle returns the table with its rows in a random order.
func (t *Table) Shuffle(seed uint64) *Table {
	return t.rows(random("table", seed, 0).Perm(t.Len()))
}

// Split takes some of the rows, chosen at random, for training: so many as the fraction says.
func (t *Table) Split(fraction float64, seed uint64) Split[*Table] {
	if err := t.check(); err != nil {
		return Split[*Table]{Train: &Table{}, Valid: &Table{}, err: err}
	}
	n, err := cut(t.Len(), fraction)
	order := random("table", seed, 0).Perm(t.Len())
	return Split[*Table]{Train: t.rows(order[:n]), Valid: t.rows(order[n:]), err: err}
}

// Scale has the mean and the standard deviation of each feature.
type Scale struct {
	Mean, Std []float32
}

// Apply standardises the features of a row: (x - mean) / standard deviation. A feature that never changes becomes 0.
func (s Scale) Apply(row []float32) []float32 {
	scaled := make([]float32, len(row))
	for j, x := range row {
		if s.Std[j] > 0 {
			scaled[j] = (x - s.Mean[j]) / s.Std[j]
		}
	}
	return scaled
}

// Scale measures the features.
func (t *Table) Scale() Scale {
	n := len(t.Columns)
	s := Scale{make([]float32, n), make([]float32, n)}
	for j := range n {
		mean, square := 0.0, 0.0
		for i := range t.Len() {
			mean += float64(t.X[i*n+j]) / float64(t.Len())
		}
		for i := range t.Len() {
			d := float64(t.X[i*n+j]) - mean
			square += d * d / float64(t.Len())
		}
		s.Mean[j], s.Std[j] = float32(mean), float32(math.Sqrt(square))
	}
	return s
}

// Scaled returns the table with standardised features.
func (t *Table) Scaled(s Scale) *Table {
	scaled := *t
	scaled.X = make([]float32, 0, len(t.X))
	for i := range t.Len() {
		scaled.X = append(scaled.X, s.Apply(t.Row(i))...)
	}
	return &scaled
}

// Standardise brings the features of both parts to a mean of 0 and a standard deviation of 1, as measured on the part for training:
// what is set aside must not be known before. The scale is for rows to come.
func Standardise(s Split[*Table]) (Split[*Table], Scale) {
	scale := s.Train.Scale()
	s.Train, s.Valid = s.Train.Scaled(scale), s.Valid.Scaled(scale)
	return s, scale
}

// Loader implements [Set]. The rows come in a random order that is another one in each epoch.
func (t *Table) Loader(b Batching) (*Loader, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return newLoader(tableRows{t}, b, false)
}

// Pass implements [Set].
func (t *Table) Pass(b Batching) ([]Batch, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return pass(tableRows{t}, b)
}

// check says what does not fit together, in a table that was put together by hand.
func (t *Table) check() error {
	if want := t.Len() * len(t.Columns); len(t.X) != want {
		return fmt.Errorf("a table of %d rows of %d features has %d numbers in X, want %d", t.Len(), len(t.Columns), len(t.X), want)
	}
	for i, y := range t.Y {
		if n := len(t.Classes); t.Classes != nil && !(y >= 0 && y < float32(n) && y == float32(int(y))) {
			return fmt.Errorf("row %d of a table is of class %g, there are %d", i, y, n)
		}
	}
	return nil
}

// tableRows are the examples of a table.
type tableRows struct{ *Table }

func (t tableRows) count() int { return t.Len() }

func (t tableRows) empty(rows int) Batch {
	b := Batch{Rows: rows, Cols: len(t.Columns), Features: make([]float32, rows*len(t.Columns))}
	if t.Classes != nil {
		b.Y = make([]int32, rows)
	} else {
		b.Values = make([]float32, rows)
	}
	return b
}

func (t tableRows) fill(b *Batch, row, example int) {
	copy(b.Features[row*b.Cols:], t.Row(example))
	if t.Classes != nil {
		b.Y[row] = int32(t.Y[example])
	} else {
		b.Values[row] = t.Y[example]
	}
}

func (t tableRows) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", t.Columns, t.Classes)
	writeFloats(h, t.X)
	writeFloats(h, t.Y)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func writeFloats(h hash.Hash, all []float32) {
	var buf []byte
	for _, x := range all {
		buf = binary.LittleEndian.AppendUint32(buf[:0], math.Float32bits(x))
		h.Write(buf)
	}
}
