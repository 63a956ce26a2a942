package engine

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// work is a package whose functions listen for interrupts.
const work = `package work

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// Until works in steps, each longer than a cell is given to stop, until an interrupt comes.
func Until(ctx context.Context) (steps int, err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	for ctx.Err() == nil {
		fmt.Println("ready")
		for start := time.Now(); time.Since(start) < 200*time.Millisecond; {
		}
		steps++
	}
	return steps, ctx.Err()
}

// Deaf listens, but does not care.
func Deaf(f func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	fmt.Println("ready")
	f()
}
`

// TestListening interrupts functions of packages that listen for interrupts: they are given the time to end in order, and what
// they return is kept.
func TestListening(t *testing.T) {
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "go.mod"), []byte("module example.com/notebook\n\ngo 1.26\n"))
	writeTestFile(t, filepath.Join(dir, "work", "work.go"), []byte(work))
	e := newTestEngine(t, Options{Dir: dir, Grace: 50 * time.Millisecond})
	for i, row := range []struct{ name, code, ends, then, shows string }{
		{"a function", "import \"example.com/notebook/work\"\nsteps, err := work.Until(context.Background())\nsteps = -1", "its variables keep",
			"fmt.Println(steps > 0, err)", "true context canceled\n"},
		{"in a loop", "turns := 0\nfor range 3 {\n\tsteps, err = work.Until(context.Background())\n\tturns++\n}", "its variables keep",
			"fmt.Println(turns, err)", "1 context canceled\n"},
		{"training", `type loud struct{ *nn.MLP }
func (l loud) Loss(x, y *tensor.Tensor) *tensor.Tensor { fmt.Println("ready"); return l.MLP.Loss(x, y) }
mlp, err := nn.NewMLP([]int{2, 8, 2}, nn.Seed(1))
run, err := train.Fit(context.Background(), loud{mlp}, data.Moons(40, 0.1, 1).Split(0.8, 1), train.Config{Steps: 1 << 40})`, "its variables keep",
			"fmt.Println(errors.Is(err, train.ErrInterrupted), run.Steps > 0, run.Finished)", "true true true\n"},
	} {
		ce := interruptCell(t, e, 2*i+1, row.code)
		if !strings.Contains(ce.EValue, row.ends) {
			t.Errorf("%s: ended with %s", row.name, ce.EValue)
		}
		if got := runCell(t, e, 2*i+2, row.then); got != row.shows {
			t.Errorf("%s: afterwards %q shows %q", row.name, row.then, got)
		}
	}
}

// TestNotListening interrupts functions that listen for interrupts and do not stop: the second interrupt, which the engine sends when its
// patience ends, is like that of any other cell.
func TestNotListening(t *testing.T) {
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "go.mod"), []byte("module example.com/notebook\n\ngo 1.26\n"))
	writeTestFile(t, filepath.Join(dir, "work", "work.go"), []byte(work))
	for _, row := range []struct {
		name, code, ends string
		grace            time.Duration
	}{
		{"busy cell below", "work.Deaf(func() { for { n++ } })", "its variables keep", ages},
		{"waits", "work.Deaf(func() { select {} })", "left behind", 50 * time.Millisecond},
	} {
		e := newTestEngine(t, Options{Dir: dir, Grace: row.grace, Patience: time.Millisecond})
		runCell(t, e, 1, "import \"example.com/notebook/work\"\nn := 1")
		if ce := interruptCell(t, e, 2, row.code); !strings.Contains(ce.EValue, row.ends) {
			t.Errorf("%s: ended with %s", row.name, ce.EValue)
		}
		if got := runCell(t, e, 3, "fmt.Println(n > 0)"); got != "true\n" {
			t.Errorf("%s: the variable afterwards: %q", row.name, got)
		}
	}
}
