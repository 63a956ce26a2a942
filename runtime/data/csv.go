package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// CSV reads a table from a file of comma-separated values whose first line has the names of the columns. See [ReadCSV].
func CSV(path, target string, features ...string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: read a table: %w", err)
	}
	defer f.Close()
	t, err := readCSV(f, target, features)
	if err != nil {
		return nil, fmt.Errorf("data: read a table: %s: %w", path, err)
	}
	return t, nil
}

// ReadCSV reads a table: target is the column to predict, features the ones to predict it from; all others, if none are named. Features
// must be numbers. If the target is a number in every row, it is a value, else a class; the classes are in alphabetical order.
// [Table.Classified] makes classes of numbers.
func ReadCSV(r io.Reader, target string, features ...string) (*Table, error) {
	t, err := readCSV(r, target, features)
	if err != nil {
		return nil, fmt.Errorf("data: read a table: %w", err)
	}
	return t, nil
}

func readCSV(r io.Reader, target string, features []string) (*Table, error) {
	lines := csv.NewReader(r)
	lines.TrimLeadingSpace = true
	header, err := lines.Read()
	if err == io.EOF {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	header = slices.Clone(header)
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	y, x, err := pick(header, target, features)
	if err != nil {
		return nil, err
	}
	t := &Table{Target: target}
	for _, j := range x {
		t.Columns = append(t.Columns, header[j])
	}
	var targets []string
	for {
		record, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := lines.FieldPos(0)
		if t.X, err = appendNumbers(t.X, record, x, header); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if record[y] = strings.TrimSpace(record[y]); record[y] == "" {
			return nil, fmt.Errorf("line %d: column %q is empty", line, target)
		}
		targets = append(targets, strings.Clone(record[y]))
	}
	t.setTargets(targets)
	return t, nil
}

// pick finds the columns by name.
func pick(header []string, target string, features []string) (y int, x []int, err error) {
	find := func(name string) int {
		i := slices.Index(header, name)
		if i < 0 {
			err = fmt.Errorf("no column %q; there are %q", name, header)
		}
		return i
	}
	y = find(target)
	for _, name := range features {
		x = append(x, find(name))
	}
	for j := range header {
		if len(features) == 0 && j != y {
			x = append(x, j)
		}
	}
	return y, x, err
}

func appendNumbers(row []float32, record []string, columns []int, header []string) ([]float32, error) {
	for _, j := range columns {
		v, ok := number(strings.TrimSpace(record[j]))
		if !ok {
			return nil, fmt.Errorf("column %q: expected a number, got %q", header[j], record[j])
		}
		row = append(row, v)
	}
	return row, nil
}

// number reads a number that can be computed with.
func number(s string) (v float32, ok bool) {
	x, err := strconv.ParseFloat(s, 32)
	return float32(x), err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

// setTargets makes values of the targets, or classes if one is no number.
func (t *Table) setTargets(targets []string) {
	t.Y = make([]float32, len(targets))
	for i, s := range targets {
		v, ok := number(s)
		if !ok {
			t.classify(targets)
			return
		}
		t.Y[i] = v
	}
}

// classify numbers the names in alphabetical order.
func (t *Table) classify(names []string) {
	t.Classes = slices.Compact(slices.Sorted(slices.Values(names)))
	for i, name := range names {
		class, _ := slices.BinarySearch(t.Classes, name)
		t.Y[i] = float32(class)
	}
}

// Classified returns the table with a class for each number that Y has, in ascending order.
func (t *Table) Classified() *Table {
	if t.Classes != nil {
		return t
	}
	c := *t
	values := slices.Compact(slices.Sorted(slices.Values(t.Y)))
	c.Y, c.Classes = make([]float32, len(t.Y)), make([]string, len(values))
	for i, v := range values {
		c.Classes[i] = strconv.FormatFloat(float64(v), 'g', -1, 32)
	}
	for i, v := range t.Y {
		class, _ := slices.BinarySearch(values, v)
		c.Y[i] = float32(class)
	}
	return &c
}
