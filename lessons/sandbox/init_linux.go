package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The names under which this program is run as a stage.
const (
	firstStage  = "resident-sandbox-1"
	secondStage = "resident-sandbox-2"
	probeStage  = "resident-sandbox-probe"
)

// Stage becomes a stage of a sandbox, and does not return, when this process was started as one. A program that uses the package
// calls it first of all.
func Stage() {
	var err error
	switch os.Args[0] {
	case firstStage:
		err = first()
	case secondStage:
		err = second(os.Args[1])
	case probeStage:
		err = probed(Mechanism(os.Args[1]))
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// report is what the first stage says to the caller, one line each: that the command runs, or why not, and how it ended.
type report struct {
	Started bool
	Error   string
	Exited  bool
	Code    int
	Signal  string
	Limit   string
	CPU     time.Duration // that the command used, without what it started
}

// controlFD is the first stage's end of the socket to the caller.
const controlFD = 3

// first is process 1 of the sandbox: it builds the view, starts the command, waits for it, and ends. With it all processes in its
// namespace end, and so they do when the caller closes its end of the socket, by dying for instance.
func first() error {
	unix.CloseOnExec(controlFD)
	control := os.NewFile(controlFD, "control")
	say := json.NewEncoder(control)
	in := json.NewDecoder(control)
	var p plan
	if err := in.Decode(&p); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	end := func() { os.Exit(1) } // and with process 1 of a namespace all others
	if p.Box != "" {
		if err := p.keepTogether(); err != nil {
			return say.Encode(report{Error: err.Error()})
		}
		end = func() { p.sweep(); os.Exit(1) }
	}
	go func() {
		io.Copy(io.Discard, control)
		end()
	}()
	child, err := p.start()
	if err != nil {
		return say.Encode(report{Error: err.Error()})
	}
	if err := say.Encode(report{Started: true}); err != nil {
		return err
	}
	go p.watch(func(limit string) {
		say.Encode(report{Exited: true, Limit: limit})
		end()
	})
	status, used, err := reap(child)
	if err != nil {
		return err
	}
	if p.Box != "" {
		p.sweep()
	}
	r := report{Exited: true, Code: status.ExitStatus(), CPU: used}
	if status.Signaled() {
		r.Signal = unix.SignalName(status.Signal())
	}
	return say.Encode(r)
}

// reap waits for the command, and meanwhile for all processes that lost their parents.
func reap(child int) (status syscall.WaitStatus, used time.Duration, err error) {
	for {
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, 0, &usage)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return status, 0, fmt.Errorf("wait for the command: %w", err)
		}
		if pid == child && (status.Exited() || status.Signaled()) {
			return status, time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
		}
	}
}

// start sets the sandbox up and starts the command in it.
func (p *plan) start() (pid int, err error) {
	if v := (view{plan: p}); p.Box == "" {
		if err := v.build(); err != nil {
			return 0, err
		}
	}
	if p.has(UTSNamespace) {
		if err := unix.Sethostname([]byte("sandbox")); err != nil {
			return 0, fmt.Errorf("set the host name: %w", err)
		}
	}
	if p.has(NetworkNamespace) {
		if err := loopbackUp(); err != nil {
			return 0, fmt.Errorf("bring up the loopback device: %w", err)
		}
	}
	if os.Geteuid() == 0 {
		if err := syscall.Setgroups(nil); err != nil {
			return 0, fmt.Errorf("leave root's groups: %w", err)
		}
	}
	return p.startSecond()
}

// startSecond starts the second stage in a user namespace of its own, and waits until it has become the command. Since the other
// namespaces do not belong to that one, nothing in it may change them.
func (p *plan) startSecond() (int, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return 0, err
	}
	failedR, failedW, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer failedR.Close()
	files := []uintptr{0, 1, 2}
	for i := range p.Files {
		files = append(files, uintptr(controlFD+1+i))
	}
	files = append(files, failedW.Fd()) // closed when the command begins
	attr := &syscall.ProcAttr{Dir: "/", Env: []string{collectNothing}, Files: files, Sys: &syscall.SysProcAttr{
		Setsid: true, Credential: &syscall.Credential{Uid: insideID, Gid: insideID, NoSetGroups: true}, AmbientCaps: []uintptr{unix.CAP_SETPCAP},
	}}
	if p.has(UserNamespace) {
		attr.Sys.Cloneflags = syscall.CLONE_NEWUSER
		attr.Sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: p.ID, Size: 1}}
		attr.Sys.GidMappings = attr.Sys.UidMappings
	} else {
		attr.Sys.Credential = &syscall.Credential{Uid: uint32(p.ID), Gid: uint32(p.ID)}
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{secondStage, string(data)}, attr)
	failedW.Close()
	if err != nil {
		return 0, fmt.Errorf("start the second stage: %w", err)
	}
	// From now on nobody may look into this process. Before, its child's user could not have been set.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("close the first stage to others: %w", err)
	}
	why, err := io.ReadAll(failedR)
	if err == nil && len(why) > 0 {
		err = errors.New(string(bytes.TrimSpace(why)))
	}
	return pid, err
}

// loopbackUp lets the sandbox talk to itself, as tests of servers do.
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(uint16(unix.IFF_UP | unix.IFF_RUNNING))
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return err
	}
	if i, err := net.InterfaceByName("lo"); err != nil || i.Flags&net.FlagUp == 0 {
		return fmt.Errorf("it is down (%v)", err)
	}
	return nil
}
