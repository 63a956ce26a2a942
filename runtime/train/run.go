package train

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"

	"github.com/resident-go/resident/runtime/cost"
)

// Run is how a training went, while it goes on and afterwards. A notebook shows it as a chart, a terminal as a line.
type Run struct {
	Steps    int     // made so far; like all that follows, with those before the checkpoint from which it went on
	Of       int     // to be made
	History  []Point // one for each step
	Params   int     // numbers that are trained
	Tokens   int     // numbers or tokens that it was shown
	FLOPs    float64 // that were computed, by the formulas of package cost; 0 where they do not apply
	Peak     float64 // FLOP/s that the device reaches in matrix products, as measured; 0 if unknown
	Device   string
	Elapsed  time.Duration
	CPU      time.Duration // of processors, all threads together; 0 where it is not known
	Finished bool          // nothing more will come: all steps made, or stopped

	rates cost.Rates
}

// Loss is the mean training loss of the last steps, a tenth of the run but at least one: single batches jump.
func (r *Run) Loss() float64 {
	n := len(r.History)
	if n == 0 {
		return math.NaN()
	}
	sum, from := 0.0, n-max(1, min(n/10, 50))
	for _, p := range r.History[from:] {
		sum += p.Loss
	}
	return sum / float64(n-from)
}

// Valid is the last validation loss, NaN if there is none.
func (r *Run) Valid() float64 {
	for i := len(r.History) - 1; i >= 0; i-- {
		if v := r.History[i].Valid; !math.IsNaN(v) {
			return v
		}
	}
	return math.NaN()
}

// TokensPerSecond is the speed over the whole run, validation included.
func (r *Run) TokensPerSecond() float64 { return perSecond(float64(r.Tokens), r.Elapsed) }

// FLOPS is the computing speed over the whole run.
func (r *Run) FLOPS() float64 { return perSecond(r.FLOPs, r.Elapsed) }

func perSecond(n float64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return n / d.Seconds()
}

// Left estimates how long the remaining steps take.
func (r *Run) Left() time.Duration {
	if len(r.History) == 0 || r.Finished {
		return 0
	}
	return time.Duration(float64(r.Elapsed) / float64(len(r.History)) * float64(r.Of-r.Steps))
}

// Done reports whether nothing more will come.
func (r *Run) Done() bool { return r.Finished }

// Line is the run in one line.
func (r *Run) Line() string {
	parts := []string{fmt.Sprintf("step %d/%d", r.Steps, r.Of), fmt.Sprintf("loss %.4f", r.Loss())}
	if v := r.Valid(); !math.IsNaN(v) {
		parts = append(parts, fmt.Sprintf("validation %.4f", v))
	}
	parts = append(parts, r.speed()...)
	if r.Finished {
		parts = append(parts, "in "+round(r.Elapsed))
	} else if left := r.Left(); left > 0 {
		parts = append(parts, round(left)+" left")
	}
	if p := r.rates.Price(r.Elapsed.Seconds(), 1); p > 0 {
		parts = append(parts, cost.Money(p, r.rates.Currency))
	}
	return strings.Join(parts, " · ")
}

// Cost is what the training took, beside what the rule 6·N·D predicts for a device at its peak.
func (r *Run) Cost() cost.Report {
	measured := cost.Counts{Steps: int64(r.Steps), TokensIn: int64(r.Tokens), WeightUpdates: int64(r.Steps) * int64(r.Params), FLOPs: r.FLOPs,
		Seconds: r.Elapsed.Seconds(), CPU: r.CPU.Seconds()}
	report := cost.Report{Training: cost.Pair{Measured: &measured}, Rates: r.rates}
	if peak := r.peak(); peak > 0 {
		h := cost.Hardware{Rates: r.rates, FLOPS: peak, Utilisation: 1, Count: 1}
		if p, err := cost.Predict(float64(r.Params), float64(r.Tokens), h); err == nil {
			report.Training.Predicted = &p
		}
	}
	return report
}

// speed is tokens and operations per second.
func (r *Run) speed() []string {
	if r.Elapsed <= 0 {
		return nil
	}
	parts := []string{cost.SI(r.TokensPerSecond(), "tokens/s")}
	if r.FLOPs > 0 {
		s := cost.SI(r.FLOPS(), "FLOP/s")
		if peak := r.peak(); peak > 0 {
			s += fmt.Sprintf(" (%.0f %% of what matrix products reach here)", 100*r.FLOPS()/peak)
		}
		parts = append(parts, s)
	}
	return parts
}

// peak is the device's, or 0 if there is none that says anything: one that the run itself has passed was measured while others had the machine.
func (r *Run) peak() float64 {
	if r.FLOPS() > r.Peak {
		return 0
	}
	return r.Peak
}

func (r *Run) String() string { return r.Line() }

// HTML is the chart with its line.
func (r *Run) HTML() string {
	return `<div style="max-width:46em">` + r.SVG() + `<div style="font-size:90%;opacity:.8">` + html.EscapeString(r.Line()) + "</div></div>"
}

// round keeps what matters of a duration.
func round(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
