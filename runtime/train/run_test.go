package train_test

import (
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/runtime/train"
)

// TestPeak says when a run's line compares its speed with what the device reaches.
func TestPeak(t *testing.T) {
	for _, test := range []struct {
		name      string
		peak      float64
		share     string
		predicted bool
	}{
		{"a quarter of it", 4e9, "1 GFLOP/s (25 % of what matrix products reach here)", true},
		{"unknown", 0, "1 GFLOP/s", false},
		{"passed by the run itself", 5e8, "1 GFLOP/s", false}, // it was measured on a busy machine
	} {
		t.Run(test.name, func(t *testing.T) {
			r := train.Run{Params: 1000, Steps: 10, Of: 10, Tokens: 1000, FLOPs: 2e9, Elapsed: 2 * time.Second, Peak: test.peak}
			if line := " · " + r.Line() + " · "; !strings.Contains(line, " · "+test.share+" · ") {
				t.Errorf("the line is %q, expected %q in it", r.Line(), test.share)
			}
			if got := r.Cost().Training.Predicted != nil; got != test.predicted {
				t.Errorf("a prediction: %t, expected %t", got, test.predicted)
			}
		})
	}
}
