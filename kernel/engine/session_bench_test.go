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

// compared is how many cells at its beginning and its end are compared.
const compared = 20

// BenchmarkSession runs many different cells in one session: the last twenty ("ours") against the first twenty of another
// one, in turns ("peer"), and what the worker keeps in memory for each.
func BenchmarkSession(b *testing.B) {
	cells := sessionCells
	if testing.Short() {
		cells = 2 * compared
	}
	for b.Loop() {
		long := newSession(b)
		before := workerMemory(b, long.e)
		for range cells - compared {
			long.next(b)
		}
		short := newSession(b)
		var last, first []time.Duration
		for range compared {
			last = append(last, long.next(b))
			first = append(first, short.next(b))
		}
		reportPair(b, last, first)
		b.ReportMetric((workerMemory(b, long.e)-before)/float64(cells), "MB/cell")
	}
}

// session runs cells that nobody has run before.
type session struct {
	e     *Engine
	id    int
	cells int
}

// newSession starts a session whose first cell imports and initialises what all of them use.
func newSession(b *testing.B) *session {
	s := &session{e: newTestEngine(b, Options{}), id: int(time.Now().UnixNano() % 1e15)}
	s.next(b)
	return s
}

func (s *session) next(b *testing.B) time.Duration {
	code := sessionCell(s.id, s.cells)
	s.cells++
	return timed(func() { benchCell(b, s.e, code) })
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
