package cost_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/runtime/cost"
)

func TestLedger(t *testing.T) {
	var l cost.Ledger
	one := cost.Counts{Steps: 1, TokensIn: 2, TokensOut: 3, WeightUpdates: 4, FLOPs: 5, Bytes: 6, Seconds: 7, CPU: 8}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				l.Add(cost.Training, one)
				l.Add(cost.Inference, cost.Counts{TokensOut: 1})
				l.Counts(cost.Training)
			}
		})
	}
	wg.Wait()
	want := cost.Counts{Steps: 800, TokensIn: 1600, TokensOut: 2400, WeightUpdates: 3200, FLOPs: 4000, Bytes: 4800, Seconds: 5600, CPU: 6400}
	if got := l.Counts(cost.Training); got != want || got.Tokens() != 4000 {
		t.Errorf("training: %+v, expected %+v", got, want)
	}
	if got := l.Counts(cost.Inference); got != (cost.Counts{TokensOut: 800}) {
		t.Errorf("inference: %+v", got)
	}
}

// Work shows on both clocks, and processors cannot work longer than there is time.
func TestStopwatch(t *testing.T) {
	s := cost.Start()
	wall, cpu := s.Stop()
	for cpu < 0.01 && wall < 30 {
		wall, cpu = s.Stop()
	}
	if cpu < 0.01 || cpu > wall*float64(runtime.NumCPU())+0.1 {
		t.Errorf("%g s by the clock, %g s of processors", wall, cpu)
	}
}

// filled is a ledger and predictions with round numbers.
func filled(t *testing.T) cost.Report {
	t.Helper()
	var l cost.Ledger
	l.Add(cost.Training, cost.Counts{Steps: 2000, TokensIn: 6_000_000, WeightUpdates: 2000, FLOPs: 4e14, Seconds: 2000, CPU: 3900})
	l.Add(cost.Inference, cost.Counts{Steps: 208, TokensIn: 8, TokensOut: 200, FLOPs: 4.5e9, Bytes: 9e9, Seconds: 0.5, CPU: 0.9})
	h := cost.Hardware{Rates: cost.OwnCPU(2), FLOPS: 400e9, Utilisation: 0.5, Count: 1}
	training, err := cost.Predict(10e6, 6e6, h)
	if err != nil {
		t.Fatal(err)
	}
	return l.Report(cost.OwnCPU(2), &training, nil)
}

func TestReportText(t *testing.T) {
	const note = "own CPU, 2 cores: 20 W, 0.30 EUR a kWh (assumed in 2025: 10 W a core, electricity at 0.30 EUR/kWh, without the computer itself)"
	const want = `
                           training, measured  training, predicted  inference, measured
steps                                     2 k                    –                  208
tokens read                               6 M                  6 M                    8
tokens written                              –                    –                  200
weight updates                            2 k                    –                    0
operations                          400 TFLOP            360 TFLOP           4.5 GFLOP
operations a second              200 GFLOP/s          200 GFLOP/s            9 GFLOP/s
bytes moved                                 –                    –                 9 GB
time                                 33.3 min               30 min               500 ms
processor time                         65 min                    –               900 ms
tokens a second                           3 k               3.33 k                  416
energy                                11.1 Wh                10 Wh                 10 J
price                             0.00333 EUR            0.003 EUR      0.000000833 EUR
price of a million tokens        0.000556 EUR           0.0005 EUR         0.00401 EUR
measured on ` + note + `
predicted for 1 × ` + note + `, at 50% of 400 GFLOP/s`
	if got := "\n" + filled(t).String(); squeeze(got) != squeeze(want) {
		t.Errorf("%s\nexpected%s", got, want)
	}
	for i, line := range strings.Split(filled(t).String(), "\n")[:14] {
		if n := len([]rune(line)); n != len("                           training, measured  training, predicted  inference, measured") {
			t.Errorf("line %d is %d wide: %q", i, n, line)
		}
	}
}

// squeeze makes runs of spaces one.
func squeeze(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

func TestReportHTML(t *testing.T) {
	r := filled(t)
	r.Rates.Name = "<b>box</b>"
	got := r.HTML()
	for _, want := range []string{
		`<table><thead><tr><th style="text-align:left"></th><th style="text-align:right">training, measured</th>`,
		`<tr><th style="text-align:left">weight updates</th><td style="text-align:right">2 k</td><td style="text-align:right">–</td><td style="text-align:right">0</td></tr>`,
		`</tbody></table><p><small>measured on &lt;b&gt;box&lt;/b&gt;: 20 W`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the table lacks %s\n%s", want, got)
		}
	}
	if strings.Contains(got, "<b>") {
		t.Error("a name is HTML")
	}
}

// Columns and rows of which nothing is known are left out.
func TestReportGaps(t *testing.T) {
	var l cost.Ledger
	if r := l.Report(cost.OwnCPU(1), nil, nil); r.String() != "nothing was counted" || r.HTML() != "<p>nothing was counted</p>" {
		t.Errorf("an empty ledger: %s\n%s", r, r.HTML())
	}
	l.Add(cost.Inference, cost.Counts{TokensOut: 1500, FLOPs: 3e9})
	const want = `
                inference, measured
tokens written                1.5 k
weight updates                    0
operations                  3 GFLOP
measured on own CPU, 1 core: 10 W, 0.30 EUR a kWh`
	if got := "\n" + l.Report(cost.OwnCPU(1), nil, nil).String(); !strings.HasPrefix(got, want) {
		t.Errorf("%s\nexpected%s", got, want)
	}
}
