package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// Run executes one cell as number count. It returns nil, a *[nbformat.CellError], or the error of a broken engine.
// Cancelling the context interrupts the cell.
func (e *Engine) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	e.made.begin(count, code)
	code = normalize(code)
	err := e.waitFor(ctx, sink)
	if err == nil {
		err = e.beginSession(ctx, sink)
	}
	if err == nil {
		err = e.runParts(telling(ctx, func(s string) { busyWith(sink, s) }), count, "", code, sink)
	}
	return early(ctx, err)
}

// early makes one error of what a cell comes to that is interrupted before it runs: a compiler that was killed is no trouble of the engine.
func early(ctx context.Context, err error) error {
	var tool *toolError
	if ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.As(err, &tool)) {
		return interrupted("the cell was interrupted before it ran")
	}
	return err
}

// waitFor waits until the engine is ready, telling the person in front what takes so long.
func (e *Engine) waitFor(ctx context.Context, sink nbformat.Sink) error {
	select {
	case <-e.ready:
		return e.err
	default:
	}
	last := ""
	return e.Wait(ctx, func(s string) {
		if s != last {
			last = s
			busyWith(sink, s)
		}
	})
}

// busyWith shows the person in front what the engine is busy with.
func busyWith(sink nbformat.Sink, s string) {
	sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: "resident: " + s + " ...\n"})
}

// normalize gives a cell the line ends and the beginning that Go source has.
func normalize(code string) string {
	return strings.ReplaceAll(strings.TrimPrefix(code, "\ufeff"), "\r\n", "\n")
}

// fileOf names a cell by its content: the same cell has the same positions in every session.
func fileOf(code string) string {
	h := sha256.Sum256([]byte(code))
	return "cell-" + hex.EncodeToString(h[:6]) + ".go"
}

// ran is Go source that ran as a part of cell number count, or of a startup file.
type ran struct {
	count   int
	code    string
	startup bool
	failed  atomic.Bool
}

// execute runs the Go source of a cell, and keeps what it declares. What the run takes is added to took, if it is not nil.
func (e *Engine) execute(ctx context.Context, count int, code string, sink nbformat.Sink, took *spent) error {
	r, call, err := e.launch(ctx, count, code, sink, true)
	if err != nil {
		return err
	}
	defer e.forget(r)
	err = e.call(ctx, r, call)
	r.ran.failed.Store(err != nil)
	if took != nil {
		took.wall, took.cpu = took.wall+r.spent.wall, took.cpu+r.spent.cpu
	}
	return err
}

// evaluate runs source of ours with the session's names. It leaves no trace in the session.
func (e *Engine) evaluate(ctx context.Context, code string, sink nbformat.Sink) error {
	r, call, err := e.launch(ctx, 0, code, sink, false)
	if err != nil {
		return err
	}
	defer e.forget(r)
	return e.call(ctx, r, call)
}

// launch builds and loads a cell, and returns what calls it. With keep the session has what the cell declares from now on; a cell
// that is launched while it runs finds its variables as they are then.
func (e *Engine) launch(ctx context.Context, count int, code string, sink nbformat.Sink, keep bool) (r *run, call worker.Request, err error) {
	e.building.Lock()
	defer e.building.Unlock()
	var ph phases
	file := fileOf(code)
	e.sources.touch(file, count, code)
	unit, need, lib, err := e.make(ctx, file, code, anything, &ph)
	if err == nil && e.dead() {
		e.history = e.history[:max(len(e.history)-1, 0)] // its last cell may have killed it
		if err := e.revive(); err != nil {
			return nil, call, err
		}
		unit, need, lib, err = e.make(ctx, file, code, anything, &ph)
	}
	if err != nil {
		if !strings.Contains(err.Error(), changedSince) {
			e.tellOutdated(nil, sink) // which may be why
		}
		return nil, call, e.sources.notBuilt(ctx, err)
	}
	start := time.Now()
	r = e.newRun(sink)
	if err := e.load(ctx, r, need, lib); err != nil {
		e.forget(r)
		e.analyse.Lock()
		defer e.analyse.Unlock()
		if e.worker() == r.proc && !e.dead() {
			e.session = e.session.Loaded(unit)
		}
		return nil, call, err
	}
	ph.Load = time.Since(start)
	e.analyse.Lock()
	if keep {
		e.session = unit.Next
	} else {
		e.session = e.session.Loaded(unit)
	}
	e.analyse.Unlock()
	e.trace(count, unit, ph)
	if keep {
		r.ran = &ran{count: count, code: code, startup: starting(ctx)}
		e.history = append(e.history, r.ran)
		e.made.add(count, need, lib)
	}
	for _, n := range unit.Notes {
		note(sink, n)
	}
	if keep {
		e.remark(lib, sink)
		e.tellOutdated(need, sink)
	}
	return r, worker.Request{Op: "run", Library: lib, Symbol: unit.Run}, nil
}

// tellOutdated says which packages have changed since the session loaded them: of those that a cell needs, or, for nil, of all that cells use.
func (e *Engine) tellOutdated(need *needs, sink nbformat.Sink) {
	e.analyse.Lock()
	pkgs := e.mods.used()
	if need != nil {
		pkgs = need.extra
	}
	paths := e.mods.outdated(pkgs)
	e.analyse.Unlock()
	for _, path := range paths {
		note(sink, "package "+path+" has changed; the session goes on with what it has loaded until %replay, or %restart")
	}
}

// note tells the person in front what a cell has done to the session besides what it says.
func note(sink nbformat.Sink, text string) {
	sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: "note: " + text + "\n"})
}

// make analyses and builds a cell against the session as it is now.
func (e *Engine) make(ctx context.Context, file, code string, may effort, ph *phases) (*cell.Unit, *needs, string, error) {
	start := time.Now()
	unit, need, err := e.prepare(ctx, file, code, may)
	ph.Analyse = time.Since(start)
	if err != nil {
		return nil, nil, "", err
	}
	lib, err := need.builder.build(ctx, unit, need, ph)
	return unit, need, lib, err
}

func (e *Engine) prepare(ctx context.Context, file, code string, may effort) (*cell.Unit, *needs, error) {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	e.pkgs.ctx, e.pkgs.may = ctx, may
	unit, err := e.session.Compile(file, code, e.pkgs)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err() // what it says of packages is of no use
	}
	if err != nil {
		return nil, nil, err
	}
	need, err := e.mods.carry(ctx, unit.Imports, e.builder)
	return unit, need, err
}

// Prepare builds a cell that is likely to run next, into the cache. It is a hint; errors show when the cell runs.
func (e *Engine) Prepare(code string) {
	select {
	case <-e.ready:
	default:
		return
	}
	if e.err == nil {
		code = normalize(code)
		if len(cell.Cut(code)) == 1 { // what directives change, only running them tells
			e.make(context.Background(), fileOf(code), code, knownOnly, &phases{})
		}
	}
}

// Generated returns the package that a cell would be built as, against the session as it is.
func (e *Engine) Generated(code string) (string, error) {
	if err := e.Wait(context.Background(), nil); err != nil {
		return "", err
	}
	e.building.Lock()
	defer e.building.Unlock()
	code = cell.GoOnly(normalize(code))
	file := fileOf(code)
	e.sources.add(file, len(e.history)+1, code)
	unit, _, err := e.prepare(context.Background(), file, code, anything)
	if err != nil {
		return "", e.sources.asCellError(err)
	}
	var b strings.Builder
	for _, f := range unit.Files {
		fmt.Fprintf(&b, "-- %s --\n%s", f.Name, f.Text)
	}
	return b.String(), nil
}

func (e *Engine) trace(count int, u *cell.Unit, ph phases) {
	if e.o.Trace != nil {
		fmt.Fprintf(e.o.Trace, "cell %d %s: analyse %v, compile %v, import library %v, link %v, load %v\n", count, u.Key,
			ph.Analyse.Round(time.Microsecond), ph.Compile.Round(time.Microsecond), ph.Import.Round(time.Microsecond), ph.Link.Round(time.Microsecond), ph.Load.Round(time.Microsecond))
	}
}

// Base returns the folder of the worker that cells are built against and run in, after the engine is ready. Whoever has it, in the same place, needs
// nothing else of the cache: an engine with a cache of its own finds it there.
func (e *Engine) Base() string { return e.base.dir }
