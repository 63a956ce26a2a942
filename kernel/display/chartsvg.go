package display

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Drawing a [Chart] as SVG, in units of CSS pixels.

const (
	chartWidth, chartHeight = 640, 280
	chartLeft, chartRight   = 56, 16
	chartTop, chartBottom   = 28, 26
	legendHeight            = 20
	chartPoints             = 400 // a line is drawn with no more than so many
)

// Colours and dashes of lines: either is enough to tell them apart. The colours stand out from white and from black.
var (
	lineColours = []string{"#3b82f6", "#e8590c", "#2f9e44", "#ae3ec9", "#0c8599"}
	lineDashes  = []string{"", "7 3", "2 3", "9 3 2 3"}
)

func lineStyle(i int) (colour, dash string) {
	return lineColours[i%len(lineColours)], lineDashes[i%len(lineDashes)]
}

// draw draws the chart with an ink for letters and axes; c.mu is held.
func (c *Chart) draw(ink string) string {
	var b strings.Builder
	title := html.EscapeString(c.describe())
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="100%%" role="img" aria-label="%s" style="max-width:%dpx;font:12px sans-serif"><title>%s</title>`,
		chartWidth, chartHeight, title, chartWidth, title)
	fmt.Fprintf(&b, `<text x="%d" y="16" font-weight="bold" fill="%s">%s</text>`, chartLeft, ink, html.EscapeString(c.title))
	f := c.frame()
	f.axes(&b, ink)
	for i, l := range c.lines {
		colour, dash := lineStyle(i)
		l.draw(&b, f, colour, dash)
	}
	c.legend(&b, ink)
	b.WriteString("</svg>")
	return b.String()
}

// describe says in words what the drawing shows.
func (c *Chart) describe() string {
	text := "Line chart"
	if c.title != "" {
		text += " " + c.title
	}
	for i, l := range c.lines {
		between := ", "
		if i == 0 {
			between = ": "
		}
		text += between
		if l.name != "" {
			text += l.name + " "
		}
		switch low, high := extent(l.y); {
		case low > high:
			text += "no points yet"
		default:
			text += fmt.Sprintf("%d points from %.4g to %.4g, the last one %.4g", len(l.y), low, high, l.y[len(l.y)-1])
		}
	}
	return text
}

func (c *Chart) legend(b *strings.Builder, ink string) {
	x := chartLeft
	for i, l := range c.lines {
		if l.name == "" {
			continue
		}
		colour, dash := lineStyle(i)
		fmt.Fprintf(b, `<path d="M%d 32h22" stroke="%s" stroke-width="2"%s/><text x="%d" y="36" fill="%s">%s</text>`, x, colour, dashed(dash), x+27, ink, html.EscapeString(l.name))
		x += 44 + 7*len([]rune(l.name))
	}
}

func dashed(pattern string) string {
	if pattern == "" {
		return ""
	}
	return ` stroke-dasharray="` + pattern + `"`
}

// axis maps numbers to places along one side.
type axis struct {
	low, high, gap float64 // of the numbers; the gap is that between labels
	from, to       float64 // places of low and high
}

func (a axis) at(v float64) float64 { return a.from + (v-a.low)/(a.high-a.low)*(a.to-a.from) }

// frame is the rectangle in which lines are drawn.
type frame struct{ x, y axis }

func (c *Chart) frame() frame {
	var xs, ys [][]float64
	top := chartTop
	for _, l := range c.lines {
		xs, ys = append(xs, l.x), append(ys, l.y)
		if l.name != "" {
			top = chartTop + legendHeight
		}
	}
	f := frame{x: axisOf(xs, 6), y: axisOf(ys, 5)}
	// Lines run from side to side, and touch neither top nor bottom.
	f.y.low, f.y.high = math.Floor(f.y.low/f.y.gap)*f.y.gap, math.Ceil(f.y.high/f.y.gap)*f.y.gap
	f.x.from, f.x.to = chartLeft, chartWidth-chartRight
	f.y.from, f.y.to = chartHeight-chartBottom, float64(top)
	return f
}

// axisOf returns an axis for values, with a gap that makes about so many labels.
func axisOf(values [][]float64, labels float64) axis {
	low, high := extent(values...)
	switch {
	case low > high:
		low, high = 0, 1
	case high-low < 1e-9*max(math.Abs(low), math.Abs(high)) || high == low:
		around := max(math.Abs(low)/10, 1)
		low, high = low-around, high+around
	}
	return axis{low: low, high: high, gap: roundGap((high - low) / labels)}
}

// roundGap is the smallest of 1, 2 and 5 times a power of ten that is not below v.
func roundGap(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= v {
			return m * unit
		}
	}
	return 10 * unit
}

func (f frame) axes(b *strings.Builder, ink string) {
	for v := range f.y.labels {
		fmt.Fprintf(b, `<path d="M%.0f %.1fH%.0f" stroke="%s" stroke-opacity=".2"/>`, f.x.from, f.y.at(v), f.x.to, ink)
		fmt.Fprintf(b, `<text x="%.0f" y="%.1f" text-anchor="end" fill="%s">%s</text>`, f.x.from-6, f.y.at(v)+4, ink, f.y.label(v))
	}
	for v := range f.x.labels {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle" fill="%s">%s</text>`, f.x.at(v), chartHeight-chartBottom+17, ink, f.x.label(v))
	}
}

// labels yields the multiples of the gap that the axis has.
func (a axis) labels(yield func(float64) bool) {
	for i := math.Ceil(a.low/a.gap - 1e-9); i*a.gap <= a.high+a.gap*1e-9; i++ {
		if !yield(i * a.gap) {
			return
		}
	}
}

// label writes a number with the decimals that its neighbours need.
func (a axis) label(v float64) string {
	if size := max(math.Abs(a.low), math.Abs(a.high)); size >= 1e6 || a.gap < 1e-5 {
		return fmt.Sprintf("%.4g", v)
	}
	digits := max(0, int(math.Ceil(-math.Log10(a.gap)-1e-9)))
	return fmt.Sprintf("%.*f", digits, v+0) // no -0
}

// draw draws a line; a point on its own is a dot.
func (l *line) draw(b *strings.Builder, f frame, colour, dash string) {
	xs, ys := l.thinned()
	for start := 0; start < len(ys); {
		end := start
		for end < len(ys) && finite(ys[end]) && finite(xs[end]) {
			end++
		}
		switch end - start {
		case 0:
		case 1:
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`, f.x.at(xs[start]), f.y.at(ys[start]), colour)
		default:
			fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.8" stroke-linejoin="round"%s points="`, colour, dashed(dash))
			for i := start; i < end; i++ {
				fmt.Fprintf(b, "%.1f,%.1f ", f.x.at(xs[i]), f.y.at(ys[i]))
			}
			b.WriteString(`"/>`)
		}
		start = end + 1
	}
}

// thinned returns the points to draw: of many neighbours the lowest and the highest, in their order, so that no peak is lost.
func (l *line) thinned() (xs, ys []float64) {
	each := (len(l.y) + chartPoints/2 - 1) / (chartPoints / 2)
	if each <= 2 {
		return l.x, l.y
	}
	for start := 0; start < len(l.y); start += each {
		end := min(start+each, len(l.y))
		low, high := start, start
		for i := start; i < end; i++ {
			if !(l.y[i] >= l.y[low]) { // a number, too, where there was none
				low = i
			}
			if !(l.y[i] <= l.y[high]) {
				high = i
			}
		}
		for _, i := range []int{min(low, high), max(low, high)} {
			xs, ys = append(xs, l.x[i]), append(ys, l.y[i])
		}
	}
	return xs, ys
}
