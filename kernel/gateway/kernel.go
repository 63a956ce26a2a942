package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// The states of a kernel. Of these, clients hear dead from the gateway, and restarting if nobody has asked for that; the others from the kernel itself.
const (
	starting   = "starting"
	idle       = "idle"
	busy       = "busy"
	restarting = "restarting"
	dead       = "dead"
)

// A kernel that has ended unasked so often, each time within that time of its start, is not started again.
const (
	maxCrashes = 3
	shortLife  = 10 * time.Second
)

// errGone says that a kernel has been shut down, or has died for good.
var errGone = errors.New("the kernel is gone")

// kernel is what a client knows by an id: one process, and another after a restart or a crash.
type kernel struct {
	id, dir string
	launch  func(ctx context.Context, dir string) (*process, error)
	now     func() time.Time
	logf    func(format string, args ...any)
	life    context.Context // of starts: it ends when the kernel is shut down
	end     func()
	ended   chan struct{} // closed when no process runs, none will, and the pool does not list it
	written transcript    // what its cells show

	mu      sync.Mutex
	proc    *process // nil while none is registered
	state   string
	changed chan struct{} // closed, and replaced, when proc or state is set, or a client leaves
	leaving bool          // shut down on purpose
	crashes int
	active  time.Time // of the last message in either direction
	clients int
	left    time.Time // when the last client left
}

func newKernel(id, dir string, p *pool) *kernel {
	now := p.now()
	life, end := context.WithCancel(context.Background())
	return &kernel{
		id: id, dir: dir, launch: p.launch, now: p.now, logf: p.cfg.Logf, life: life, end: end, ended: make(chan struct{}),
		state: starting, changed: make(chan struct{}), active: now, left: now, written: transcript{now: p.now},
	}
}

// run is the life of a kernel. The first process must have started.
func (k *kernel) run(p *process) {
	for p != nil {
		if !k.admit(p) {
			p.kill()
			break
		}
		born := k.now()
		k.follow(p)
		<-p.exited
		k.written.over()
		p = k.next(p, k.now().Sub(born))
	}
	k.set(nil, dead)
}

// admit makes a process the kernel's, unless the kernel was shut down while it started.
func (k *kernel) admit(p *process) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.leaving {
		k.setLocked(p, idle)
	}
	return !k.leaving
}

// follow keeps state and activity up to date until the process ends.
func (k *kernel) follow(p *process) {
	defer p.iopub.Close()
	for {
		frames, err := p.iopub.Receive()
		if err != nil {
			return
		}
		m, err := p.codec.Decode(frames)
		if err != nil {
			k.logf("kernel %s: %v", k.id, err)
			continue
		}
		k.touch()
		k.written.said(m)
		if s, err := wire.Parse[wire.Status](m); err == nil && m.Header.Type == "status" && (s.State == idle || s.State == busy) {
			k.set(p, s.State)
		}
	}
}

// next is the process after one that has ended, nil when there is none.
func (k *kernel) next(old *process, lived time.Duration) *process {
	asked := old.asked.Load()
	k.mu.Lock()
	leaving := k.leaving
	if asked || lived > shortLife {
		k.crashes = 0
	}
	if !asked {
		k.crashes++
	}
	crashes := k.crashes
	k.mu.Unlock()
	if !leaving && !asked {
		k.logf("kernel %s ended: %v", k.id, old.cmd.ProcessState)
	}
	if leaving || crashes > maxCrashes {
		return nil
	}
	k.set(nil, restarting)
	p, err := k.start(k.life)
	if err != nil {
		k.logf("kernel %s: %v", k.id, err)
		return nil
	}
	return p
}

// start starts a process, unless the context ends before it has, or the kernel is shut down.
func (k *kernel) start(ctx context.Context) (*process, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(k.life, func() { stop(errGone) })()
	p, err := k.launch(ctx, k.dir)
	if err != nil && k.life.Err() != nil {
		return nil, errGone
	}
	return p, err
}

func (k *kernel) set(p *process, state string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.setLocked(p, state)
}

func (k *kernel) setLocked(p *process, state string) {
	k.proc, k.state = p, state
	k.tellLocked()
}

func (k *kernel) tellLocked() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// touch notes that the kernel is used.
func (k *kernel) touch() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.active = k.now()
}

// process waits for one that runs, and is not old.
func (k *kernel) process(ctx context.Context, old *process) (*process, error) {
	for {
		k.mu.Lock()
		p, state, leaving, changed := k.proc, k.state, k.leaving, k.changed
		k.mu.Unlock()
		switch {
		case leaving || state == dead:
			return nil, errGone
		case p != nil && p != old:
			return p, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// restart ends the process and returns when another runs.
func (k *kernel) restart(ctx context.Context) error {
	p, err := k.process(ctx, nil)
	if err != nil {
		return err
	}
	p.stop(ctx, true)
	_, err = k.process(ctx, p)
	return err
}

func (k *kernel) interrupt(ctx context.Context) error {
	p, err := k.process(ctx, nil)
	if err != nil {
		return err
	}
	return p.interrupt(ctx)
}

// shutdown returns when the process is gone.
func (k *kernel) shutdown(ctx context.Context) {
	k.mu.Lock()
	k.leaving = true
	p := k.proc
	k.mu.Unlock()
	k.end()
	if p != nil {
		p.stop(ctx, false)
	}
	<-k.ended
}

func (k *kernel) clientJoined() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clients++
}

func (k *kernel) clientLeft() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clients--
	k.left = k.now()
	k.tellLocked()
}

// deserted waits until no client is left, or the context ends.
func (k *kernel) deserted(ctx context.Context) {
	for {
		k.mu.Lock()
		clients, changed := k.clients, k.changed
		k.mu.Unlock()
		if clients == 0 {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// idleSince is since when a kernel has had nothing to do; false while it has.
func (k *kernel) idleSince() (time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.active, k.state == idle
}

// unusedSince is since when an idle kernel has had no clients; false while it has some.
func (k *kernel) unusedSince() (time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	since := k.left
	if k.active.After(since) {
		since = k.active
	}
	return since, k.state == idle && k.clients == 0
}

// kernelModel is a kernel as REST shows it.
type kernelModel struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	LastActivity string `json:"last_activity"`
	State        string `json:"execution_state"`
	Connections  int    `json:"connections"`
}

func (k *kernel) model(name string) kernelModel {
	k.mu.Lock()
	defer k.mu.Unlock()
	return kernelModel{ID: k.id, Name: name, LastActivity: stamp(k.active), State: k.state, Connections: k.clients}
}

// stamp is a time as Jupyter writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
