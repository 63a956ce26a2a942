package data

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// String describes the table in a line.
func (t *Table) String() string {
	s := fmt.Sprintf("%d rows of %d features (%s)", t.Len(), len(t.Columns), strings.Join(t.Columns, ", "))
	if t.Classes == nil {
		if t.Len() == 0 {
			return s + ", " + t.Target
		}
		return s + fmt.Sprintf(", %s from %g to %g", t.Target, slices.Min(t.Y), slices.Max(t.Y))
	}
	counts := make([]int, len(t.Classes))
	for _, y := range t.Y {
		counts[int(y)]++
	}
	for i, name := range t.Classes {
		sep := ", "
		if i == 0 {
			sep = ", " + t.Target + ": "
		}
		s += fmt.Sprintf("%s%d of %s", sep, counts[i], name)
	}
	return s
}

// HTML is the description, and the points if they lie in a plane, else the first rows.
func (t *Table) HTML() string {
	if len(t.Columns) == 2 && t.Classes != nil && t.Len() > 0 {
		return "<div>" + html.EscapeString(t.String()) + "</div>" + t.plot()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<div>%s</div><table><tr>", html.EscapeString(t.String()))
	for _, name := range append(slices.Clone(t.Columns), t.Target) {
		fmt.Fprintf(&b, "<th>%s</th>", html.EscapeString(name))
	}
	b.WriteString("</tr>")
	for i := range min(t.Len(), 10) {
		b.WriteString("<tr>")
		for _, x := range t.Row(i) {
			fmt.Fprintf(&b, "<td>%g</td>", x)
		}
		if t.Classes != nil {
			fmt.Fprintf(&b, "<td>%s</td></tr>", html.EscapeString(t.Class(i)))
		} else {
			fmt.Fprintf(&b, "<td>%g</td></tr>", t.Y[i])
		}
	}
	b.WriteString("</table>")
	return b.String()
}

// plotSize is a plot's longer side, in pixels; mostPoints is how many it shows, the first ones.
const (
	plotSize   = 320
	mostPoints = 2000
)

// plot draws the points, both axes on one scale, y upwards, with a colour for each class.
func (t *Table) plot() string {
	n := min(t.Len(), mostPoints)
	low := [2]float64{float64(t.X[0]), float64(t.X[1])}
	high := low
	for i := range n {
		for j, x := range t.Row(i) {
			low[j], high[j] = min(low[j], float64(x)), max(high[j], float64(x))
		}
	}
	scale := (plotSize - 16) / max(high[0]-low[0], high[1]-low[1], 1e-30)
	height := 16 + (high[1]-low[1])*scale
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%.0f" role="img" aria-label="%s">`,
		plotSize, height, html.EscapeString(t.String()))
	for i := range n {
		row := t.Row(i)
		hue := 210 + int(t.Y[i])*360/max(1, len(t.Classes))
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="hsl(%d,70%%,50%%)"><title>%s</title></circle>`,
			8+(float64(row[0])-low[0])*scale, height-8-(float64(row[1])-low[1])*scale, hue%360, html.EscapeString(t.Class(i)))
	}
	b.WriteString("</svg>")
	return b.String()
}
