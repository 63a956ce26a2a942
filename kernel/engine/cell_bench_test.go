package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/nbformat"
)

// The benchmarks measure what they compare in turns, so that a busy machine is busy for both, and report medians:
// "ours" for cells, "peer" for the same code under go build. bench/run makes a table of them.

// oneLine is a program of one line, as a cell and as a whole.
type oneLine struct {
	name    string
	imports []string
	line    string // with a verb for a number, so that no two are the same
}

var oneLines = []oneLine{
	{"trivial", []string{"fmt"}, `fmt.Println("line", %d)`},
	{"imports", []string{"fmt", "net/http", "encoding/json", "gonum.org/v1/gonum/mat"},
		`fmt.Println(http.StatusText(404), json.Valid([]byte("%d")), mat.NewDense(1, 1, nil).At(0, 0))`},
}

func (l oneLine) cell(n int) string {
	return fmt.Sprintf("import (\n\t%s\n)\n%s", strings.Join(quoted(l.imports), "\n\t"), fmt.Sprintf(l.line, n))
}

func (l oneLine) program(n int) string {
	return fmt.Sprintf("package main\n\nimport (\n\t%s\n)\n\nfunc main() {\n\t%s\n}\n", strings.Join(quoted(l.imports), "\n\t"), fmt.Sprintf(l.line, n))
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}

// BenchmarkNewCell runs cells that were never built before, and has the go command build the same programs.
func BenchmarkNewCell(b *testing.B) {
	for _, l := range oneLines {
		b.Run(l.name, func(b *testing.B) {
			var trace bytes.Buffer
			e := newTestEngine(b, Options{Trace: &trace})
			dir := newProgramDir(b)
			n := int(time.Now().UnixNano() % 1e15)
			benchCell(b, e, l.cell(n))
			buildProgram(b, dir, l.program(n))
			trace.Reset()
			var ours, peer []time.Duration
			for b.Loop() {
				n++
				ours = append(ours, timed(func() { benchCell(b, e, l.cell(n)) }))
				peer = append(peer, timed(func() { buildProgram(b, dir, l.program(n)) }))
			}
			reportPair(b, ours, peer)
			for name, times := range phaseTimes(b, trace.String()) {
				b.ReportMetric(milliseconds(median(times)), name+"-ms")
			}
		})
	}
}

var phasePattern = regexp.MustCompile(`(analyse|compile|import library|link|load) ([^,\n]+)`)

// phaseTimes reads what [Options.Trace] wrote.
func phaseTimes(b *testing.B, trace string) map[string][]time.Duration {
	times := map[string][]time.Duration{}
	for _, m := range phasePattern.FindAllStringSubmatch(trace, -1) {
		d, err := time.ParseDuration(m[2])
		if err != nil {
			b.Fatal(err)
		}
		name := strings.ReplaceAll(m[1], " ", "-")
		times[name] = append(times[name], d)
	}
	return times
}

// benchCell runs a cell and returns what it printed. Anything but success ends the benchmark.
func benchCell(b *testing.B, e *Engine, code string) string {
	b.Helper()
	rec := &recorder{}
	if err := e.Run(context.Background(), 1, code, rec); err != nil {
		if ce, ok := err.(*nbformat.CellError); ok {
			b.Fatalf("%v\n%s\n%s", ce.EValue, strings.Join(ce.Traceback, "\n"), code)
		}
		b.Fatal(err)
	}
	return rec.String()
}

// newProgramDir returns a folder with a module that requires what ours does.
func newProgramDir(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// buildProgram builds a program with the go command and returns its path.
func buildProgram(b *testing.B, dir, text string) string {
	b.Helper()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o666); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-o", path, "main.go")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s\n%s", err, out, text)
	}
	return path
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

// reportPair replaces the time per turn, which is that of both together.
func reportPair(b *testing.B, ours, peer []time.Duration) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(ours)), "ours-ms")
	b.ReportMetric(milliseconds(median(peer)), "peer-ms")
}
