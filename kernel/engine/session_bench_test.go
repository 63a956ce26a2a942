package engine

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sessionCells is how many different cells one session runs.
const sessionCells = 300

// BenchmarkSession runs many different cells in one session: the last twenty ("ours") against the first twenty
// ("peer"), and what the worker keeps in memory for each.
func BenchmarkSession(b *testing.B) {
	for b.Loop() {
		e := newTestEngine(b, Options{})
		n := int(time.Now().UnixNano() % 1e15)
		benchCell(b, e, sessionCell(n, 0)) // the first cell imports and initialises what all of them use
		before := workerMemory(b, e)
		var times []time.Duration
		for i := range sessionCells {
			code := sessionCell(n, i+1)
			times = append(times, timed(func() { benchCell(b, e, code) }))
		}
		after := workerMemory(b, e)
		reportPair(b, times[len(times)-20:], times[:20])
		b.ReportMetric((after-before)/sessionCells, "MB/cell")
	}
}

// sessionCell declares what notebooks declare and uses it. All names are new.
func sessionCell(n, i int) string {
	return fmt.Sprintf(`type point%[1]d struct{ x, y int }

func (p point%[1]d) add(n int) int { return p.x + p.y + n }

values%[1]d := []point%[1]d{{%[1]d, %[2]d}}
fmt.Println(values%[1]d[0].add(1))`, i, n)
}

// workerMemory is the worker's resident memory in MB.
func workerMemory(b *testing.B, e *Engine) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.proc.cmd.Process.Pid))
	if err != nil {
		b.Skip("the worker's memory is read from /proc:", err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		b.Fatalf("/proc/PID/status has no VmRSS:\n%s", data)
	}
	kB, err := strconv.Atoi(fields[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kB) / 1000
}
