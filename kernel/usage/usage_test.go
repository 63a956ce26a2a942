package usage

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"testing"
	"testing/fstest"
	"time"
)

// machine is a /proc with a kernel (10), its worker (20), a compiler of that (30), and somebody else (40).
func machine(files map[string]string) fstest.MapFS {
	proc := fstest.MapFS{}
	for name, text := range map[string]string{
		"10/stat": "10 (resident) S 1 10 10 0 -1 4194560 1 0 0 0 30 10 0 0 20 0 9", "10/smaps_rollup": "55a0-7ffc ---p 0 00:00 0 [rollup]\nRss: 900 kB\nPss: 100 kB\nPss_Dirty: 7 kB\n",
		"20/stat": "20 (a) b ) S 10 10 10 0 -1 4194560 1 0 0 0 50 10 0 0 20 0 9", "20/statm": "900 3 1 0 0 0 0",
		"30/stat": "30 (compile) R 20 10 10 0 -1 4194560 1 0 0 0 20 0 0 0 20 0 9",
		"40/stat": "40 (other) R 1 40 40 0 -1 4194560 1 0 0 0 900 0 0 0 20 0 9", "40/smaps_rollup": "Pss: 5000 kB\n",
		"stat":    "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 50 0 25 400 25 0 0 0 0 0\ncpu1 50 0 25 400 25 0 0 0 0 0\nintr 1 2 3\n",
		"meminfo": "MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 600 kB\nBuffers: 10 kB\nCached: 20 kB\nActive: 30 kB\nActive(anon): 31 kB\nInactive: 40 kB\nShmem: 50 kB\nSlab: 60 kB\nSReclaimable: 5 kB\nHugePages_Total: 7\n",
		"self":    "", "uptime": "1 2\n",
	} {
		proc[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for name, text := range files {
		proc[name] = &fstest.MapFile{Data: []byte(text)}
		if text == "" {
			delete(proc, name)
		}
	}
	return proc
}

// TestRead has what happens between two measurements, and what the second one finds.
func TestRead(t *testing.T) {
	pages := int64(3 * os.Getpagesize())
	rows := []struct {
		name  string
		after time.Duration
		files map[string]string // "" is gone
		cpu   float64
		host  float64
		held  int64
	}{
		{"nothing happens", time.Second, nil, 0, 0, 100<<10 + pages},
		{"the worker works", time.Second, map[string]string{"20/stat": "20 (a) b ) S 10 10 10 0 -1 4194560 1 0 0 0 100 10 0 0 20 0 9", "stat": "cpu  140 0 60 830 70 0 0 0 0 0\ncpu0\ncpu1\n"}, 50, 50, 100<<10 + pages},
		{"the compiler ends, and the worker has its time", 2 * time.Second, map[string]string{"30/stat": "", "20/stat": "20 (a) b ) S 10 10 10 0 -1 4194560 1 0 0 0 50 10 90 10 20 0 9"}, 40, 0, 100<<10 + pages},
		{"the worker leaves", time.Second, map[string]string{"20/stat": ""}, 0, 0, 100 << 10},
		{"somebody else works", time.Second, map[string]string{"40/stat": "40 (other) R 1 40 40 0 -1 4194560 1 0 0 0 999 0 0 0 20 0 9"}, 0, 0, 100<<10 + pages},
		{"too early to say", time.Millisecond, map[string]string{"20/stat": "20 (a) b ) S 10 10 10 0 -1 4194560 1 0 0 0 100 10 0 0 20 0 9"}, 0, math.NaN(), 100<<10 + pages},
		{"a line that is none", time.Second, map[string]string{"30/stat": "30 (compile"}, 0, 0, 100<<10 + pages},
	}
	for _, r := range rows {
		now := time.Unix(100, 0)
		m := &Meter{pid: 10, proc: machine(nil), now: func() time.Time { return now }}
		u, err := m.Read()
		if err != nil || u.CPU != 0 || !math.IsNaN(u.HostCPU) || u.Processors != 2 {
			t.Fatalf("first: %+v, %v", u, err)
		}
		want := Memory{1000 << 10, 600 << 10, 200 << 10, 30 << 10, 40 << 10, 10 << 10, 25 << 10, 50 << 10, 60 << 10}
		if u.Host != want || u.Host.Used() != 400<<10 || u.Host.Percent() != 40 {
			t.Fatalf("host memory: %+v, expected %+v", u.Host, want)
		}
		now, m.proc = now.Add(r.after), machine(r.files)
		u, err = m.Read()
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		if got, want := fmt.Sprint(u.CPU, u.HostCPU, u.Memory), fmt.Sprint(r.cpu, r.host, r.held); got != want {
			t.Errorf("%s: %s, expected %s", r.name, got, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"10/stat": "", "stat": "", "meminfo": "",
	} {
		m := &Meter{pid: 10, proc: machine(map[string]string{name: text}), now: time.Now}
		if u, err := m.Read(); err == nil {
			t.Errorf("without %s: %+v, expected an error", name, u)
		}
	}
	for name, text := range map[string]string{"10/stat": "10 (x) S one", "stat": "cpu 1 2\n"} {
		m := &Meter{pid: 10, proc: machine(map[string]string{name: text}), now: time.Now}
		if u, err := m.Read(); err == nil {
			t.Errorf("%s is %q: %+v, expected an error", name, text, u)
		}
	}
}

// TestThisProcess measures a program that it starts and that is busy, on the machine as it is.
func TestThisProcess(t *testing.T) {
	m := NewMeter()
	if m.proc == nil {
		if _, err := m.Read(); err == nil {
			t.Error("no error where nothing is known")
		}
		return
	}
	before, err := m.Read()
	if err != nil {
		t.Fatal(err)
	}
	if before.Memory < 1<<20 || before.Host.Total < before.Memory || before.Processors < 1 {
		t.Errorf("measured %+v", before)
	}
	var spent int64
	for spent < ticks/5 { // until it has been busy for a fifth of a second, and ended
		cmd := exec.Command("sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		p, err := m.process(m.pid)
		if err != nil {
			t.Fatal(err)
		}
		spent = p.time - m.before.tree
	}
	m.now = func() time.Time { return time.Now().Add(shortest) }
	if u, err := m.Read(); err != nil || u.CPU < 1 {
		t.Errorf("after work: %+v, %v", u, err)
	}
}
