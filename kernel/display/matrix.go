package display

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// latexGrid is how many rows and columns of a matrix are typeset.
const latexGrid = 10

// gridded is what has rows and columns of numbers, as gonum's matrices do.
type gridded interface {
	Dims() (r, c int)
	At(i, j int) float64
}

// matrix is the text of a value with rows and columns of numbers that does not speak for itself.
func matrix(v any) (text string, ok bool) {
	m, isMatrix := v.(gridded)
	if !isMatrix || isNil(v) || speaks(reflect.TypeOf(v)) {
		return "", false
	}
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	return grid(m.Dims, m.At), true
}

// grid is the text of a matrix, its columns aligned.
func grid(dims func() (int, int), at func(i, j int) float64) string {
	rows, cols := dims()
	t := &table{}
	for i := range min(rows, maxGrid) {
		var row []string
		for j := range min(cols, maxGrid) {
			row = append(row, fmt.Sprintf("%.6g", at(i, j)))
		}
		if cols > maxGrid {
			row = append(row, "…")
		}
		t.rows = append(t.rows, row)
	}
	text := fmt.Sprintf("%d x %d matrix\n%s", rows, cols, t.plain())
	if rows > maxGrid {
		text += "\n…"
	}
	return text
}

// typeset is a matrix in LaTeX.
func typeset(m gridded) string {
	rows, cols := m.Dims()
	var b strings.Builder
	b.WriteString("$$\\begin{bmatrix}\n")
	for i := range min(rows, latexGrid) {
		for j := range min(cols, latexGrid) {
			if j > 0 {
				b.WriteString(" & ")
			}
			b.WriteString(latexNumber(m.At(i, j)))
		}
		if cols > latexGrid {
			b.WriteString(" & \\cdots")
		}
		b.WriteString(" \\\\\n")
	}
	if rows > latexGrid {
		b.WriteString("\\vdots \\\\\n")
	}
	b.WriteString("\\end{bmatrix}$$")
	return b.String()
}

func latexNumber(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return `\infty`
	case math.IsInf(x, -1):
		return `-\infty`
	case math.IsNaN(x):
		return `\text{NaN}`
	}
	mantissa, exponent, large := strings.Cut(fmt.Sprintf("%.6g", x), "e")
	if !large {
		return mantissa
	}
	sign, digits := exponent[:1], strings.TrimLeft(exponent[1:], "0")
	return fmt.Sprintf(`%s \cdot 10^{%s%s}`, mantissa, strings.TrimPrefix(sign, "+"), digits)
}
