package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

// run is one cell in the worker. Its fields below sink are used by the delivering goroutine only.
type run struct {
	id     int64
	sink   nbformat.Sink
	loaded chan worker.Event
	done   chan worker.Event
	asked  chan worker.Event
	held   strings.Builder
}

func newRun(sink nbformat.Sink) *run {
	return &run{sink: sink, done: make(chan worker.Event, 1), loaded: make(chan worker.Event, 1), asked: make(chan worker.Event, 1)}
}

// spent is what runs took.
type spent struct{ wall, cpu time.Duration }

// deliver takes what the worker says. It is called by one goroutine.
func (e *Engine) deliver(it item) {
	e.sinks.Lock()
	r, background := e.run, e.background
	e.sinks.Unlock()
	var sink nbformat.Sink = nowhere{}
	switch {
	case r != nil:
		sink = r.sink
	case background != nil:
		sink = background
	}
	if it.stream != "" {
		e.text(r, sink, it)
		return
	}
	ev := it.event
	if ev.Op == "turn" {
		return // the streams' order is all it was for
	}
	if r != nil {
		r.release(sink)
	}
	switch ev.Op {
	case "loaded":
		if r != nil {
			r.loaded <- ev
		}
	case "display", "result":
		sink.Output(e.display(ev))
	case "clear":
		sink.ClearOutput(ev.Wait)
	case "input":
		go e.ask(e.worker(), sink, ev)
	case "panic":
		sink.Output(e.sources.panicked(ev, true).Output())
	case "asked":
		if r != nil && r.id == ev.ID {
			r.asked <- ev
		}
	case "values":
		select {
		case e.values <- ev:
		default: // nobody waits any more
		}
	case "done":
		if r != nil && r.id == ev.ID {
			r.done <- ev
		}
	}
}

// text delivers printed text. The last words of a dying runtime are held back: they belong into the error.
func (e *Engine) text(r *run, sink nbformat.Sink, it item) {
	if r != nil && it.stream == "stderr" {
		if r.held.Len() > 0 {
			if r.held.Len() < 1<<20 {
				r.held.WriteString(it.text)
			}
			return
		}
		for at := 0; at < len(it.text); {
			if fatalStart(it.text[at:]) {
				r.held.WriteString(it.text[at:])
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
	if it.text != "" {
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: it.stream, Text: it.text})
	}
}

// release shows text that was held back, since the worker lives.
func (r *run) release(sink nbformat.Sink) {
	if r.held.Len() > 0 {
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: r.held.String()})
		r.held.Reset()
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

// attach makes r the run that output belongs to.
func (e *Engine) attach(r *run) {
	e.sinks.Lock()
	e.run = r
	e.sinks.Unlock()
}

// load brings the cell's library and what it needs into the worker, unless it is there.
func (e *Engine) load(ctx context.Context, r *run, need *needs, lib string) error {
	e.attach(r)
	defer e.attach(nil)
	for _, c := range need.carriers {
		if err := e.loadLibrary(ctx, r, c.path, nil); err != nil {
			return err
		}
	}
	// The packages of carriers are initialised with the cells that reach them.
	if err := e.loadLibrary(ctx, r, lib, e.inits(need)); err != nil {
		return err
	}
	for _, p := range need.reach {
		e.loaded[p.Path] = true
	}
	return ctx.Err()
}

func (e *Engine) loadLibrary(ctx context.Context, r *run, path string, inits []string) error {
	if e.loaded[path] {
		return nil
	}
	e.worker().request(worker.Request{Op: "load", Library: path, Inits: inits})
	if err := e.awaitLoad(ctx, r); err != nil {
		return err
	}
	e.loaded[path] = true
	return nil
}

// awaitLoad waits until the worker has opened a library and its packages are initialised. That takes milliseconds; an
// init function that does not end can only be stopped with its process.
func (e *Engine) awaitLoad(ctx context.Context, r *run) error {
	var grace <-chan time.Time
	stop := ctx.Done()
	for {
		select {
		case ev := <-r.loaded:
			if ev.Error != "" {
				return &nbformat.CellError{EName: "LoadError", EValue: firstLine(ev.Error), Traceback: []string{ev.Error}}
			}
			return nil
		case <-e.worker().exited:
			return e.lost(r)
		case <-stop:
			stop, grace = nil, time.After(10*e.o.Grace)
		case <-grace:
			e.worker().stop()
			return e.lost(r)
		}
	}
}

// inits lists the init tasks that a cell needs: those of all packages that it reaches and the worker has not used yet.
// The worker's library holds packages that nothing has initialised so far.
func (e *Engine) inits(need *needs) []string {
	var tasks []string
	for _, p := range need.reach {
		if !e.loaded[p.Path] {
			tasks = append(tasks, pathPrefix(p.Path)+"..inittask")
		}
	}
	return tasks
}

// call runs the cell's function and waits for its end.
func (e *Engine) call(ctx context.Context, r *run, u *cell.Unit, lib string) error {
	e.ids++
	r.id = e.ids
	e.attach(r)
	defer e.attach(nil)
	e.worker().request(worker.Request{Op: "run", ID: r.id, Library: lib, Symbol: u.Run})
	var patience, grace <-chan time.Time
	stop := ctx.Done()
	interrupt := func() {
		e.worker().request(worker.Request{Op: "interrupt", ID: r.id})
		grace = time.After(e.o.Grace)
	}
	for {
		select {
		case ev := <-r.done:
			e.spent.wall += time.Duration(ev.Wall)
			e.spent.cpu += time.Duration(ev.CPU)
			return e.outcome(ev)
		case <-e.worker().exited:
			return e.lost(r)
		case <-stop:
			stop = nil
			interrupt()
		case <-r.asked:
			grace, patience = nil, time.After(e.o.Patience)
		case <-patience:
			interrupt()
		case <-grace:
			e.worker().request(worker.Request{Op: "abandon", ID: r.id})
			grace = nil
		}
	}
}

func (e *Engine) outcome(ev worker.Event) error {
	switch ev.Status {
	case "ok":
		return nil
	case "panic":
		return e.sources.panicked(ev, false)
	case "exit":
		return exited(ev.Code)
	case "interrupted":
		return interrupted("the cell was interrupted; its variables keep their values")
	case "abandoned":
		return interrupted("the cell did not stop (it waits for something, or runs code of a package) and was left behind; variables keep their values")
	}
	return fmt.Errorf("the worker ended a cell with an unknown status %q", ev.Status)
}

func (e *Engine) dead() bool {
	select {
	case <-e.worker().exited:
		return true
	default:
		return false
	}
}

// lost reports a worker that died and starts another one.
func (e *Engine) lost(r *run) error {
	<-e.worker().exited
	cells := max(len(e.history)-1, 0)
	err := workerDied(e.worker().state.String(), r.held.String(), cells)
	if serr := e.revive(); serr != nil {
		return serr
	}
	return err
}

// revive replaces a dead worker. The history stays, for replay.
func (e *Engine) revive() error {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	if n := len(e.history); n > 0 && e.worker().state != nil {
		e.history = e.history[:n-1] // not the cell that killed it
	}
	return e.start()
}

// restart begins anew; with replay the cells that ran so far run again, in the same folder and environment.
func (e *Engine) restart(ctx context.Context, replay bool, sink nbformat.Sink) error {
	history := e.history
	e.worker().stop()
	e.history = nil
	if !replay {
		e.o.around.forget()
	}
	if err := e.reopen(ctx); err != nil || !replay {
		return err
	}
	for _, r := range history {
		err := e.execute(ctx, r.count, r.code, sink)
		var failed *nbformat.CellError
		switch {
		case ctx.Err() != nil:
			return interrupted("the replay was interrupted")
		case errors.As(err, &failed): // as it may have done the first time
			sink.Output(failed.Output())
		case err != nil:
			return err
		}
	}
	return nil
}

// reopen starts a new worker. Everything is looked up again: packages and module files may have changed.
func (e *Engine) reopen(ctx context.Context) error {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	b, err := openBase(ctx, e.base.tc, &e.o)
	if err != nil {
		return err
	}
	if b.Key != e.base.Key {
		e.base = b
	}
	e.mods.close()
	return e.setup(ctx)
}

// nowhere drops output when nobody listens.
type nowhere struct{}

func (nowhere) Output(nbformat.Output) {}
func (nowhere) ClearOutput(bool)       {}
func (nowhere) Input(string, bool) (string, error) {
	return "", errors.New("nobody can be asked for input")
}
