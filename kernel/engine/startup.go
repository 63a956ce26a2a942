package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/nbformat"
)

// StartupFiles lists the files that sessions begin with: those of a folder whose names end in .go, in the order of the names. A folder that is not
// there has none.
func StartupFiles(folder string) ([]string, error) {
	if folder == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for startup files: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".go") {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	return files, nil
}

// atStart marks the contexts in which startup files run.
type atStart struct{}

func starting(ctx context.Context) bool { return ctx.Value(atStart{}) != nil }

// beginSession runs the startup files, if this session has not begun. They run before its first cell, which shows what they print, and what is wrong
// with them; the session goes on in any case. The error is that of a broken engine.
func (e *Engine) beginSession(ctx context.Context, sink nbformat.Sink) error {
	if e.o.Startup == "" || starting(ctx) {
		return nil
	}
	e.beginning.Lock()
	defer e.beginning.Unlock()
	if e.begun.Load() {
		return nil
	}
	// Also when one of them has ended the worker: it would do so again, before each cell.
	defer e.begun.Store(true)
	files, err := StartupFiles(e.o.Startup)
	if err != nil {
		complain(sink, err.Error())
	}
	// What the cell's context asks for, such as a limit on memory, is for the cell.
	own, cancel := context.WithCancel(context.WithValue(context.Background(), atStart{}, true))
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	for _, file := range files {
		err := e.runFile(own, file, quiet{passing{sink}})
		var failed *nbformat.CellError
		switch {
		case ctx.Err() != nil:
			complain(sink, file+" was interrupted; the session begins without the rest of the startup files")
			return nil
		case errors.As(err, &failed):
			complain(sink, file+" failed, and the session begins without what it would have done:\n"+strings.Join(failed.Traceback, "\n"))
		case err != nil:
			return err
		}
	}
	return nil
}

func (e *Engine) runFile(ctx context.Context, file string, sink nbformat.Sink) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return &nbformat.CellError{EName: "StartupError", EValue: err.Error(), Traceback: []string{err.Error()}}
	}
	ctx = telling(ctx, func(s string) { busyWith(sink, s) })
	return early(ctx, e.runParts(ctx, 0, filepath.Base(file), normalize(string(data)), sink))
}

// foreseen is a session that has not begun, with what its startup files are going to declare.
type foreseen struct{ session, begun *cell.Session }

// foresee returns the session that names are looked up in: until its first cell, in which startup files run, that is one with the names that they will declare. Nothing
// of them runs for that. e.analyse is held.
func (e *Engine) foresee() *cell.Session {
	if e.o.Startup == "" || e.begun.Load() {
		return e.session
	}
	if e.foreseen.session != e.session {
		e.foreseen = foreseen{e.session, e.session}
		files, _ := StartupFiles(e.o.Startup)
		for _, file := range files {
			e.foreseeFile(file)
		}
	}
	return e.foreseen.begun
}

func (e *Engine) foreseeFile(file string) {
	data, _ := os.ReadFile(file)
	code := normalize(string(data))
	for _, part := range cell.Cut(code) {
		if part.Directive != nil {
			continue
		}
		next, err := e.foreseen.begun.After(fileOf(code), cell.Only(code, part), e.pkgs)
		if err != nil {
			return // nor will what follows run
		}
		e.foreseen.begun = next
	}
}

func complain(sink nbformat.Sink, text string) {
	sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: "resident: " + text + "\n"})
}
