package kernel

import (
	"context"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// event tells the shell loop something that does not come from the shell socket.
type event struct {
	kind   eventKind
	failed bool          // ended: the cell failed
	seen   chan struct{} // ended: closed when the queue knows
}

type eventKind int

const (
	ended     eventKind = iota // the running cell has ended and is not answered yet
	finished                   // the running job has been answered
	interrupt                  // somebody wants the running cell to stop
)

// serveShell is the shell loop: it owns the queue, feeds it events and performs its effects. Jobs run in goroutines, so
// the loop is always ready for the next event. It returns when the kernel is stopped and no job runs, or does not end.
func (k *kernel) serveShell() {
	cancel := func() {} // of the running job
	perform := func(effects []effect) {
		for _, e := range effects {
			switch {
			case e.start != nil:
				var ctx context.Context
				ctx, cancel = context.WithCancel(context.Background())
				go k.work(ctx, *e.start, e.count)
			case e.abort != nil:
				k.abort(*e.abort, e.count)
			case e.prepare != nil:
				k.prepare(*e.prepare)
			case e.cancel:
				cancel()
			}
		}
	}
	defer func() { cancel() }()
	stopped := k.stopped
	var giveUp <-chan time.Time
	for stopped != nil || k.queue.running != nil {
		select {
		case frames := <-k.shell.Messages():
			perform(k.arrive(frames))
		case e := <-k.events:
			switch e.kind {
			case interrupt:
				perform(k.queue.interrupt())
			case ended:
				// What has been received by now was sent before the failure was seen: it belongs behind this cell.
				for len(k.shell.Messages()) > 0 {
					perform(k.arrive(<-k.shell.Messages()))
				}
				k.queue.ended(e.failed)
				close(e.seen)
			case finished:
				cancel()
				perform(k.queue.finish())
			}
		case <-stopped:
			stopped = nil
			giveUp = time.After(cellGrace)
			perform(k.queue.stop())
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

// cellEnded lets the queue know how a cell ended, before the front end does.
func (k *kernel) cellEnded(failed bool) {
	e := event{kind: ended, failed: failed, seen: make(chan struct{})}
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
	switch {
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
			effects = k.queue.interrupt()
			k.reply(wire.Shell, m, wire.StatusReply{Status: "ok"})
		})
		return effects
	case m.Header.Type == "execute_request":
		r, err := wire.Parse[wire.ExecuteRequest](m)
		if err != nil {
			k.log.Printf("message on shell dropped: %v", err)
			return nil
		}
		return k.queue.arrive(job{req: m, execute: &r})
	case shellRequests[m.Header.Type] == nil:
		k.log.Printf("message on shell dropped: unknown type %q", m.Header.Type)
		return nil
	}
	return k.queue.arrive(job{req: m})
}

// work does one job, in a goroutine of its own.
func (k *kernel) work(ctx context.Context, j job, count int) {
	k.during(j.req, func() {
		if j.execute != nil {
			k.execute(ctx, j, count)
			return
		}
		if err := shellRequests[j.req.Header.Type](k, j.req); err != nil {
			k.log.Printf("message on shell dropped: %v", err)
		}
	})
	k.tell(event{kind: finished})
}

func (k *kernel) abort(j job, count int) {
	k.during(j.req, func() {
		k.reply(wire.Shell, j.req, wire.ExecuteReply{Status: "aborted", ExecutionCount: count})
	})
}

func (k *kernel) prepare(j job) {
	if e := k.engine.ready(); e != nil {
		go e.Prepare(j.execute.Code)
	}
}
