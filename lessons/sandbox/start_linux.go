package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Process is a sandbox that runs. Its methods may be called from any goroutine.
type Process struct {
	cmd     *exec.Cmd
	control *os.File
	group   *cgroup // nil where there is none
	limits  Limits
	meter   *meter
	without []Finding
	box     string // "" when there is a view

	ended chan struct{} // closed when all of it is gone
	err   error         // what Wait returns then

	mu    sync.Mutex
	limit *LimitError // why it was ended from outside
}

// Start starts a command in a sandbox, and returns when it runs there. The sandbox ends with the context. The error is an
// [UnsupportedError] when the machine lacks what the mode needs; all errors are trouble of the machine's or the caller's: the command has not
// run.
func Start(ctx context.Context, c Command) (*Process, error) {
	if len(c.Argv) == 0 {
		return nil, errors.New("sandbox: no command")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.Mode == Container {
		p, without, err := contain(&c, missing())
		if err != nil {
			return nil, err
		}
		b, err := p.run(ctx, &c, without)
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(p.Box))
		}
		return b, nil
	}
	without, err := c.Mode.accept(missing())
	if err != nil {
		return nil, err
	}
	p, err := newPlan(&c)
	if err != nil {
		return nil, err
	}
	for _, f := range without {
		p.Skip = append(p.Skip, f.Mechanism)
	}
	return p.run(ctx, &c, without)
}

// Lacking says what sandboxes of a mode do without on this machine. The error says that there are none.
func Lacking(m Mode) ([]Finding, error) {
	if m == Container {
		return bare(missing())
	}
	return m.accept(missing())
}

// accept says what a sandbox does without, or why there is none.
func (m Mode) accept(missing []Finding) ([]Finding, error) {
	fatal := slices.DeleteFunc(slices.Clone(missing), func(f Finding) bool {
		return f.Fallback != "" || m == BestEffort && !slices.Contains(needed, f.Mechanism)
	})
	if len(fatal) > 0 {
		return nil, &UnsupportedError{fatal}
	}
	return missing, nil
}

// collectNothing is the environment of stages: they allocate little, and each garbage collection of theirs would be a waste.
const collectNothing = "GOGC=off"

// run starts the first stage and has it carry out the plan.
func (p *plan) run(ctx context.Context, c *Command, without []Finding) (*Process, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("start a sandbox: %w", err)
	}
	b := &Process{control: ours, limits: p.Limits, without: without, box: p.Box, ended: make(chan struct{})}
	b.meter = &meter{max: p.Limits, over: b.end, stop: b.ended}
	b.cmd = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{firstStage}, Env: []string{collectNothing}, Dir: "/",
		Stdout: metered{b.meter, c.Stdout}, Stderr: metered{b.meter, c.Stderr},
		ExtraFiles:  append([]*os.File{theirs}, c.Files...),
		SysProcAttr: p.attributes(),
		WaitDelay:   5 * time.Second,
	}
	if c.Stdin != nil {
		b.cmd.Stdin = c.Stdin
	}
	if p.has(Cgroup) {
		if b.group, err = newCgroup(p.Limits); err != nil {
			ours.Close()
			theirs.Close()
			return nil, fmt.Errorf("start a sandbox: %w", err)
		}
	}
	err = b.cmd.Start()
	theirs.Close() // now only the sandbox has it: its end is heard
	if err != nil {
		ours.Close()
		b.group.remove()
		return nil, fmt.Errorf("start a sandbox: %w", err)
	}
	said := json.NewDecoder(ours)
	if err := b.begin(p, said); err != nil && !b.ending() {
		b.kill()
		b.cmd.Wait()
		b.group.remove()
		ours.Close()
		return nil, fmt.Errorf("start a sandbox: %w", err)
	}
	b.watch(ctx)
	go b.group.watch(b.ended, func() { b.end(b.limits.memory()) })
	go b.wait(said)
	return b, nil
}

// ending reports whether a limit was met already, which a command can do before it is known to run.
func (b *Process) ending() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit != nil
}

// attributes are the namespaces of the first stage. Root makes them as it is; others become root in a user namespace, so to
// speak: with capabilities there, and there alone.
func (p *plan) attributes() *syscall.SysProcAttr {
	if p.Box != "" {
		return &syscall.SysProcAttr{Setsid: true}
	}
	a := &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	for m, flag := range namespaceFlags {
		if p.has(m) {
			a.Cloneflags |= flag
		}
	}
	if os.Geteuid() == 0 {
		a.Cloneflags &^= syscall.CLONE_NEWUSER // the second stage makes one
		return a
	}
	mapOwnUser(a)
	return a
}

// begin puts the first stage into its control group, hands it the plan, and waits until the command runs.
func (b *Process) begin(p *plan, said *json.Decoder) error {
	if err := b.group.add(b.cmd.Process.Pid); err != nil {
		return err
	}
	if err := json.NewEncoder(b.control).Encode(p); err != nil {
		return fmt.Errorf("tell the plan: %w", err)
	}
	b.control.SetReadDeadline(time.Now().Add(time.Minute)) // a folder may have to be copied
	var r report
	if err := said.Decode(&r); err != nil {
		return fmt.Errorf("the first stage is gone: %w", err)
	}
	b.control.SetReadDeadline(time.Time{})
	if !r.Started {
		return errors.New(r.Error)
	}
	return nil
}

// watch ends the sandbox when its time is up or the context ends.
func (b *Process) watch(ctx context.Context) {
	alarm := time.AfterFunc(b.limits.Wall, func() { b.end(&LimitError{"wall clock", b.limits.Wall.String()}) })
	stop := context.AfterFunc(ctx, b.kill)
	go func() {
		<-b.ended
		alarm.Stop()
		stop()
	}()
}

// wait collects how the command ended, after everything in its sandbox has.
func (b *Process) wait(said *json.Decoder) {
	var r report
	err := said.Decode(&r)
	b.cmd.Wait() // of process 1: the kernel has ended all others by then
	b.control.Close()
	if hit := b.group.hit(); hit != "" && (r.Code != 0 || r.Signal != "" || err != nil) {
		r.Limit = hit
	}
	b.group.remove()
	if b.box != "" {
		os.RemoveAll(b.box)
	}
	b.err = b.verdict(r, err)
	close(b.ended)
}

// verdict is how a sandbox ended, from why it was killed and what its first stage said.
func (b *Process) verdict(r report, err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.limit != nil:
		return b.limit
	case r.Limit == "memory":
		return b.limits.memory()
	case r.Limit == "disk":
		return b.limits.disk()
	case err != nil:
		return &ExitError{Code: -1, Signal: "SIGKILL"}
	case r.Signal == "SIGXCPU" || r.Signal == "SIGKILL" && r.CPU >= b.limits.CPU:
		return &LimitError{"processor time", b.limits.CPU.String()}
	case r.Signal == "SIGXFSZ":
		return &LimitError{"file size", fmt.Sprintf("%d MiB", b.limits.FileSize>>20)}
	case r.Signal != "":
		return &ExitError{Code: -1, Signal: r.Signal}
	case r.Code != 0:
		return &ExitError{Code: r.Code}
	}
	return nil
}

// end kills the sandbox for a limit; the first one counts.
func (b *Process) end(l *LimitError) {
	b.mu.Lock()
	if b.limit == nil {
		b.limit = l
	}
	b.mu.Unlock()
	b.kill()
}

// kill ends process 1, and with it the others. Where these are in no namespace of their own, the first stage has to end them.
func (b *Process) kill() {
	if b.box != "" {
		b.cmd.Process.Signal(syscall.SIGTERM)
		return
	}
	b.cmd.Process.Kill()
}

// Wait waits until the command has ended, and all processes of the sandbox with it. The error is nil, an [ExitError] or a
// [LimitError].
func (b *Process) Wait() error {
	<-b.ended
	return b.err
}

// Kill ends the sandbox at once, and waits for it.
func (b *Process) Kill() {
	b.kill()
	<-b.ended
}

// Exceeded ends the sandbox for a limit that the caller keeps, and waits for it.
func (b *Process) Exceeded(what, limit string) error {
	b.end(&LimitError{what, limit})
	return b.Wait()
}

// Count counts output that the caller took from the sandbox in its own way, and waits where it came too fast. When it was too
// much, the sandbox ends and the result is false.
func (b *Process) Count(bytes, lines int64) bool { return b.meter.count(bytes, lines) }

// Without returns the mechanisms that this sandbox does without, and what stands in for them.
func (b *Process) Without() []Finding { return slices.Clone(b.without) }

// socketPair returns two ends of a stream. Reads of the first may have deadlines.
func socketPair() (ours, theirs *os.File, err error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	syscall.SetNonblock(pair[0], true)
	return os.NewFile(uintptr(pair[0]), "sandbox"), os.NewFile(uintptr(pair[1]), "control"), nil
}
