package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var namespaceFlags = map[Mechanism]uintptr{
	MountNamespace: syscall.CLONE_NEWNS, PIDNamespace: syscall.CLONE_NEWPID, UserNamespace: syscall.CLONE_NEWUSER,
	NetworkNamespace: syscall.CLONE_NEWNET, IPCNamespace: syscall.CLONE_NEWIPC, UTSNamespace: syscall.CLONE_NEWUTS,
}

// Probe tries each mechanism out, then all of them together: the last finding, the view, is a sandbox that has run a command.
func Probe(ctx context.Context) []Finding {
	found := tryParts()
	without, err := BestEffort.accept(lacking(found))
	if err != nil {
		f := Finding{Mechanism: View, Err: err}
		if tryContainer(ctx) == nil {
			f.Fallback = "users of their own, in mode container"
		}
		return append(found, f)
	}
	return append(found, tryView(ctx, without))
}

// missing are the mechanisms that this machine lacks. It does not change while a program runs.
var missing = sync.OnceValue(func() []Finding { return lacking(tryParts()) })

func lacking(found []Finding) []Finding {
	var lack []Finding
	for _, f := range found {
		if f.Err != nil {
			lack = append(lack, f)
		}
	}
	return lack
}

// tryParts tries what a sandbox is made of, piece by piece.
func tryParts() []Finding {
	var found []Finding
	for _, m := range []Mechanism{UserNamespace, MountNamespace, PIDNamespace, NetworkNamespace, IPCNamespace, UTSNamespace} {
		found = append(found, tryNamespace(m))
	}
	for _, m := range []Mechanism{Seccomp, Landlock} {
		f := Finding{Mechanism: m}
		f.Detail, f.Err = runProbe(m, &syscall.SysProcAttr{})
		found = append(found, f)
	}
	return append(found, tryCgroup())
}

// tryNamespace starts a process in a namespace of that kind.
func tryNamespace(m Mechanism) Finding {
	attr := &syscall.SysProcAttr{Cloneflags: namespaceFlags[m]}
	if m == UserNamespace || os.Geteuid() != 0 {
		mapOwnUser(attr)
	}
	_, err := runProbe(m, attr)
	return Finding{Mechanism: m, Err: err, Detail: "a process was started in one"}
}

// mapOwnUser adds a user namespace in which the caller has all capabilities that a sandbox needs, under the number of the sandbox's user.
func mapOwnUser(attr *syscall.SysProcAttr) {
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Getegid(), Size: 1}}
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP, unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_SYS_PTRACE, unix.CAP_DAC_OVERRIDE, unix.CAP_CHOWN, unix.CAP_KILL}
}

// runProbe runs this program in its stage for one mechanism.
func runProbe(m Mechanism, attr *syscall.SysProcAttr) (string, error) {
	var said, failed bytes.Buffer
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{probeStage, string(m)}, Env: []string{}, SysProcAttr: attr, Stdout: &said, Stderr: &failed}
	err := cmd.Run()
	if err != nil && failed.Len() > 0 {
		err = errors.New(strings.TrimSpace(failed.String()))
	}
	return strings.TrimSpace(said.String()), err
}

// probed is the stage of one mechanism: it puts it to work on itself and looks whether it holds.
func probed(m Mechanism) error {
	runtime.LockOSThread()
	switch m {
	case Seccomp:
		return probeSeccomp()
	case Landlock:
		return probeLandlock()
	}
	return nil // a namespace: we are in it
}

func probeSeccomp() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := filterCalls(true); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_FS); err != unix.EPERM {
		return fmt.Errorf("a call that the filter refuses came to %v", err)
	}
	fmt.Println("a call was refused")
	return nil
}

func probeLandlock() error {
	version, err := landlockVersion()
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := restrict(nil, nil); err != nil {
		return err
	}
	if f, err := os.OpenFile("/dev/null", os.O_WRONLY, 0); err == nil {
		f.Close()
		return errors.New("a file that it locks was opened")
	}
	fmt.Printf("version %d, a write was refused\n", version)
	return nil
}

func tryCgroup() Finding {
	f := Finding{Mechanism: Cgroup, Fallback: "resource limits of each process, and a count of the memory of all"}
	g, err := newCgroup(DefaultLimits)
	if err != nil {
		f.Err = err
		return f
	}
	g.remove()
	f.Detail = fmt.Sprintf("version %d, a group was made with limits", g.version)
	return f
}

// tryContainer runs a command in a sandbox that needs no namespaces.
func tryContainer(ctx context.Context) error {
	b, err := Start(ctx, Command{Argv: []string{"/bin/true"}, Mode: Container})
	if err != nil {
		return err
	}
	return b.Wait()
}

// tryView runs a command in a sandbox.
func tryView(ctx context.Context, without []Finding) Finding {
	f := Finding{Mechanism: View}
	start := time.Now()
	c := Command{Argv: []string{"/bin/true"}}
	p, err := newPlan(&c)
	if err == nil {
		for _, w := range without {
			p.Skip = append(p.Skip, w.Mechanism)
		}
		var b *Process
		if b, err = p.run(ctx, &c, without); err == nil {
			err = b.Wait()
		}
	}
	f.Err = err
	f.Detail = fmt.Sprintf("a command ran in a sandbox, %s in all", time.Since(start).Round(time.Millisecond))
	return f
}
