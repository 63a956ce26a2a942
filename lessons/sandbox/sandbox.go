package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Mode says what to do where a mechanism is missing.
type Mode int

const (
	Strict     Mode = iota // refuse
	BestEffort             // do without those that can be missed, and say so
	Container              // for root in a container: no namespaces, but a user of its own for each sandbox
)

// ParseMode reads "strict", "best-effort" or "container".
func ParseMode(s string) (Mode, error) {
	switch s {
	case "strict":
		return Strict, nil
	case "best-effort":
		return BestEffort, nil
	case "container":
		return Container, nil
	}
	return Strict, fmt.Errorf("sandbox mode %q: it is strict, best-effort or container", s)
}

// Access is what the sandbox may do with a folder of the machine.
type Access int

const (
	ReadOnly Access = iota
	Layered         // it may write, to a layer of its own that vanishes
	Empty           // the path is an empty folder that it may write to, whatever the machine has there
	Blank           // the path is an empty file, whatever the machine has there: for files that others lock, since who can read one can lock it. Mode Container leaves it as it is
)

// Dir is a folder or file that the sandbox has besides the system's programs, at the same path as outside.
type Dir struct {
	Path   string
	Access Access
}

// Limits of everything in the sandbox together, unless it is said otherwise. Zero takes the value of [DefaultLimits].
type Limits struct {
	Memory    int64         // bytes
	Disk      int64         // bytes in files it writes, which are in memory
	FileSize  int64         // bytes of one file
	Procs     int           // processes and threads
	Files     int           // open files of one process
	CPU       time.Duration // processor time of one process
	Wall      time.Duration // from start to end
	OutBytes  int64         // bytes written to Stdout and Stderr, and what the caller counts with [Process.Count]
	OutLines  int64         // lines, likewise
	OutPerSec int64         // bytes a second; who writes faster waits
}

// DefaultLimits are enough to compile and run what lessons ask for.
var DefaultLimits = Limits{
	Memory: 2 << 30, Disk: 1 << 30, FileSize: 256 << 20, Procs: 512, Files: 1024, CPU: 5 * time.Minute, Wall: 10 * time.Minute,
	OutBytes: 16 << 20, OutLines: 200_000, OutPerSec: 8 << 20,
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	return Limits{
		Memory: cmp.Or(l.Memory, d.Memory), Disk: cmp.Or(l.Disk, d.Disk), FileSize: cmp.Or(l.FileSize, d.FileSize),
		Procs: cmp.Or(l.Procs, d.Procs), Files: cmp.Or(l.Files, d.Files), CPU: cmp.Or(l.CPU, d.CPU), Wall: cmp.Or(l.Wall, d.Wall),
		OutBytes: cmp.Or(l.OutBytes, d.OutBytes), OutLines: cmp.Or(l.OutLines, d.OutLines), OutPerSec: cmp.Or(l.OutPerSec, d.OutPerSec),
	}
}

// Home is the home of the sandbox's user: an empty folder at first.
const Home = "/home/student"

// Command is what to run in a sandbox.
type Command struct {
	Argv           []string // the program's path and its arguments
	Env            []string // all of it
	Dir            string   // working directory; default: Home
	Stdin          *os.File // default: /dev/null
	Stdout, Stderr io.Writer
	Files          []*os.File // descriptors 3 and up
	Dirs           []Dir
	Limits         Limits
	Mode           Mode
}

// Mechanism is one of the things that a sandbox is made of.
type Mechanism string

const (
	MountNamespace   Mechanism = "mount namespace"
	PIDNamespace     Mechanism = "pid namespace"
	UserNamespace    Mechanism = "user namespace"
	NetworkNamespace Mechanism = "network namespace"
	IPCNamespace     Mechanism = "ipc namespace"
	UTSNamespace     Mechanism = "uts namespace"
	View             Mechanism = "file system view"
	Seccomp          Mechanism = "seccomp filter"
	Landlock         Mechanism = "landlock"
	Cgroup           Mechanism = "control group"
)

// Finding is what a try of one mechanism came to.
type Finding struct {
	Mechanism Mechanism
	Detail    string
	Err       error  // why it cannot be had
	Fallback  string // what stands in for it where it is missing, "" when nothing does
}

// needed are the mechanisms without which there is no sandbox in any mode.
var needed = []Mechanism{MountNamespace, PIDNamespace, View}

// LimitError says that a sandbox was ended because it used too much.
type LimitError struct {
	What string // "memory", "disk", "file size", "processor time", "wall clock", "output bytes" or "output lines"
	Max  string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the sandbox used more %s than its limit of %s", e.What, e.Max)
}

// Limit returns what there was too much of.
func (e *LimitError) Limit() string { return e.What }

func (l Limits) memory() *LimitError {
	return &LimitError{"memory", fmt.Sprintf("%d MiB", l.Memory>>20)}
}
func (l Limits) disk() *LimitError { return &LimitError{"disk", fmt.Sprintf("%d MiB", l.Disk>>20)} }

// UnsupportedError names what a sandbox needs and this machine does not have.
type UnsupportedError struct{ Missing []Finding }

func (e *UnsupportedError) Error() string {
	var why []string
	for _, f := range e.Missing {
		why = append(why, fmt.Sprintf("%s (%v)", f.Mechanism, f.Err))
	}
	return "this machine has no sandbox: it lacks " + strings.Join(why, ", ")
}

// ErrUnsupported is in the errors of systems other than Linux.
var ErrUnsupported = errors.New("sandboxes need Linux")

// ExitError is a command that ended by itself, but not well.
type ExitError struct {
	Code   int    // -1 after a signal
	Signal string // which
}

func (e *ExitError) Error() string {
	if e.Signal != "" {
		return "the command was ended by " + e.Signal
	}
	return fmt.Sprintf("the command exited with %d", e.Code)
}
