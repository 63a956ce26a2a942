package train

import (
	"fmt"
	"math"
	"strings"
)

// The chart is written here and not by a plotting library because it is two lines over a grid, redrawn many times a minute, and every program
// that trains would carry the library and its fonts.

const (
	chartWidth, chartHeight            = 640, 276
	chartLeft, chartRight              = 52, 30
	chartTop, chartBottom              = 30, 34 // above stands the legend, where no curve reaches
	chartPoints                        = 400    // a curve has no more than this many
	trainColour, validColour, inkColor = "#3b82f6", "#e8590c", "currentColor"
)

// SVG is the chart: the loss of each step, averaged where there are many, and the validation loss.
func (r *Run) SVG() string {
	train, valid := r.curves()
	what := "Loss, before the first step"
	if len(train) > 0 {
		what = fmt.Sprintf("Loss over %d steps, now %.4f", r.Steps, r.Loss())
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="100%%" role="img" aria-label="%s" style="font:12px sans-serif">`,
		chartWidth, chartHeight, what)
	f := newFrame(r.shown(), append(append([][2]float64{}, train...), valid...))
	f.grid(&b)
	curve(&b, f, train, trainColour, "")
	curve(&b, f, valid, validColour, ` stroke-dasharray="5 3"`)
	for _, p := range valid {
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`, f.x(p[0]), f.y(p[1]), validColour)
	}
	legend(&b, chartWidth-chartRight-150, trainColour, "training loss")
	if len(valid) > 0 {
		legend(&b, chartWidth-chartRight-300, validColour, "validation loss")
	}
	b.WriteString("</svg>")
	return b.String()
}

// shown is the last step of the axis: the beginning of a long run fills a part of the chart that people can see.
func (r *Run) shown() int { return max(1, min(r.Of, max(20, 4*r.Steps))) }

// curves are the points of both curves.
func (r *Run) curves() (train, valid [][2]float64) {
	each := (len(r.History) + chartPoints - 1) / chartPoints
	sum, n := 0.0, 0
	for i, p := range r.History {
		if !math.IsNaN(p.Valid) {
			valid = append(valid, [2]float64{float64(p.Step), p.Valid})
		}
		sum, n = sum+p.Loss, n+1
		if n == each || i == len(r.History)-1 {
			train = append(train, [2]float64{float64(p.Step), sum / float64(n)})
			sum, n = 0, 0
		}
	}
	return train, valid
}

// frame maps steps and losses to places.
type frame struct {
	steps          float64
	low, high, gap float64 // of the grid's lines
	empty          bool    // nobody knows yet which losses there will be
}

func newFrame(steps int, points [][2]float64) frame {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		if !math.IsNaN(p[1]) && !math.IsInf(p[1], 0) {
			low, high = min(low, p[1]), max(high, p[1])
		}
	}
	empty := low > high
	if empty {
		low, high = 0, 1
	}
	gap := niceGap(max(high-low, 1e-3*math.Abs(high), 1e-9) / 4)
	f := frame{steps: float64(steps), gap: gap, empty: empty, low: math.Floor(low/gap) * gap, high: math.Ceil(high/gap) * gap}
	if f.low == f.high {
		f.high += gap
	}
	return f
}

// niceGap is the smallest of 1, 2 and 5 times a power of ten that is not below v.
func niceGap(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*p >= v {
			return m * p
		}
	}
	return 10 * p
}

func (f frame) x(step float64) float64 {
	return chartLeft + step/f.steps*(chartWidth-chartLeft-chartRight)
}

func (f frame) y(loss float64) float64 {
	return chartTop + (f.high-loss)/(f.high-f.low)*(chartHeight-chartTop-chartBottom)
}

func (f frame) grid(b *strings.Builder) {
	for v := f.low; v <= f.high+f.gap/2; v += f.gap {
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="%s" stroke-opacity=".15"/>`, chartLeft, f.y(v), chartWidth-chartRight, inkColor)
		if !f.empty {
			fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end" fill="%s">%s</text>`, chartLeft-6, f.y(v)+4, inkColor, label(v, f.gap))
		}
	}
	gap := max(1, niceGap(f.steps/6))
	for s := 0.0; s <= f.steps+gap/1000; s += gap {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle" fill="%s">%.0f</text>`, f.x(s), chartHeight-chartBottom+16, inkColor, s)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="%s" fill-opacity=".7">step</text>`, (chartLeft+chartWidth-chartRight)/2, chartHeight-4, inkColor)
}

// label writes a number with the decimals that its neighbours need.
func label(v, gap float64) string {
	digits := max(0, int(math.Ceil(-math.Log10(gap)-1e-9)))
	return fmt.Sprintf("%.*f", digits, v)
}

func curve(b *strings.Builder, f frame, points [][2]float64, colour, more string) {
	if len(points) < 2 {
		return
	}
	fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.8" stroke-linejoin="round"%s points="`, colour, more)
	for _, p := range points {
		if !math.IsNaN(p[1]) && !math.IsInf(p[1], 0) {
			fmt.Fprintf(b, "%.1f,%.1f ", f.x(p[0]), f.y(p[1]))
		}
	}
	b.WriteString(`"/>`)
}

func legend(b *strings.Builder, x int, colour, text string) {
	fmt.Fprintf(b, `<path d="M%d %dh18" stroke="%s" stroke-width="2"/><text x="%d" y="%d" fill="%s">%s</text>`, x, chartTop-18, colour, x+24, chartTop-14, inkColor, text)
}
