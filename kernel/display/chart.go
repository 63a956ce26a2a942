package display

import (
	"fmt"
	"math"
	"strings"
)

// Chart is a line chart that grows while a cell runs: points are added, and the place where it stands is drawn anew some times
// a second. Its methods may be called from several goroutines.
//
// A chart is for watching: what is to be printed or compared belongs into a plotting library.
type Chart struct {
	paced
	title string
	lines []*line
}

// line is one line of a chart. A point that is no number is a gap.
type line struct {
	name string
	x, y []float64
}

// NewChart shows a chart with a title. It has a line for each name, or one without a name.
func NewChart(title string, names ...string) *Chart {
	c := &Chart{title: title}
	if len(names) == 0 {
		names = []string{""}
	}
	for _, n := range names {
		c.lines = append(c.lines, &line{name: n})
	}
	c.begin(c.forms)
	return c
}

// Add adds a point at x to each line, in the order of their names. With math.NaN() a line has none there. Another number of
// values than there are lines is a mistake of the caller's, and panics.
func (c *Chart) Add(x float64, y ...float64) {
	if len(y) != len(c.lines) {
		panic(fmt.Sprintf("display: Add to the chart %q with %d values: it has %d lines", c.title, len(y), len(c.lines)))
	}
	c.change(func() bool {
		for i, l := range c.lines {
			l.x, l.y = append(l.x, x), append(l.y, y[i])
		}
		return false
	})
}

// MIMEBundle is what the chart shows now: a drawing for pages, one for viewers of pictures, and a line of text for each line.
func (c *Chart) MIMEBundle() map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.forms()
}

// String is the chart as text.
func (c *Chart) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text()
}

// The colour of letters and axes: in a page that of its text, whether it is dark or light. A picture by itself knows
// nothing of the page, so there it is a grey that can be read on both.
const pageInk, pictureInk = "currentColor", "#767676"

func (c *Chart) forms() MIME {
	return MIME{
		"text/plain":    c.text(),
		"text/html":     c.draw(pageInk),
		"image/svg+xml": c.draw(pictureInk),
	}
}

// text has a row of blocks for each line, and its last value.
func (c *Chart) text() string {
	var rows []string
	for _, l := range c.lines {
		row := []string{c.title}
		if l.name != "" {
			row = append(row, l.name)
		}
		switch n := len(l.y); n {
		case 0:
			row = append(row, "(no points yet)")
		default:
			row = append(row, sparks(l.y), fmt.Sprintf("%.4g", l.y[n-1]))
		}
		rows = append(rows, strings.TrimSpace(strings.Join(row, " ")))
	}
	return strings.Join(rows, "\n")
}

const sparkLevels, sparkWidth = "▁▂▃▄▅▆▇█", 40

// sparks draws values with blocks, the means of neighbours where there are many. What is no number is a space.
func sparks(values []float64) string {
	low, high := extent(values)
	levels := []rune(sparkLevels)
	var b strings.Builder
	each := (len(values) + sparkWidth - 1) / sparkWidth
	for start := 0; start < len(values); start += each {
		sum, n := 0.0, 0
		for _, v := range values[start:min(start+each, len(values))] {
			if finite(v) {
				sum, n = sum+v, n+1
			}
		}
		switch {
		case n == 0:
			b.WriteRune(' ')
		case low == high:
			b.WriteRune(levels[0])
		default:
			share := (sum/float64(n) - low) / (high - low)
			b.WriteRune(levels[min(int(share*float64(len(levels))), len(levels)-1)])
		}
	}
	return b.String()
}

// finite tells numbers that have a place. The largest ones have none: their differences are not to overflow.
func finite(v float64) bool { return math.Abs(v) < 1e300 }

// extent is the range of the numbers among some values, from +Inf to -Inf when there are none.
func extent(values ...[]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, list := range values {
		for _, v := range list {
			if finite(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	return low, high
}
