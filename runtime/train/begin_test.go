package train

import (
	"strings"
	"testing"
)

// TestBegin: what is shown before the first step names no loss, and what is shown after it does.
func TestBegin(t *testing.T) {
	for _, row := range []struct {
		run   Run
		line  string
		label string // of the chart
	}{
		{Run{Of: 120}, "step 0/120", `aria-label="Loss, before the first step"`},
		{Run{Of: 120, Steps: 1, Finished: true, History: []Point{{Step: 1, Loss: 4.5, Valid: 5}}}, "step 1/120 · loss 4.5000 · validation 5.0000", `aria-label="Loss over 1 steps, now 4.5000"`},
	} {
		if got := row.run.Line(); !strings.HasPrefix(got, row.line) || strings.Contains(got, "NaN") {
			t.Errorf("after %d steps: %q, want %q", row.run.Steps, got, row.line)
		}
		chart := row.run.SVG()
		if !strings.Contains(chart, row.label) || strings.Contains(chart, "NaN") {
			t.Errorf("after %d steps the chart lacks %s:\n%s", row.run.Steps, row.label, chart)
		}
		if named := strings.Contains(chart, `text-anchor="end"`); named != (row.run.Steps > 0) {
			t.Errorf("after %d steps, losses are named beside the chart: %v", row.run.Steps, named)
		}
	}
}
