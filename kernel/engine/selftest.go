package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/resident-go/resident/nbformat"
)

// selfTestCells use what cells rest on: shared variables, types and methods across cells, closures, generics, maps,
// interfaces, garbage collection, a panic, and packages of the worker.
var selfTestCells = []string{
	"type shape interface{ area() float64 }\ntype sq struct{ s float64 }\nfunc (q sq) area() float64 { return q.s * q.s }\nx := 1\nshapes := []shape{sq{2}}\nadd := func(n int) int { x += n; return x }",
	"type circle struct{ r float64 }\nfunc (c circle) area() float64 { return 3 * c.r * c.r }\nfunc sum[T int | float64](xs ...T) (t T) { for _, x := range xs { t += x }; return }\nshapes = append(shapes, circle{1})\nadd(41)\nvar keep [][]byte\nfor i := range 64 { keep = append(keep, make([]byte, 1<<16)); keep[i][0] = byte(i) }\nruntime.GC()",
	"func() { defer func() { fmt.Println(recover()) }(); var m map[string]int; m[\"a\"] = 1 }()\n_, isSq := shapes[0].(sq)\nfmt.Println(x, isSq, sum(shapes[0].area(), shapes[1].area()), int(keep[63][0]), strings.ToUpper(\"ok\"))",
}

const selfTestOutput = "assignment to entry in nil map\n42 true 7 63 OK\n"

// selfTest runs cells the way the base says and compares what they print.
func (b *base) selfTest(ctx context.Context, o *Options) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	scratch, err := os.MkdirTemp("", "resident-selftest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	opts := *o
	opts.Dir, opts.CacheDir, opts.WorkDir, opts.Trace = scratch, scratch, "", nil
	e := newEngine(opts)
	e.base = b
	if err := e.setup(ctx); err != nil {
		return err
	}
	close(e.ready)
	defer e.Close()
	var c collector
	for i, code := range selfTestCells {
		if err := e.Run(ctx, i+1, code, &c); err != nil {
			return fmt.Errorf("cell %d: %w", i+1, err)
		}
	}
	if got := c.String(); got != selfTestOutput {
		return fmt.Errorf("cells printed %q, expected %q", got, selfTestOutput)
	}
	return os.RemoveAll(filepath.Join(scratch, "cells-"+b.Key))
}

// collector keeps what is printed.
type collector struct{ strings.Builder }

func (c *collector) Output(o nbformat.Output) { c.WriteString(o.Text) }
func (c *collector) ClearOutput(bool)         {}
func (c *collector) Input(string, bool) (string, error) {
	return "", fmt.Errorf("the self-test has no input")
}
