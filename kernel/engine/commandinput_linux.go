package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Calls of the system in which a process waits: for input from one file, or for one of several.
var (
	readCalls = []int{unix.SYS_READ, unix.SYS_READV}
	pollCalls = []int{unix.SYS_PPOLL, unix.SYS_PSELECT6, unix.SYS_EPOLL_PWAIT}
)

func init() {
	if runtime.GOARCH == "amd64" {
		pollCalls = append(pollCalls, 7, 23, 232) // poll, select and epoll_wait, which newer systems do not have
	}
}

// waitingFor tells what the processes of a group are at that may read a pipe.
func waitingFor(group int, pipe uint64) readerState {
	found := busy
	for _, pid := range members(group) {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
		for _, file := range threads {
			data, err := os.ReadFile(file)
			if os.IsPermission(err) {
				found = maybe
			}
			fields := strings.Fields(string(data))
			if err != nil || len(fields) < 2 {
				continue // it runs, or is gone
			}
			number, _ := strconv.Atoi(fields[0])
			fd, _ := strconv.ParseInt(fields[1], 0, 64)
			switch {
			case slices.Contains(readCalls, number) && isPipe(pid, fd, pipe):
				return reads
			case slices.Contains(pollCalls, number) && isPipe(pid, 0, pipe):
				found = maybe
			}
		}
	}
	return found
}

// members lists the processes of a group.
func members(group int) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// What stands in parentheses is the program's name, which may be anything; state, parent and group follow.
		fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
		if len(fields) > 2 && fields[2] == strconv.Itoa(group) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func isPipe(pid int, fd int64, pipe uint64) bool {
	target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
	return err == nil && target == fmt.Sprintf("pipe:[%d]", pipe)
}
