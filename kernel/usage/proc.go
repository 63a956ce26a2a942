package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// This file reads /proc; see proc(5) and the pages that it names.

// process is a line of a process' stat.
type process struct {
	pid, parent int
	time        int64 // of it and of its children that have ended and were waited for
}

// tree returns the process and its descendants. The time of one that ends goes over to who waits for it, so that the sum keeps it.
func (m *Meter) tree() ([]process, error) {
	entries, err := fs.ReadDir(m.proc, ".")
	if err != nil {
		return nil, err
	}
	children := map[int][]process{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, err := m.process(pid); err == nil { // or it has ended
				children[p.parent] = append(children[p.parent], p)
			}
		}
	}
	p, err := m.process(m.pid)
	if err != nil {
		return nil, err
	}
	tree := []process{p}
	for i := 0; i < len(tree); i++ {
		tree = append(tree, children[tree[i].pid]...)
	}
	return tree, nil
}

// process reads /proc/PID/stat: the name stands in parentheses, and may hold anything.
func (m *Meter) process(pid int) (process, error) {
	text, err := fs.ReadFile(m.proc, strconv.Itoa(pid)+"/stat")
	if err != nil {
		return process{}, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // from field 3 on
	if len(fields) < 15 {
		return process{}, fmt.Errorf("/proc/%d/stat has %d fields behind the name, expected more", pid, len(fields))
	}
	p := process{pid: pid}
	if p.parent, err = strconv.Atoi(fields[1]); err != nil {
		return p, fmt.Errorf("/proc/%d/stat: parent: %w", pid, err)
	}
	spent, err := numbers(fields[11:15]) // utime, stime, cutime, cstime
	if err != nil {
		return p, fmt.Errorf("/proc/%d/stat: times: %w", pid, err)
	}
	p.time = sum(spent)
	return p, nil
}

// memory is what a process holds: its proportional share (Pss), or where that is not to be read, what is resident.
func (m *Meter) memory(pid int) int64 {
	dir := strconv.Itoa(pid)
	if text, err := fs.ReadFile(m.proc, dir+"/smaps_rollup"); err == nil {
		return quantities(text)["Pss"]
	}
	text, err := fs.ReadFile(m.proc, dir+"/statm")
	if err != nil {
		return 0 // it has ended
	}
	var size, resident int64 // in pages
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}

// processors reads /proc/stat: the ticks of all processors, those in which they were busy, and how many there are.
func (m *Meter) processors() (busy, all int64, n int, err error) {
	text, err := fs.ReadFile(m.proc, "stat")
	if err != nil {
		return 0, 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || !strings.HasPrefix(fields[0], "cpu"):
		case fields[0] != "cpu":
			n++
		case len(fields) < 6:
			return 0, 0, 0, errors.New("/proc/stat: the line of all processors is too short")
		default:
			t, err := numbers(fields[1:min(len(fields), 9)]) // user, nice, system, idle, iowait, irq, softirq, steal; guests are among the users
			if err != nil {
				return 0, 0, 0, fmt.Errorf("/proc/stat: %w", err)
			}
			all = sum(t)
			busy = all - t[3] - t[4]
		}
	}
	return busy, all, n, nil
}

// host reads /proc/meminfo.
func (m *Meter) host() (Memory, error) {
	text, err := fs.ReadFile(m.proc, "meminfo")
	if err != nil {
		return Memory{}, err
	}
	q := quantities(text)
	return Memory{
		Total: q["MemTotal"], Available: q["MemAvailable"], Free: q["MemFree"], Active: q["Active"], Inactive: q["Inactive"],
		Buffers: q["Buffers"], Cached: q["Cached"] + q["SReclaimable"], Shared: q["Shmem"], Slab: q["Slab"],
	}, nil
}

// quantities reads lines of the form "Name:   123 kB", in bytes.
func quantities(text []byte) map[string]int64 {
	q := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if fields := strings.Fields(value); len(fields) == 2 && fields[1] == "kB" {
			if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
				q[name] = n << 10
			}
		}
	}
	return q
}

func numbers(fields []string) ([]int64, error) {
	list := make([]int64, len(fields))
	for i, f := range fields {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return nil, err
		}
		list[i] = n
	}
	return list, nil
}

func sum(list []int64) (total int64) {
	for _, n := range list {
		total += n
	}
	return total
}
