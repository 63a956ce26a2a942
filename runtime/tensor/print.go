package tensor

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
)

// How much of a tensor is printed: this many at each end of a dimension.
const edge = 3

// String prints shape, type and elements, the middle of long dimensions left out.
func (t *Tensor) String() string {
	head := t.view().String()
	if t.grad != nil {
		head += " with gradient"
	} else if t.node != nil && t.node.isLeaf() {
		head += " tracked"
	}
	if t.Frozen() {
		head += " frozen"
	}
	if t.Size() == 0 {
		return head + " without elements"
	}
	cells := t.sample().format()
	width := 0
	for _, c := range cells {
		width = max(width, len(c))
	}
	if t.Rank() == 0 {
		return head + " " + cells[0]
	}
	sep := "\n"
	if t.Rank() == 1 {
		sep = " "
	}
	return head + sep + printed(t.layout.Shape, cells, width, 0)
}

// printed is the elements in brackets; cells are those that are shown.
func printed(shape []int, cells []string, width, indent int) string {
	n := shape[0]
	shown := min(n, 2*edge+1)
	gap := n > shown
	each := len(cells) / shown
	var parts []string
	for i := range shown {
		switch {
		case gap && i == edge:
			parts = append(parts, "...")
		case len(shape) == 1:
			parts = append(parts, fmt.Sprintf("%*s", width, cells[i]))
		default:
			parts = append(parts, printed(shape[1:], cells[i*each:(i+1)*each], width, indent+1))
		}
	}
	sep := " "
	if len(shape) > 1 {
		sep = strings.Repeat("\n", len(shape)-1) + strings.Repeat(" ", indent+1)
	}
	return "[" + strings.Join(parts, sep) + "]"
}

// sample is the part that is printed. In long dimensions the element after the first ones stands for what is left out.
func (t *Tensor) sample() *Tensor {
	s := t.Detach()
	for d, n := range t.layout.Shape {
		if n > 2*edge+1 {
			s = Concat(d, s.Slice(d, 0, edge+1), s.Slice(d, n-edge, n))
		}
	}
	return s
}

// format writes all elements with the same number of decimals, as few as tell them apart to four digits.
func (t *Tensor) format() []string {
	values := t.Float64s()
	if !t.DType().IsFloat() {
		return formatAll(values, 'f', 0)
	}
	least, most, whole := math.Inf(1), 0.0, true
	for _, v := range values {
		if a := math.Abs(v); !math.IsInf(a, 0) && a > 0 {
			least, most = min(least, a), max(most, a)
			whole = whole && a == math.Trunc(a)
		}
	}
	switch {
	case whole && most < 1e8:
		return formatAll(values, 'f', 0)
	case most >= 1e6 || most < 1e-3 || most/least > 1e5 && least < 1e-4:
		return formatAll(values, 'e', 3)
	}
	return formatAll(values, 'f', 4)
}

func formatAll(values []float64, verb byte, digits int) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = strconv.FormatFloat(v, verb, digits, 64)
	}
	return all
}

// HTML is how a notebook shows a tensor: a table of the last two dimensions, shaded by value, for the first of the others.
func (t *Tensor) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="font-family:monospace;font-size:90%%"><div style="opacity:.7">%s</div>`, html.EscapeString(t.describe()))
	if t.Size() > 0 {
		m := t.Detach()
		for m.Rank() > 2 {
			m = m.Index(0, 0)
		}
		m.grid(&b)
	}
	b.WriteString("</div>")
	return b.String()
}

// describe is a line about the whole tensor.
func (t *Tensor) describe() string {
	s := t.view().String() + " on " + t.Device().Info().Name
	if t.Frozen() {
		s += ", frozen"
	}
	if t.Rank() > 2 {
		s += fmt.Sprintf(", the first of %d matrices", t.Size()/max(1, t.Dim(-1)*t.Dim(-2)))
	}
	if t.DType().IsFloat() && t.Size() > 1 {
		x := t.Detach()
		s += fmt.Sprintf(", min %.4g, mean %.4g, max %.4g", x.Min().Item(), x.Mean().Item(), x.Max().Item())
	}
	return s
}

func (t *Tensor) grid(b *strings.Builder) {
	m := t.Reshape(slices.Concat(ones(2-t.Rank()), t.layout.Shape)...)
	s := m.sample()
	cells, values, cols := s.format(), s.Float64s(), s.Dim(1)
	most := 0.0
	for _, v := range values {
		if a := math.Abs(v); !math.IsInf(a, 0) {
			most = max(most, a)
		}
	}
	b.WriteString(`<table style="border-collapse:collapse">`)
	for i := range s.Dim(0) {
		b.WriteString("<tr>")
		for j := range cols {
			if m.Dim(0) > 2*edge+1 && i == edge || m.Dim(1) > 2*edge+1 && j == edge {
				b.WriteString(`<td style="text-align:center;padding:0 .5em">⋯</td>`)
				continue
			}
			fmt.Fprintf(b, `<td style="text-align:right;padding:0 .5em;background:%s">%s</td>`, shade(values[i*cols+j], most), cells[i*cols+j])
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
}

// shade is blue for positive values and orange for negative ones, transparent enough for light and dark pages.
func shade(v, most float64) string {
	if most == 0 || math.IsNaN(v) {
		return "transparent"
	}
	alpha := 0.5 * min(1, math.Abs(v)/most)
	if v < 0 {
		return fmt.Sprintf("rgba(230,120,30,%.2f)", alpha)
	}
	return fmt.Sprintf("rgba(40,120,220,%.2f)", alpha)
}
