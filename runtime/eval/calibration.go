package eval

import (
	"fmt"
	"math"
	"strings"
)

// Bin are the answers that a model was about equally sure of.
type Bin struct {
	From, To   float64 // confidences above From and up to To; the first bin has 0, too
	N          int
	Confidence float64 // their mean; 0 for none
	Accuracy   float64 // share that was right; 0 for none
}

// Calibration says whether a model is right as often as it is sure: of what it holds for 80 % certain, 80 % should be right.
type Calibration struct {
	Bins  []Bin
	ECE   float64 // expected calibration error: the mean distance of accuracy and confidence of the bins, weighted with their N
	MCE   float64 // the largest of these distances
	Brier float64 // mean square of confidence minus 1 where right, minus 0 where wrong
	N     int
}

// Calibrate sorts answers into bins of equal width by how sure the model was, from 0 to 1.
func Calibrate(confidence []float64, right []bool, bins int) (Calibration, error) {
	if len(confidence) != len(right) || len(right) == 0 {
		return Calibration{}, fmt.Errorf("calibrate: %d confidences for %d answers, want as many, and at least one", len(confidence), len(right))
	}
	if bins < 1 {
		return Calibration{}, fmt.Errorf("calibrate: %d bins, want at least one", bins)
	}
	c := Calibration{Bins: make([]Bin, bins), N: len(right)}
	for i := range c.Bins {
		c.Bins[i].From, c.Bins[i].To = float64(i)/float64(bins), float64(i+1)/float64(bins)
	}
	hits := numbers(right)
	for i, p := range confidence {
		if !(p >= 0 && p <= 1) {
			return Calibration{}, fmt.Errorf("calibrate: answer %d has a confidence of %v, want 0 to 1", i, p)
		}
		b := &c.Bins[max(0, int(math.Ceil(p*float64(bins)))-1)]
		b.N++
		b.Confidence += p
		b.Accuracy += hits[i]
		c.Brier += (p - hits[i]) * (p - hits[i]) / float64(c.N)
	}
	c.sum()
	return c, nil
}

// sum makes means of the bins' sums, and the errors of the means.
func (c *Calibration) sum() {
	for i := range c.Bins {
		b := &c.Bins[i]
		if b.N == 0 {
			continue
		}
		b.Confidence /= float64(b.N)
		b.Accuracy /= float64(b.N)
		gap := math.Abs(b.Accuracy - b.Confidence)
		c.ECE += gap * float64(b.N) / float64(c.N)
		c.MCE = max(c.MCE, gap)
	}
}

func (c Calibration) String() string {
	return fmt.Sprintf("expected calibration error %.1f %%, the worst bin %.1f %%, Brier score %.3f (n = %d)", 100*c.ECE, 100*c.MCE, c.Brier, c.N)
}

// HTML is the reliability diagram: a bar for each bin, as high as its accuracy. On the dashed line, a model would be as sure as it should be; the gap
// to each bar is shaded.
func (c Calibration) HTML() string {
	const left, top, side = 44.0, 12.0, 220.0
	y := func(p float64) float64 { return top + side*(1-p) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 280 282" style="max-width:280px;width:100%%;font:12px sans-serif" fill="currentColor" role="img" aria-label="Reliability: %s">`, c)
	for i, bin := range c.Bins {
		if bin.N == 0 {
			continue
		}
		x, w := left+side*bin.From, side/float64(len(c.Bins))
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#2f7fb8"><title>bin %d: %d answers, sure %.0f %%, right %.0f %%</title></rect>`,
			x+1, y(bin.Accuracy), w-2, side*bin.Accuracy, i+1, bin.N, 100*bin.Confidence, 100*bin.Accuracy)
		high, low := max(bin.Accuracy, bin.Confidence), min(bin.Accuracy, bin.Confidence)
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#d9722e" fill-opacity=".35" stroke="#d9722e"/>`, x+1, y(high), w-2, side*(high-low))
	}
	fmt.Fprintf(&b, `<path d="M%g %gV%gH%g" fill="none" stroke="currentColor"/><path d="M%g %gL%g %g" stroke="currentColor" stroke-dasharray="4 3"/>`,
		left, top, top+side, left+side, left, top+side, left+side, top)
	for _, p := range []float64{0, 0.5, 1} {
		fmt.Fprintf(&b, `<text x="%g" y="%.1f" text-anchor="end">%.0f %%</text><text x="%.1f" y="%g" text-anchor="middle">%.0f %%</text>`,
			left-6, y(p)+4, 100*p, left+side*p, top+side+18, 100*p)
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle">how sure it was</text>`, left+side/2, top+side+38)
	fmt.Fprintf(&b, `<text x="%g" y="%g" fill="#2f7fb8">how often it was right</text></svg>`, left+10, top+14)
	return b.String()
}
