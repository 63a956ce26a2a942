package engine

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

// What the worker says is delivered here, by one goroutine for each worker.

// run is one cell in the worker, or the answer to one comm message.
type run struct {
	id     int64
	ran    *ran // of a cell, once it is in the history
	sink   nbformat.Sink
	proc   *process
	loaded chan worker.Event
	done   chan worker.Event
	asked  chan worker.Event
	spent  spent // once it is done
}

// spent is what a run took, and the processor time of the whole worker meanwhile.
type spent struct{ wall, cpu time.Duration }

// newRun makes a run, to which what it shows belongs from now on.
func (e *Engine) newRun(sink nbformat.Sink) *run {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	e.ids++
	r := &run{id: e.ids, sink: sink, proc: e.proc, done: make(chan worker.Event, 1), loaded: make(chan worker.Event, 1), asked: make(chan worker.Event, 1)}
	e.runs = append(e.runs, r)
	return r
}

// forget says that the run is over.
func (e *Engine) forget(r *run) {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	e.runs = slices.DeleteFunc(e.runs, func(other *run) bool { return other == r })
}

// runOf returns the run with that number, or else the one that began first, as the worker means it. It is nil when none goes on.
func (e *Engine) runOf(id int64) *run {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	var first *run
	for _, r := range e.runs {
		switch {
		case r.proc != e.proc:
		case r.id == id:
			return r
		case first == nil:
			first = r
		}
	}
	return first
}

// sinkOf returns where a run shows something, and the background for none.
func (e *Engine) sinkOf(r *run) nbformat.Sink {
	if r != nil {
		return r.sink
	}
	e.sinks.Lock()
	defer e.sinks.Unlock()
	if e.background != nil {
		return e.background
	}
	return nowhere{}
}

// deliver takes what the worker says.
func (e *Engine) deliver(it item) {
	p := e.worker()
	if it.stream != "" {
		r := e.runOf(p.turned)
		e.text(p, r, e.sinkOf(r), it)
		return
	}
	ev := it.event
	switch ev.Op {
	case "turn":
		p.turned = ev.ID
		return
	case "values":
		select {
		case e.values <- ev:
		default: // nobody waits any more
		}
		return
	}
	p.release()
	r := e.runOf(ev.ID)
	sink := e.sinkOf(r)
	switch ev.Op {
	case "display", "result":
		sink.Output(e.display(ev))
	case "clear":
		sink.ClearOutput(ev.Wait)
	case "next":
		if desk := deskOf(sink); desk != nil {
			desk.NextCell(ev.Text, false)
		}
	case "comm":
		e.comm(sink, *ev.Comm)
	case "input":
		go e.ask(p, sink, ev)
	case "panic":
		sink.Output(e.sources.panicked(ev, true, "").Output())
	}
	if r == nil || r.id != ev.ID {
		return
	}
	switch ev.Op {
	case "loaded":
		r.loaded <- ev
	case "asked":
		r.asked <- ev
	case "done":
		e.forget(r) // before what follows is delivered
		r.done <- ev
	}
}

// text delivers printed text. The last words of a dying runtime are held back: they belong into the error.
func (e *Engine) text(p *process, r *run, sink nbformat.Sink, it item) {
	if r != nil && it.stream == "stderr" {
		if p.held.Len() > 0 {
			if p.held.Len() < 1<<20 {
				p.held.WriteString(it.text)
			}
			return
		}
		for at := 0; at < len(it.text); {
			if fatalStart(it.text[at:]) {
				p.held.WriteString(it.text[at:])
				p.heldFor = sink
				it.text = it.text[:at]
				break
			}
			next := strings.IndexByte(it.text[at:], '\n')
			if next < 0 {
				break
			}
			at += next + 1
		}
	}
	if it.stream == "stderr" {
		it.text = e.sources.placed(it.text) // of log and of stacks that are printed
	}
	if it.text != "" {
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: it.stream, Text: it.text})
	}
}

// release shows text that was held back, since the worker lives.
func (p *process) release() {
	if p.held.Len() > 0 {
		p.heldFor.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: p.held.String()})
		p.held.Reset()
	}
}

func (e *Engine) display(ev worker.Event) nbformat.Output {
	o := nbformat.Output{Type: nbformat.DisplayData, Data: ev.Data, Metadata: ev.Metadata, DisplayID: ev.DisplayID, Update: ev.Update}
	if ev.Op == "result" {
		o.Type = nbformat.ExecuteResult
	}
	if o.Data == nil {
		o.Data = map[string]any{}
	}
	if o.Metadata == nil {
		o.Metadata = map[string]any{}
	}
	return o
}

// ask puts a cell's wish for input to the person in front. What the cell has printed before is on the screen already: it
// is not the prompt, too.
func (e *Engine) ask(p *process, sink nbformat.Sink, ev worker.Event) {
	q := worker.Request{Op: "input", ID: ev.ID}
	text, err := sink.Input(ev.Prompt, ev.Password)
	switch {
	case errors.Is(err, io.EOF):
		q.EOF = true
	case err != nil:
		q.Error = err.Error()
	default:
		q.Text = text
	}
	p.request(q)
}

// nowhere drops output when nobody listens.
type nowhere struct{}

func (nowhere) Output(nbformat.Output) {}
func (nowhere) ClearOutput(bool)       {}
func (nowhere) Input(string, bool) (string, error) {
	return "", errors.New("nobody can be asked for input")
}
