package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// watchMemory stands in for a control group: it looks at what all processes of the sandbox use together, ten times a second, and ends
// the sandbox when that is too much. A process alone cannot take much in between: its own limit holds it.
func (p *plan) watchMemory(over func()) {
	for range time.Tick(100 * time.Millisecond) {
		if memoryUsed() > p.Limits.Memory {
			over()
		}
	}
}

// memoryUsed sums up what processes have in memory of their own, and what files they have written, which are in memory, too.
func memoryUsed() int64 {
	var total int64
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != 1 {
			total += anonymous("/proc/" + e.Name() + "/status")
		}
	}
	var st unix.Statfs_t
	if unix.Statfs(Home, &st) == nil {
		total += int64(st.Blocks-st.Bfree) * st.Bsize
	}
	return total
}

// anonymous returns the bytes in memory of a process that are of no file on a disk. What processes share is counted for each.
func anonymous(status string) int64 {
	data, _ := os.ReadFile(status) // a process that has just ended uses nothing
	var total int64
	for line := range bytes.Lines(data) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if string(name) != "RssAnon" && string(name) != "RssShmem" {
			continue
		}
		if fields := bytes.Fields(value); len(fields) > 0 {
			kb, _ := strconv.ParseInt(string(fields[0]), 10, 64)
			total += kb << 10
		}
	}
	return total
}
