package engine

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// loop is code that is timed inside the process that runs it. As a cell, decls and setup are a cell of their own, so
// that the names of setup are variables of the session; as a program setup stands in main, before work.
type loop struct {
	name                       string
	decls, setup, work, result string
}

const (
	dotSetup = `a, b := make([]float64, 1<<12), make([]float64, 1<<12)
for i := range a {
	a[i], b[i] = float64(i), float64(i%7)
}
s := 0.0`
	matrixSetup = `n := 160
a, b, c := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
for i := range a {
	a[i], b[i] = float64(i%13), float64(i%7)
}`
	mapSetup = `m := map[int]int{}
for i := range 1 << 12 {
	m[i*7919] = i
}`
)

// functionLoops are in functions of cells.
var functionLoops = []loop{
	{"dot", `
func dot(a, b []float64, times int) float64 {
	s := 0.0
	for range times {
		for i := range a {
			s += a[i] * b[i]
		}
	}
	return s
}`, dotSetup, `s = dot(a, b, 5000)`, `s`},
	{"matrix", `
func multiply(a, b, c []float64, n int) {
	for i := range n {
		for j := range n {
			s := 0.0
			for k := range n {
				s += a[i*n+k] * b[k*n+j]
			}
			c[i*n+j] = s
		}
	}
}`, matrixSetup, `for range 5 { multiply(a, b, c, n) }`, `c[n]`},
	{"map", `
func update(m map[int]int, times int) {
	for range times {
		for i := range 1 << 12 {
			m[i*7919]++
		}
	}
}`, mapSetup, `update(m, 300)`, `m[0]`},
	{"calls", `
func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}`, `r := 0`, `r = fib(31)`, `r`},
}

// topLoops are at the top level of a cell, over variables of the session.
var topLoops = []loop{
	{"dot", "", dotSetup, `for range 5000 {
	for i := range a {
		s += a[i] * b[i]
	}
}`, `s`},
	{"matrix", "", matrixSetup, `for range 5 {
	for i := range n {
		for j := range n {
			s := 0.0
			for k := range n {
				s += a[i*n+k] * b[k*n+j]
			}
			c[i*n+j] = s
		}
	}
}`, `c[n]`},
	{"map", "", mapSetup, `for range 300 {
	for i := range 1 << 12 {
		m[i*7919]++
	}
}`, `m[0]`},
	{"calls", `
//go:noinline
func step(n int) int { return n ^ n>>3 }`, `r := 0`, `for i := range 20_000_000 {
	r += step(i)
}`, `r`},
}

// timedWork prints the nanoseconds that the work took, and its result, so that no compiler leaves it out.
func (l loop) timedWork() string {
	return fmt.Sprintf("benchStart := time.Now()\n%s\nfmt.Println(time.Since(benchStart).Nanoseconds(), %s)", l.work, l.result)
}

func (l loop) program() string {
	return fmt.Sprintf("package main\n\nimport (\n\t\"fmt\"\n\t\"time\"\n)\n%s\n\nfunc main() {\n%s\n%s\n}\n", l.decls, l.setup, l.timedWork())
}

// BenchmarkLoop compares loops in cells with the same loops in a program.
func BenchmarkLoop(b *testing.B) {
	b.Run("function", func(b *testing.B) { benchLoops(b, functionLoops) })
	b.Run("top", func(b *testing.B) { benchLoops(b, topLoops) })
}

func benchLoops(b *testing.B, loops []loop) {
	for _, l := range loops {
		b.Run(l.name, func(b *testing.B) {
			program := buildProgram(b, newProgramDir(b), l.program())
			e := newTestEngine(b, Options{})
			benchCell(b, e, l.decls+"\n"+l.setup)
			benchCell(b, e, l.timedWork())
			var ours, peer []time.Duration
			for b.Loop() {
				benchCell(b, e, l.setup) // as the program does: a map, for one, has a new hash seed, and fills its groups otherwise
				ours = append(ours, printedTime(b, benchCell(b, e, l.timedWork())))
				out, err := exec.Command(program).Output()
				if err != nil {
					b.Fatal(err)
				}
				peer = append(peer, printedTime(b, string(out)))
			}
			reportPair(b, ours, peer)
		})
	}
}

func printedTime(b *testing.B, out string) time.Duration {
	b.Helper()
	text, _, _ := strings.Cut(out, " ")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		b.Fatalf("the loop printed %q, expected its time", out)
	}
	return time.Duration(n)
}
