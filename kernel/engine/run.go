package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

// load brings the cell's library and what it needs into the worker, unless it is there.
func (e *Engine) load(ctx context.Context, r *run, need *needs, lib string) error {
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
	r.proc.request(worker.Request{Op: "load", ID: r.id, Library: path, Inits: inits})
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
			return notLoaded(ev)
		case <-r.proc.exited:
			if ev, said := lastWord(r.loaded); said {
				return notLoaded(ev)
			}
			return e.lost(r)
		case <-stop:
			stop, grace = nil, time.After(10*e.o.Grace)
		case <-grace:
			r.proc.stop()
			return e.lost(r)
		}
	}
}

// notLoaded is why a library could not be loaded, if it could not.
func notLoaded(ev worker.Event) error {
	if ev.Error == "" {
		return nil
	}
	return &nbformat.CellError{EName: "LoadError", EValue: firstLine(ev.Error), Traceback: []string{ev.Error}}
}

// lastWord is what a worker that is gone has said before. Whoever waits for both may notice its end first.
func lastWord(from <-chan worker.Event) (ev worker.Event, said bool) {
	select {
	case ev = <-from:
		return ev, true
	default:
		return ev, false
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

// call asks the worker for a run, and waits for its end. Cancelling the context interrupts it.
func (e *Engine) call(ctx context.Context, r *run, q worker.Request) error {
	terms := nbformat.TermsOf(ctx)
	memory, err := r.proc.watchMemory(terms.Memory)
	if err != nil {
		return err
	}
	defer close(memory.end)
	q.ID, q.Seed, q.Memory = r.id, terms.Seed, terms.Memory
	if s, ok := r.sink.(comm.Sink); ok {
		q.Parent = s.Request()
	}
	r.proc.request(q)
	var patience, grace <-chan time.Time
	stop, over, far, interrupts := ctx.Done(), memory.over, memory.far, 0
	interrupt := func() {
		interrupts++
		r.proc.request(worker.Request{Op: "interrupt", ID: r.id})
		grace = time.After(e.o.Grace)
	}
	for {
		select {
		case ev := <-r.done:
			return memory.verdict(e.ended(r, ev), false)
		case <-r.proc.exited:
			if ev, said := lastWord(r.done); said {
				return memory.verdict(e.ended(r, ev), false)
			}
			e.building.Lock()
			defer e.building.Unlock()
			return memory.verdict(e.lost(r), true)
		case <-stop:
			stop = nil
			interrupt()
		case <-over:
			over = nil
			interrupt()
		case <-far:
			far = nil
			r.proc.cmd.Process.Kill()
		case <-r.asked:
			grace, patience = nil, time.After(e.o.Patience)
		case <-patience:
			interrupt()
		case <-grace:
			grace = nil
			if memory.exceeded() { // left behind it would go on taking
				r.proc.cmd.Process.Kill()
				continue
			}
			r.proc.request(worker.Request{Op: "abandon", ID: r.id, Interrupts: interrupts})
		}
	}
}

// ended takes note of what a run has taken, and returns how it ended.
func (e *Engine) ended(r *run, ev worker.Event) error {
	r.spent = spent{time.Duration(ev.Wall), time.Duration(ev.CPU)}
	return e.outcome(ev)
}

func (e *Engine) outcome(ev worker.Event) error {
	switch ev.Status {
	case "ok":
		return nil
	case "panic":
		return e.sources.panicked(ev, false, e.nilHint(ev))
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

// lost reports a worker that died during a run, and starts another one unless that has been done. e.building is held.
func (e *Engine) lost(r *run) error {
	<-r.proc.exited
	if at := slices.Index(e.history, r.ran); r.ran != nil && at >= 0 {
		e.history = slices.Delete(e.history, at, at+1) // it killed the worker, or may have
	}
	err := e.sources.workerDied(r.proc.state.String(), r.proc.held.String(), len(cellsOf(e.history)))
	if e.worker() != r.proc {
		return err
	}
	if serr := e.revive(); serr != nil {
		return serr
	}
	return err
}

// revive replaces a dead worker. The history stays, for replay.
func (e *Engine) revive() error {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	return e.start()
}

// restart begins anew; with replay the cells that ran so far run again, in the same folder and environment.
func (e *Engine) restart(ctx context.Context, replay bool, sink nbformat.Sink) error {
	if !replay {
		e.o.around.forget()
	}
	history, err := e.empty(ctx)
	if err == nil {
		if dir, gone := e.o.startDir(); gone != "" {
			complain(sink, "the working directory "+gone+" is gone; cells run in "+dir)
		}
		err = e.beginSession(ctx, sink)
	}
	if err != nil || !replay {
		return err
	}
	for _, r := range cellsOf(history) {
		err := e.execute(ctx, r.count, r.code, sink, nil)
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

// cellsOf leaves out what startup files ran.
func cellsOf(history []*ran) []*ran {
	return slices.DeleteFunc(slices.Clone(history), func(r *ran) bool { return r.startup })
}

// empty gives the session a new worker, and returns the cells that ran in the old one.
func (e *Engine) empty(ctx context.Context) (history []*ran, err error) {
	e.building.Lock()
	defer e.building.Unlock()
	e.worker().stop()
	history, e.history = e.history, nil
	return history, e.reopen(ctx)
}

// reopen starts a new worker. Everything is looked up again: packages and module files may have changed.
func (e *Engine) reopen(ctx context.Context) error {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	b, err := openBase(ctx, e.base.tc, &e.o, e.seed)
	if err != nil {
		return err
	}
	if b.Key != e.base.Key {
		e.base = b
	}
	e.mods.close()
	return e.setup(ctx)
}
