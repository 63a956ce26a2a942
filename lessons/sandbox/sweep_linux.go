package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// process is what /proc tells of one.
type process struct {
	pid, uid  int
	gone      bool  // it has ended, and nobody has asked how
	anonymous int64 // bytes in memory that are of no file on a disk; what processes share is counted for each
}

// processesOf are the processes that have this user; -1 stands for all but process 1.
func processesOf(uid int) (found []process) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == 1 {
			continue
		}
		if p := look(pid); uid < 0 || p.uid == uid {
			found = append(found, p)
		}
	}
	return found
}

// look reads the status of a process; one that has just ended has no user.
func look(pid int) process {
	p := process{pid: pid, uid: -1}
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range bytes.Lines(data) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		fields := bytes.Fields(value)
		if len(fields) == 0 {
			continue
		}
		switch n, _ := strconv.Atoi(string(fields[0])); string(name) {
		case "State":
			p.gone = fields[0][0] == 'Z' || fields[0][0] == 'X'
		case "Uid":
			p.uid = n
		case "RssAnon", "RssShmem":
			p.anonymous += int64(n) << 10
		}
	}
	return p
}

// sweep ends all processes of the sandbox's user. None of them can start another once it has been looked at, so that it comes to an end.
func (p *plan) sweep() {
	for {
		left := 0
		for _, q := range processesOf(p.ID) {
			if q.gone {
				continue
			}
			left++
			unix.Prlimit(q.pid, unix.RLIMIT_NPROC, &unix.Rlimit{}, nil)
			unix.Kill(q.pid, unix.SIGKILL)
		}
		if left == 0 {
			return
		}
	}
}

// keepTogether has a sandbox without a namespace for its processes end as one: what has lost its parent becomes a child of this process, which ends all when it is told to.
func (p *plan) keepTogether() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("take in orphans: %w", err)
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		<-told
		p.sweep()
		os.Exit(1)
	}()
	return nil
}
