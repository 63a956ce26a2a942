package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// cheats are what runs in the sandbox, by name. Each says in a line what it came to: an errno, or what it has got.
var cheats = map[string]func(args []string) string{
	"exit":      func([]string) string { os.Exit(3); return "" },
	"args":      func(args []string) string { return strings.Join(args, " ") },
	"environ":   func([]string) string { return strings.ReplaceAll(read("/proc/self/environ"), "\x00", ";") },
	"read":      func(args []string) string { return read(args[0]) },
	"write":     func(args []string) string { return write(args[0]) },
	"lock":      func(args []string) string { return lock(args[0]) },
	"list":      func(args []string) string { return list(args[0]) },
	"rights":    func([]string) string { return rights() },
	"open":      func([]string) string { return inherited() },
	"processes": func([]string) string { return processes() },

	"ptrace":   func([]string) string { return name(unix.PtraceAttach(1)) },
	"readv":    func([]string) string { return readv() },
	"mem":      func([]string) string { return reach(os.OpenFile("/proc/1/mem", os.O_RDWR, 0)) },
	"root":     func([]string) string { return read("/proc/1/root/etc/shadow") },
	"killall":  func([]string) string { return name(unix.Kill(-1, unix.SIGKILL)) },
	"kill":     func(args []string) string { return name(unix.Kill(number(args[0]), unix.SIGKILL)) },
	"mount":    func([]string) string { return name(unix.Mount("x", "/tmp", "tmpfs", 0, "")) },
	"unshare":  func([]string) string { return name(unix.Unshare(unix.CLONE_NEWUSER)) },
	"userns":   func([]string) string { return name(runIn(unix.CLONE_NEWUSER)) },
	"setuid":   func([]string) string { return name(unix.Setresuid(0, 0, 0)) },
	"memfd":    func([]string) string { _, err := unix.MemfdCreate("x", 0); return name(err) },
	"keyctl":   func([]string) string { _, err := unix.KeyctlGetKeyringID(-3, true); return name(err) },
	"bpf":      func([]string) string { _, _, e := unix.Syscall(unix.SYS_BPF, 0, 0, 0); return name(e) },
	"uring":    func([]string) string { _, _, e := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0); return name(e) },
	"inotify":  func([]string) string { _, err := unix.InotifyInit1(0); return name(err) },
	"aio":      func([]string) string { return aio() },
	"sync":     func([]string) string { _, _, e := unix.Syscall(unix.SYS_SYNC, 0, 0, 0); return name(e) },
	"limit":    func(args []string) string { return limit(args[0]) },
	"newer":    func([]string) string { _, _, e := unix.Syscall(9999, 0, 0, 0); return name(e) },
	"vsock":    func([]string) string { return socket(unix.AF_VSOCK) },
	"netlink":  func([]string) string { return socket(unix.AF_NETLINK) },
	"dial":     func(args []string) string { return dial(args[0], args[1]) },
	"loopback": func([]string) string { return loopback() },

	"forks":   func([]string) string { return forks() },
	"memory":  func([]string) string { return memory() },
	"shared":  func([]string) string { return shared() },
	"herd":    func([]string) string { return herd() },
	"file":    func([]string) string { return bigFile() },
	"disk":    func([]string) string { return fill(os.TempDir(), 1<<20) },
	"inodes":  func([]string) string { return fill(os.Getenv("HOME"), 0) },
	"bytes":   func([]string) string { return flood(strings.Repeat("x", 1<<16)) },
	"lines":   func([]string) string { return flood("\n") },
	"loop":    func([]string) string { return loop() },
	"sleep":   func([]string) string { forever(); return "" },
	"daemon":  func(args []string) string { return daemon(args[0]) },
	"symlink": func(args []string) string { return symlink(args[0]) },
}

// name is the name of an errno.
func name(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &errno) && errno == 0:
		return "done"
	case errors.As(err, &errno):
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

func reach(f *os.File, err error) string {
	if err == nil {
		f.Close()
	}
	return name(err)
}

func read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return name(err)
	}
	return string(data)
}

func write(path string) string { return name(os.WriteFile(path, []byte("forged"), 0o644)) }

func lock(path string) string {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	return name(err)
}

func list(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return name(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func number(s string) (n int) {
	fmt.Sscan(s, &n)
	return n
}

// rights are the lines of what a process may do.
func rights() string {
	var lines []string
	for line := range strings.Lines(read("/proc/self/status")) {
		switch f := strings.Fields(line); f[0] {
		case "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:":
			lines = append(lines, f[1])
		}
	}
	return strings.Join(lines, " ")
}

// limit is what /proc says of one.
func limit(name string) string {
	for line := range strings.Lines(read("/proc/self/limits")) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.Join(strings.Fields(rest)[:2], " ")
		}
	}
	return "none"
}

// aio asks for as many places for asynchronous input and output as the machine has for all.
func aio() string {
	var context uintptr
	_, _, e := unix.Syscall(unix.SYS_IO_SETUP, 1<<15, uintptr(unsafe.Pointer(&context)), 0)
	return name(e)
}

// inherited reads what descriptors it finds.
func inherited() string {
	for fd := 4; fd < 200; fd++ { // 3 is the test's own pipe
		buf := make([]byte, 20)
		if n, _ := unix.Pread(fd, buf, 0); n > 0 {
			return string(buf[:n])
		}
	}
	return "none"
}

// processes counts those that /proc shows.
func processes() string {
	found, _ := filepath.Glob("/proc/[0-9]*")
	return fmt.Sprint(len(found))
}

func readv() string {
	buf := make([]byte, 8)
	local := []unix.Iovec{{Base: &buf[0], Len: 8}}
	remote := []unix.RemoteIovec{{Base: uintptr(unsafe.Pointer(&buf[0])), Len: 8}}
	_, err := unix.ProcessVMReadv(1, local, remote, 0)
	return name(err)
}

func runIn(flags uintptr) error {
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	return cmd.Run()
}

func socket(family int) string {
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.Close(fd)
	}
	return name(err)
}

func dial(network, address string) string {
	c, err := net.DialTimeout(network, address, 5*time.Second)
	if err == nil {
		c.Close()
	}
	return name(err)
}

// loopback is no cheat: tests of servers do it.
func loopback() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err.Error()
	}
	return dial("tcp", l.Addr().String())
}

// forks starts processes until that is refused.
func forks() string {
	for n := 0; ; n++ {
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			if n < 2 {
				return fmt.Sprintf("only %d: %v", n, err)
			}
			return name(err)
		}
	}
}

// touch has memory in use.
func touch(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
}

// taken is memory that is in use.
var taken [][]byte

func memory() string {
	for {
		b := make([]byte, 16<<20)
		touch(b)
		taken = append(taken, b)
	}
}

// forever waits for a signal that nobody sends.
func forever() {
	for {
		unix.Ppoll(nil, nil, nil)
	}
}

// shared takes memory that no process owns.
func shared() string {
	for {
		b, err := unix.Mmap(-1, 0, 16<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANON)
		if err != nil {
			return name(err)
		}
		touch(b)
	}
}

// herd has many processes, each of which takes less than the limit.
func herd() string {
	for range 6 {
		if err := exec.Command(os.Args[0], "cheat", "third").Start(); err != nil {
			return name(err)
		}
	}
	forever()
	return ""
}

func init() {
	cheats["third"] = func([]string) string {
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // and hides
		touch(make([]byte, 40<<20))
		forever()
		return ""
	}
}

func bigFile() string {
	f, err := os.Create(os.TempDir() + "/big")
	if err != nil {
		return name(err)
	}
	for block := make([]byte, 1<<20); ; {
		if _, err := f.Write(block); err != nil {
			return name(err)
		}
	}
}

// fill makes files of that size until there is no more room.
func fill(dir string, size int) string {
	block := make([]byte, size)
	for i := 0; ; i++ {
		if err := os.WriteFile(fmt.Sprintf("%s/%d", dir, i), block, 0o644); err != nil {
			return name(err)
		}
	}
}

func flood(s string) string {
	for block := bytes.Repeat([]byte(s), 100); ; {
		os.Stdout.Write(block)
	}
}

func loop() string {
	for i := 0; ; i++ {
		if i < 0 {
			return "around"
		}
	}
}

// daemon leaves a process behind that has left its session and its parent.
func daemon(mark string) string {
	return name(exec.Command("/bin/sh", "-c", "setsid sh -c 'sleep "+mark+" & sleep "+mark+"' & sleep 0").Run())
}

func symlink(to string) string {
	if err := os.Symlink(to, os.TempDir()+"/link"); err != nil {
		return name(err)
	}
	return read(os.TempDir() + "/link")
}
