package engine

import (
	"context"
	"encoding/json"

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
	targets := map[string]string{}
	for id, c := range e.comms {
		targets[id] = c.target
	}
	return targets
}

// openComm is a comm whose one end is in the worker.
type openComm struct {
	target string
	will   json.RawMessage // what the front end is sent when the worker has ended; nil for its close
}

// note keeps book of the comms.
func (e *Engine) note(m comm.Message) {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	switch m.Kind {
	case comm.Opened:
		e.comms[m.ID] = openComm{target: m.Target}
	case comm.Left:
		if c, open := e.comms[m.ID]; open {
			c.will = m.Data
			e.comms[m.ID] = c
		}
	case comm.Closed:
		delete(e.comms, m.ID)
	}
}

// comm passes a message of the worker on. Where no front end listens it is lost, as it is in an ordinary program.
func (e *Engine) comm(sink nbformat.Sink, m comm.Message) {
	e.note(m)
	if s, ok := sink.(comm.Sink); ok && m.Kind != comm.Left {
		s.Comm(m)
	}
}

// closeComms tells front ends that comms have ended with their worker, in the words that were left for that, if there are any; e.sinks is held.
func (e *Engine) closeComms() {
	if front, ok := e.background.(comm.Sink); ok {
		for id, c := range e.comms {
			if c.will != nil {
				front.Comm(comm.Message{Kind: comm.Sent, ID: id, Data: c.will})
			} else {
				front.Comm(comm.Message{Kind: comm.Closed, ID: id})
			}
		}
	}
	e.comms = map[string]openComm{}
}
