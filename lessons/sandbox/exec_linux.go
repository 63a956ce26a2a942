package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// second gives up what rights are left and becomes the command. Rights belong to threads: the one that has none becomes the process.
func second(data string) error {
	var p plan
	if err := json.Unmarshal([]byte(data), &p); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	failed := os.NewFile(uintptr(3+p.Files), "failed")
	runtime.LockOSThread()
	// Whatever else is open was inherited from a caller who did not know of it.
	err := unix.CloseRange(uint(3+p.Files), math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	if err == nil {
		err = p.become()
	}
	fmt.Fprintln(failed, err)
	return err
}

// become returns only with an error.
func (p *plan) become() error {
	if err := os.Chdir(p.Dir); err != nil {
		return fmt.Errorf("enter the working directory: %w", err)
	}
	if err := p.setLimits(); err != nil {
		return err
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if p.has(Landlock) {
		if err := restrict(p.Readable, p.Writable); err != nil {
			return fmt.Errorf("landlock: %w", err)
		}
	}
	if p.has(Seccomp) {
		if err := filterCalls(p.has(NetworkNamespace)); err != nil {
			return fmt.Errorf("filter system calls: %w", err)
		}
	}
	if err := syscall.Exec(p.Argv[0], p.Argv, p.Env); err != nil {
		return fmt.Errorf("run %s: %w", p.Argv[0], err)
	}
	return nil
}

// untouched is how much more than the limit of memory a process may have mapped: Go maps more than it uses.
const untouched = 256 << 20

func (p *plan) setLimits() error {
	l := p.Limits
	seconds := uint64(max(l.CPU.Seconds(), 1))
	for _, r := range []struct {
		name     string
		resource int
		value    uint64
	}{
		{"data size", unix.RLIMIT_DATA, uint64(l.Memory + untouched)},
		{"file size", unix.RLIMIT_FSIZE, uint64(l.FileSize)},
		{"open files", unix.RLIMIT_NOFILE, uint64(l.Files)},
		{"processes", unix.RLIMIT_NPROC, uint64(l.Procs)},
		{"processor time", unix.RLIMIT_CPU, seconds},
		{"core dumps", unix.RLIMIT_CORE, 1},               // 0 would let the machine run the program that collects them, as root; see core(5) and fs/coredump.c
		{"pending signals", unix.RLIMIT_SIGPENDING, 1024}, // which are counted for the caller's user, too
		{"locked memory", unix.RLIMIT_MEMLOCK, 1 << 20},
		{"message queues", unix.RLIMIT_MSGQUEUE, 0},
	} {
		// Whoever runs the tool may have less already.
		var have unix.Rlimit
		if err := unix.Getrlimit(r.resource, &have); err != nil {
			return fmt.Errorf("read the limit of %s: %w", r.name, err)
		}
		value := min(r.value, have.Max)
		hard := value
		if r.resource == unix.RLIMIT_CPU {
			hard = min(value+1, have.Max) // the first signal says what it is for, the second one kills
		}
		if err := unix.Setrlimit(r.resource, &unix.Rlimit{Cur: value, Max: hard}); err != nil {
			return fmt.Errorf("limit %s: %w", r.name, err)
		}
	}
	return nil
}

// dropCapabilities empties all sets of this thread, the one included that bounds what programs may gain.
func dropCapabilities() error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL { // which an older kernel does not know
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	var none [2]unix.CapUserData
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return nil
}
