package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

// Options configure an engine. Source is required.
type Options struct {
	Source   fs.FS         // this program's own source: what cells import of it, and the worker
	Version  string        // of this program, for who asks
	Dir      string        // working directory of the cells; its go.mod or go.work, if any, provides modules
	CacheDir string        // default: resident in the user's cache folder
	Mode     string        // Slim or Plugin; default: slim where it works
	WorkDir  string        // keep the generated packages and everything they are built with here
	Trace    io.Writer     // write the time of each phase of each cell
	Progress func(string)  // what the engine is busy with while a first start takes long
	Exec     []string      // run the worker through this command, as go test -exec does: an emulator, or a debugger
	Grace    time.Duration // how long an interrupted cell may take to stop before it is abandoned; default 300 ms
	Patience time.Duration // how long one that listens for os.Interrupt may take to stop by itself; default 10 s
	CacheMax int64         // bytes of built cells to keep; default 1 GiB
	Seed     string        // a folder written by [Engine.WriteSeed]: what it has is not built again

	Startup string // a folder whose files (see [StartupFiles]) run at the beginning of each session; none if empty

	around *surroundings // set by New
}

func (o *Options) progress(s string) {
	if o.Progress != nil {
		o.Progress(s)
	}
}

// Engine runs cells. Its methods may be called from any goroutine: cells are built and loaded one after another, and run at the
// same time when Run is called so; completion, inspection and comm messages wait for no cell that runs.
type Engine struct {
	o     Options
	ready chan struct{} // closed when opening has ended
	err   error         // why it failed
	quit  func()        // ends opening

	status struct { // what opening is busy with
		sync.Mutex
		text    string
		changed chan struct{}
	}

	building sync.Mutex // held while a cell is built and loaded, and while the worker is replaced
	analyse  sync.Mutex // held while the session is read or changed
	base     *base
	seed     *seed // nil without one
	builder  *builder
	mods     *modules
	pkgs     *packages
	session  *cell.Session
	foreseen foreseen // names of startup files
	sources  sources
	history  []*ran          // cells that ran in this worker, for replay
	made     made            // what cells were made of, for a seed
	loaded   map[string]bool // libraries that the worker has opened, and packages it has initialised
	scratch  string

	beginning sync.Mutex  // held while startup files run
	begun     atomic.Bool // this session has them

	valuing sync.Mutex // held while the worker is asked for values
	values  chan worker.Event

	sinks      sync.Mutex // guards what follows, which the delivering goroutine reads
	proc       *process
	ids        int64
	runs       []*run              // that go on, in the order in which they began
	comms      map[string]openComm // by id
	background nbformat.Sink
	closed     bool
}

// New returns an engine at once; it gets ready in the background, and Run waits for that.
func New(o Options) (*Engine, error) {
	if o.Source == nil {
		return nil, errors.New("engine: Options.Source is missing")
	}
	if o.CacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("engine: no cache folder: %w", err)
		}
		o.CacheDir = filepath.Join(dir, "resident")
	}
	if o.Grace == 0 {
		o.Grace = 300 * time.Millisecond
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if o.CacheMax == 0 {
		o.CacheMax = 1 << 30
	}
	e := newEngine(o)
	e.o.Progress = e.busy
	ctx, quit := context.WithCancel(context.Background())
	e.quit = quit
	go func() {
		defer close(e.ready)
		e.err = e.open(ctx)
	}()
	return e, nil
}

func newEngine(o Options) *Engine {
	o.around = &surroundings{}
	e := &Engine{o: o, values: make(chan worker.Event, 1), ready: make(chan struct{}), session: cell.NewSession(), loaded: map[string]bool{}}
	e.status.changed = make(chan struct{})
	return e
}

// busy notes what opening is at, for Run to show.
func (e *Engine) busy(s string) {
	e.status.Lock()
	e.status.text = s
	close(e.status.changed)
	e.status.changed = make(chan struct{})
	e.status.Unlock()
}

func (e *Engine) open(ctx context.Context) error {
	e.seed = openSeed(e.o.Seed)
	tc, err := e.seed.toolchain(ctx)
	if err != nil {
		return err
	}
	if e.base, err = openBase(ctx, tc, &e.o, e.seed); err != nil {
		return err
	}
	return e.setup(ctx)
}

// setup makes the engine ready to run cells with its base.
func (e *Engine) setup(ctx context.Context) error {
	c, err := openCache(filepath.Join(e.o.CacheDir, "cells-"+e.base.Key), e.o.CacheMax)
	if err != nil {
		return err
	}
	c.seed = e.seed.of(e.base)
	e.builder = &builder{e.base, &e.o, c}
	if e.scratch == "" {
		if e.scratch, err = os.MkdirTemp("", "resident-"); err != nil {
			return fmt.Errorf("create a scratch folder: %w", err)
		}
	}
	if e.mods, err = newModules(ctx, e.base, &e.o, e.scratch, c.seed); err != nil {
		return err
	}
	e.pkgs = newPackages(e.base, e.mods)
	if e.base.Mode == Slim {
		go e.base.lib() // while the first cell is analysed and compiled
	}
	return e.start()
}

// Wait waits until the engine is ready. progress, if not nil, is told what it is busy with.
func (e *Engine) Wait(ctx context.Context, progress func(string)) error {
	for {
		e.status.Lock()
		text, changed := e.status.text, e.status.changed
		e.status.Unlock()
		if text != "" && progress != nil {
			progress(text)
		}
		select {
		case <-e.ready:
			return e.err
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Mode returns how cells are built, and why, after the engine is ready.
func (e *Engine) Mode() (mode, reason string) { return e.base.Mode, e.base.Reason }

// start starts a worker with an empty session.
func (e *Engine) start() error {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	if e.closed {
		return errors.New("the engine is closed")
	}
	p, err := startProcess(e.base, &e.o, e.deliver)
	if err != nil {
		return err
	}
	e.proc = p
	e.begun.Store(false)
	e.closeComms()
	e.session = cell.NewSession()
	e.loaded = map[string]bool{}
	for _, known := range e.mods.reach([]string{"runtime", "runtime/cgo", "plugin", modulePath + "/kernel/engine/worker/child"}) {
		e.loaded[known.Path] = true // initialised when the worker started
	}
	return nil
}

// worker returns the process that cells run in at present.
func (e *Engine) worker() *process {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	return e.proc
}

// Close ends the worker and everything in it.
func (e *Engine) Close() error {
	if e.quit != nil {
		e.quit()
	}
	<-e.ready
	e.sinks.Lock()
	e.closed = true
	p := e.proc
	e.sinks.Unlock()
	if p != nil {
		p.stop()
	}
	if e.mods != nil {
		e.mods.close()
	}
	if e.base != nil && e.base.release != nil {
		e.base.release()
	}
	if e.scratch != "" {
		return os.RemoveAll(e.scratch)
	}
	return nil
}

// Background sets where output goes that appears while nothing runs.
func (e *Engine) Background(sink nbformat.Sink) {
	e.sinks.Lock()
	e.background = sink
	e.sinks.Unlock()
}

// Base returns the folder of the worker that cells are built against and run in, after the engine is ready. Whoever has it, in the same place, needs
// nothing else of the cache: an engine with a cache of its own finds it there.
func (e *Engine) Base() string { return e.base.dir }
