package engine

import (
	"context"
	"maps"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

// Comm hands a front end's comm message to the cell or package that it is for, and returns when that has dealt with it; what it
// shows and sends meanwhile goes to the sink. Cells may run at the same time. The error is that of Run. Cancelling the context
// interrupts what is done for the message.
func (e *Engine) Comm(ctx context.Context, m comm.Message, sink nbformat.Sink) error {
	if !e.isReady() || e.dead() {
		if m.Kind == comm.Opened {
			e.comm(sink, comm.Message{Kind: comm.Closed, ID: m.ID})
		}
		return nil
	}
	e.note(m)
	r := e.newRun(sink)
	defer e.forget(r)
	return e.call(ctx, r, worker.Request{Op: "comm", Comm: &m})
}

// Comms returns the target names of the comms that are open, by their ids.
func (e *Engine) Comms() map[string]string {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	return maps.Clone(e.comms)
}

// note keeps book of the comms.
func (e *Engine) note(m comm.Message) {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	switch m.Kind {
	case comm.Opened:
		e.comms[m.ID] = m.Target
	case comm.Closed:
		delete(e.comms, m.ID)
	}
}

// comm passes a message of the worker on. Where no front end listens it is lost, as it is in an ordinary program.
func (e *Engine) comm(sink nbformat.Sink, m comm.Message) {
	e.note(m)
	if s, ok := sink.(comm.Sink); ok {
		s.Comm(m)
	}
}

// closeComms tells front ends that comms have ended with their worker; e.sinks is held.
func (e *Engine) closeComms() {
	front, ok := e.background.(comm.Sink)
	for id := range e.comms {
		if ok {
			front.Comm(comm.Message{Kind: comm.Closed, ID: id})
		}
	}
	e.comms = map[string]string{}
}
