// Package usage measures what a process and all that it has started take of the machine, for people who watch over kernels.
//
// What it knows it reads from Linux's /proc; elsewhere [Meter.Read] returns an error. A library (gopsutil) would know other systems, too, but it counts the
// processor time of each process by itself, and most of what a kernel's compilers take is gone with them by the time somebody asks.
package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"sync"
	"time"
)

// Usage is what there was to be seen at one moment.
type Usage struct {
	CPU    float64 // processor time of the processes since the Read before, those that have ended included: 100 is one processor all the time
	Memory int64   // bytes that the processes hold, shared ones divided among those that share them

	HostCPU    float64 // how busy all processors were since the Read before, in percent; NaN at the first Read
	Processors int
	Host       Memory
}

// Memory is the machine's memory in bytes, by the names of proc_meminfo(5), where available is what new programs could have.
type Memory struct {
	Total, Available, Free, Active, Inactive, Buffers, Cached, Shared, Slab int64
}

// Used is what is not available, in bytes.
func (m Memory) Used() int64 { return m.Total - m.Available }

// Percent is the used part.
func (m Memory) Percent() float64 { return 100 * float64(m.Used()) / float64(max(m.Total, 1)) }

// Meter measures one process and its descendants. Its methods may be called from several goroutines.
type Meter struct {
	pid  int
	proc fs.FS // /proc, nil where there is none
	now  func() time.Time

	mu     sync.Mutex
	last   Usage
	before times
}

// times are counters at a moment, in ticks.
type times struct {
	at         time.Time // zero before the first Read
	tree       int64
	busy, host int64
}

// ticks are those of a second, in which Linux tells programs processor time.
const ticks = 100

// shortest is the time between two measurements. Whoever asks again before gets the same answer: the ticks of less would say little.
const shortest = 500 * time.Millisecond

// NewMeter returns a meter of this process and what it starts.
func NewMeter() *Meter {
	m := &Meter{pid: os.Getpid(), now: time.Now}
	if runtime.GOOS == "linux" {
		m.proc = os.DirFS("/proc")
	}
	return m
}

// Read measures. The first Read finds no processor time.
func (m *Meter) Read() (Usage, error) {
	if m.proc == nil {
		return Usage{}, errors.New("measure usage: it is known on Linux alone")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	first := m.before.at.IsZero()
	if !first && m.now().Sub(m.before.at) < shortest {
		return m.last, nil
	}
	u, t, err := m.read()
	if err != nil {
		return Usage{}, fmt.Errorf("measure usage: %w", err)
	}
	u.HostCPU = math.NaN()
	if !first {
		u.CPU = percent(float64(t.tree-m.before.tree), t.at.Sub(m.before.at).Seconds()*ticks)
		u.HostCPU = percent(float64(t.busy-m.before.busy), float64(t.host-m.before.host))
	}
	m.last, m.before = u, t
	return u, nil
}

// percent has one digit behind the point. A process that left the tree has taken its time along.
func percent(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return math.Round(1000*max(part, 0)/whole) / 10
}

func (m *Meter) read() (u Usage, t times, err error) {
	t.at = m.now()
	tree, err := m.tree()
	if err != nil {
		return u, t, err
	}
	for _, p := range tree {
		t.tree += p.time
		u.Memory += m.memory(p.pid)
	}
	if t.busy, t.host, u.Processors, err = m.processors(); err != nil {
		return u, t, err
	}
	u.Host, err = m.host()
	return u, t, err
}
