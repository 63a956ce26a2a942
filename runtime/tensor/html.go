package tensor

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// htmlCells is how many elements a page shows of a tensor that has several matrices.
const htmlCells = 150

// HTML is how a notebook shows a tensor: what it is, how its values are distributed, and tables of its last two dimensions, shaded by value.
func (t *Tensor) HTML() string {
	if t == nil {
		return "<div>" + noTensor + "</div>"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="font-family:monospace;font-size:90%%"><div style="opacity:.75">%s`, html.EscapeString(t.describe()))
	if t.Size() > 0 {
		t.histogram(&b)
	}
	b.WriteString("</div>")
	if t.Size() > 0 {
		t.matrices(&b)
	}
	b.WriteString("</div>")
	return b.String()
}

// describe is a line about the whole tensor.
func (t *Tensor) describe() string {
	s := t.view().String() + " on " + t.Device().Info().Name + t.state()
	if t.Size() == 0 {
		return s + ", without elements"
	}
	if !t.DType().IsFloat() || t.Size() == 1 {
		return s
	}
	x, special := t.Detach(), ""
	if low, high := x.Min().Item(), x.Max().Item(); math.IsNaN(low) || math.IsInf(low, 0) || math.IsInf(high, 0) {
		x, special = x.finite()
	}
	if x.Size() > 0 {
		s += fmt.Sprintf(", min %.4g, mean %.4g, max %.4g", x.Min().Item(), x.Mean().Item(), x.Max().Item())
	}
	return s + special
}

// finite are the finite elements, and words about the others.
func (t *Tensor) finite() (x *Tensor, others string) {
	x = t.MaskedSelect(t.IsFinite())
	nan := t.IsNaN().CountNonZero()
	if nan > 0 {
		others = fmt.Sprintf(", %d NaN", nan)
	}
	if infinite := t.Size() - x.Size() - nan; infinite > 0 {
		others += fmt.Sprintf(", %d infinite", infinite)
	}
	return x, others
}

// matrices shows as many tables as there is room for, at least one.
func (t *Tensor) matrices(b *strings.Builder) {
	lead := t.layout.Shape[:max(0, t.Rank()-2)]
	n := sizeOf(lead)
	first := t.matrix(lead, 0)
	cuts := first.cuts()
	each := shown(first.Dim(0), cuts[0]) * shown(first.Dim(1), cuts[1])
	show := min(n, max(1, htmlCells/each))
	if n > 1 {
		b.WriteString(`<div style="display:flex;flex-wrap:wrap;gap:0 1.5em">`)
	}
	for i := range show {
		if n > 1 {
			fmt.Fprintf(b, `<div><div style="opacity:.75">%v</div>`, indexOf(lead, i))
		}
		t.matrix(lead, i).grid(b)
		if n > 1 {
			b.WriteString("</div>")
		}
	}
	if n > 1 {
		b.WriteString("</div>")
	}
	if show < n {
		fmt.Fprintf(b, `<div style="opacity:.75">and %d more</div>`, n-show)
	}
}

// matrix is matrix i, in the order of the leading dimensions; a vector is a row.
func (t *Tensor) matrix(lead []int, i int) *Tensor {
	m := t.Detach()
	for _, at := range indexOf(lead, i) {
		m = m.Index(0, at)
	}
	for m.Rank() < 2 {
		m = m.Unsqueeze(0)
	}
	return m
}

// indexOf is the index of element i of a shape in row-major order.
func indexOf(shape []int, i int) []int {
	index := make([]int, len(shape))
	for d, n := range slices.Backward(shape) {
		index[d] = i % n
		i /= n
	}
	return index
}

// grid is a matrix as a table.
func (t *Tensor) grid(b *strings.Builder) {
	cuts := t.cuts()
	s := t.sample(cuts)
	cells, values, cols := s.format(), s.Float64s(), s.Dim(1)
	most := 0.0
	for _, v := range values {
		if a := math.Abs(v); !math.IsInf(a, 0) && !math.IsNaN(a) {
			most = max(most, a)
		}
	}
	b.WriteString(`<table style="border-collapse:collapse;color:inherit;font-size:100%">`)
	for i := range s.Dim(0) {
		b.WriteString("<tr>")
		for j := range cols {
			switch {
			case cuts[1] > 0 && j == cuts[1]:
				b.WriteString(`<td style="text-align:center;padding:0 .5em">⋯</td>`)
			case cuts[0] > 0 && i == cuts[0]:
				b.WriteString(`<td style="text-align:center;padding:0 .5em">⋮</td>`)
			default:
				fmt.Fprintf(b, `<td style="text-align:right;padding:0 .5em;background:%s">%s</td>`, shade(values[i*cols+j], most), cells[i*cols+j])
			}
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
}

// shade is blue for positive values, orange for negative ones and red for NaN, transparent enough for light and dark pages.
func shade(v, most float64) string {
	if math.IsNaN(v) {
		return "rgba(220,30,60,0.60)"
	}
	if v == 0 {
		return "transparent"
	}
	alpha := 0.5 * min(1, math.Abs(v)/most)
	if v < 0 {
		return fmt.Sprintf("rgba(230,120,30,%.2f)", alpha)
	}
	return fmt.Sprintf("rgba(40,120,220,%.2f)", alpha)
}

// histogram draws how many of the finite values lie where between the smallest and the largest. Of very many it looks at some.
func (t *Tensor) histogram(b *strings.Builder) {
	const (
		bins, fewest, height = 32, 20, 20
		most                 = 1 << 18
	)
	if !t.DType().IsFloat() || t.Size() < fewest {
		return
	}
	flat := t.Detach().Flatten()
	values := flat.SliceStep(0, 0, t.Size(), 1+(t.Size()-1)/most).Float64s()
	values = slices.DeleteFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(values) == 0 || slices.Min(values) == slices.Max(values) {
		return
	}
	counts := count(values, bins)
	fmt.Fprintf(b, ` <svg width="%d" height="%d" style="vertical-align:bottom;margin-left:.5em" fill="currentColor">`, 3*bins, height)
	for i, n := range counts {
		h := float64(height) * float64(n) / float64(slices.Max(counts))
		fmt.Fprintf(b, `<rect x="%d" y="%.1f" width="2" height="%.1f"/>`, 3*i, height-h, h)
	}
	b.WriteString("</svg>")
}

// count is how many values lie in each of some equal parts of their range.
func count(values []float64, bins int) []int {
	low, high, half := slices.Min(values), slices.Max(values), 1.0
	if math.IsInf(high-low, 0) {
		half = 0.5
	}
	counts := make([]int, bins)
	for _, v := range values {
		share := (half*v - half*low) / (half*high - half*low)
		counts[min(bins-1, int(float64(bins)*share))]++
	}
	return counts
}
