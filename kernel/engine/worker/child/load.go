package child

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// What plugin.Open does after dlopen, one step at a time, without its check that every plugin is another package: all
// cells are package main. The names are not public; the worker is linked with -checklinkname=0 and the engine's
// self-test runs a cell before it trusts this way.

//go:linkname modulesinit runtime.modulesinit
func modulesinit()

//go:linkname typelinksinit runtime.typelinksinit
func typelinksinit()

//go:linkname itabsinit runtime.itabsinit
func itabsinit()

//go:linkname doInit1 runtime.doInit1
func doInit1(t *initTask)

// initTask is the head of runtime.initTask; function pointers follow it.
type initTask struct {
	state uint32
	nfns  uint32
}

const (
	initBegun = 1 // for ever, when a function of the task panicked
	initDone  = 2
)

// load opens a library and runs its init tasks, as a task of its own: an init that panics or exits fails the load, and
// can be interrupted.
func (p *process) load(q worker.Request) {
	p.loading.Lock()
	defer p.loading.Unlock()
	t := newTask(0)
	p.enter(t)
	defer p.leave(t)
	failed := make(chan string, 1)
	t.finish = func(e worker.Event) { failed <- loadError(q.Library, e) }
	var err error
	p.start(t, func() { err = p.open(q.Library, q.Inits) })
	reason := <-failed
	if reason == "" && err != nil {
		reason = err.Error()
	}
	p.out.send(worker.Event{Op: "loaded", ID: q.ID, Error: reason})
}

// loadError says how the init functions ended; nothing when well.
func loadError(library string, e worker.Event) string {
	switch e.Status {
	case "ok":
		return ""
	case "panic":
		return fmt.Sprintf("load %s: an init function panicked: %s (%s)\n%s", library, e.Value, e.Type, e.Stack)
	case "exit":
		return fmt.Sprintf("load %s: an init function called os.Exit(%d)", library, e.Code)
	}
	return fmt.Sprintf("load %s: %s", library, e.Status)
}

func (p *process) open(path string, inits []string) error {
	lib, err := p.opened(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	for _, name := range inits {
		if err := (*initTask)(findSymbol(lib, name)).perform(); err != nil {
			return fmt.Errorf("load %s: %w", path, err)
		}
	}
	return nil
}

// opened opens a library unless it is open, and makes it known to the runtime.
func (p *process) opened(path string) (unsafe.Pointer, error) {
	if lib := p.library(path); lib != nil {
		return lib, nil
	}
	types := p.types() // before the library adds to what is loaded
	h, err := openLibrary(path)
	if err != nil {
		return nil, err
	}
	modulesinit()
	types.update()
	itabsinit()
	if err := installIn(h); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.libs[path] = h
	return h, nil
}

// perform runs an init task, once. One without functions has nothing to run, and may have no symbol.
func (t *initTask) perform() error {
	switch {
	case t == nil || t.nfns == 0 || t.state == initDone:
		return nil
	case t.state == initBegun: // the runtime would end the process
		return errors.New("an init function failed before and cannot run again")
	}
	doInit1(t)
	return nil
}

// function finds the code of a function that the engine named.
func (p *process) function(path, symbol string) (unsafe.Pointer, error) {
	lib := p.library(path)
	if lib == nil {
		return nil, fmt.Errorf("run %s: library %q is not loaded", symbol, path)
	}
	f := findFunction(lib, symbol)
	if f == nil {
		return nil, fmt.Errorf("run %s: no such function in %s", symbol, path)
	}
	return f, nil
}

// findFunction finds the code of a Go function by its symbol. In a shared library the plain name may be the entry for
// assembly code; the one for Go code then has a suffix.
func findFunction(library unsafe.Pointer, symbol string) unsafe.Pointer {
	if f := findSymbol(library, symbol+".abiinternal"); f != nil {
		return f
	}
	return findSymbol(library, symbol)
}

// library returns an open library, or nil.
func (p *process) library(path string) unsafe.Pointer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.libs[path]
}
