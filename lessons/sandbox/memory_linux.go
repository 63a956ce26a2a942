package sandbox

import (
	"time"

	"golang.org/x/sys/unix"
)

// watch stands in for what the kernel does not count: it looks at what all processes of the sandbox use together, ten times a second where there is no control group, and
// once a second at what they have written where that is no file system of its own. A process alone cannot take much in between: its own limit holds it.
func (p *plan) watch(over func(limit string)) {
	beat := 0
	for range time.Tick(100 * time.Millisecond) {
		beat++
		if !p.has(Cgroup) && p.memoryUsed() > p.Limits.Memory {
			over("memory")
		}
		if p.Box != "" && beat%10 == 0 && p.diskUsed() > p.Limits.Disk {
			over("disk")
		}
	}
}

// memoryUsed sums up what processes have in memory of their own, and what files they have written, which are in memory, too.
func (p *plan) memoryUsed() (total int64) {
	uid := -1
	if p.Box != "" {
		uid = p.ID
	}
	for _, q := range processesOf(uid) {
		total += q.anonymous
	}
	var st unix.Statfs_t
	if p.Box == "" && unix.Statfs(Home, &st) == nil {
		total += int64(st.Blocks-st.Bfree) * st.Bsize
	}
	return total
}
