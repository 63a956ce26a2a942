package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

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
	for _, n := range unit.Notes {
		note(sink, n)
	}
	if keep {
		r.ran = &ran{count: count, code: code, startup: starting(ctx)}
		e.history = append(e.history, r.ran)
		e.made.add(count, need, lib)
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
