package kernel

import (
	"context"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// event tells the shell loop something that does not come from the shell socket.
type event struct {
	kind   eventKind
	shell  string // ended, finished
	failed bool   // ended: the cell failed
	change func(*shells) []effect
	seen   chan struct{} // ended, changed: closed when that is done
}

type eventKind int

const (
	ended     eventKind = iota // the running cell has ended and is not answered yet
	finished                   // the running job has been answered
	interrupt                  // somebody wants what runs to stop
	changed                    // shells come, go or are looked at
)

// serveShell is the shell loop: it owns the queues, feeds them events and performs their effects. Jobs run in goroutines, so
// the loop is always ready for the next event. It returns when the kernel is stopped and no job runs, or does not end.
func (k *kernel) serveShell() {
	cancels := map[string]func(){} // of the running job, by shell
	perform := func(effects []effect) {
		for _, e := range effects {
			switch {
			case e.start != nil:
				ctx, cancel := context.WithCancel(context.Background())
				cancels[e.shell] = cancel
				go k.work(ctx, e.shell, *e.start, e.count)
			case e.abort != nil:
				k.abort(*e.abort)
			case e.prepare != nil:
				k.prepare(*e.prepare)
			case e.cancel:
				cancels[e.shell]()
			}
		}
	}
	defer func() {
		for _, cancel := range cancels {
			cancel()
		}
	}()
	stopped := k.stopped
	var giveUp <-chan time.Time
	for stopped != nil || k.shells.running() {
		select {
		case frames := <-k.shell.Messages():
			perform(k.arrive(frames))
		case e := <-k.events:
			switch e.kind {
			case interrupt:
				perform(k.shells.interrupt())
			case changed:
				perform(e.change(k.shells))
				close(e.seen)
			case ended:
				// What has been received by now was sent before the failure was seen: it belongs behind this cell.
				for len(k.shell.Messages()) > 0 {
					perform(k.arrive(<-k.shell.Messages()))
				}
				k.shells.ended(e.shell, e.failed)
				close(e.seen)
			case finished:
				cancels[e.shell]()
				delete(cancels, e.shell)
				perform(k.shells.finish(e.shell))
			}
		case <-stopped:
			stopped = nil
			giveUp = time.After(cellGrace)
			perform(k.shells.stop())
		case <-giveUp:
			return
		}
	}
}

// tell gives an event to the shell loop; it returns at once when the loop has ended.
func (k *kernel) tell(e event) {
	select {
	case k.events <- e:
	case <-k.loopEnded:
	}
}

// tellAndWait gives an event to the shell loop and returns when that has taken care of it, or has ended.
func (k *kernel) tellAndWait(e event) {
	e.seen = make(chan struct{})
	k.tell(e)
	select {
	case <-e.seen:
	case <-k.loopEnded:
	}
}

// arrive turns a message into a job. Shutdown and interrupt belong on control since 5.4, but older front ends send the
// first here, and VS Code the second: they do not wait for what runs.
func (k *kernel) arrive(frames [][]byte) []effect {
	m := k.receive(wire.Shell, frames)
	if m == nil {
		return nil
	}
	shell := m.Header.SubshellID
	switch {
	case !k.shells.known(shell):
		k.during(m, func() { k.refuseShell(m) })
		return nil
	case m.Header.Type == "shutdown_request":
		k.during(m, func() {
			if err := k.shutdown(wire.Shell, m); err != nil {
				k.log.Printf("message on shell dropped: %v", err)
			}
		})
		return nil
	case m.Header.Type == "interrupt_request":
		var effects []effect
		k.during(m, func() {
			effects = k.shells.interrupt()
			k.reply(wire.Shell, m, wire.StatusReply{Status: "ok"})
		})
		return effects
	case m.Header.Type == "execute_request":
		r, err := wire.Parse[wire.ExecuteRequest](m)
		if err != nil {
			k.log.Printf("message on shell dropped: %v", err)
			return nil
		}
		return k.shells.arrive(shell, job{req: m, execute: &r})
	case shellRequests[m.Header.Type] == nil:
		k.log.Printf("message on shell dropped: unknown type %q", m.Header.Type)
		return nil
	}
	return k.shells.arrive(shell, job{req: m, comm: commKinds[m.Header.Type]})
}

// work does one job, in a goroutine of its own.
func (k *kernel) work(ctx context.Context, shell string, j job, count int) {
	k.during(j.req, func() {
		if j.execute != nil {
			k.execute(ctx, shell, j, count)
			return
		}
		if err := shellRequests[j.req.Header.Type](k, ctx, j.req); err != nil {
			k.log.Printf("message on shell dropped: %v", err)
		}
	})
	k.tell(event{kind: finished, shell: shell})
}

// abort answers for a cell that is not run. The reply has no number: front ends would write it beside the cell.
func (k *kernel) abort(j job) {
	k.during(j.req, func() {
		k.reply(wire.Shell, j.req, wire.StatusReply{Status: "aborted"})
	})
}

func (k *kernel) prepare(j job) {
	if e := k.engine.ready(); e != nil {
		go e.Prepare(j.execute.Code)
	}
}
