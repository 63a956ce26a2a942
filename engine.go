package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/resident-go/resident/kernel/engine"
)

// newEngine starts an engine whose cells work in dir, and waits until it is ready. A first start takes a while, so
// what it is busy with is said.
func (p *Program) newEngine(ctx context.Context, dir string) (*engine.Engine, error) {
	o, err := p.engineOptions(dir)
	if err != nil {
		return nil, err
	}
	return startEngine(ctx, o, p.busy)
}

// busy says what an engine is busy with that is not ready yet.
func (p *Program) busy(s string) { fmt.Fprintf(p.Stderr, "resident: %s\n", s) }

func startEngine(ctx context.Context, o engine.Options, progress func(string)) (*engine.Engine, error) {
	e, err := engine.New(o)
	if err != nil {
		return nil, err
	}
	if err := e.Wait(ctx, progress); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func (p *Program) engineOptions(dir string) (engine.Options, error) {
	p.settle()
	dir, err := filepath.Abs(dir)
	if err != nil {
		return engine.Options{}, err
	}
	o := engine.Options{Source: source, Version: version(), Dir: dir}
	if p.Switches.Timing {
		o.Trace = p.Stderr
	}
	if p.Switches.Work {
		if o.WorkDir, err = os.MkdirTemp("", "resident-work-"); err != nil {
			return o, fmt.Errorf("create the work directory: %w", err)
		}
		fmt.Fprintf(p.Stderr, "WORK=%s\n", o.WorkDir)
	}
	return o, nil
}

// closeEngine ends an engine in a deferred call; its error counts when there is no other.
func closeEngine(e *engine.Engine, err *error) {
	if closeErr := e.Close(); *err == nil {
		*err = closeErr
	}
}
