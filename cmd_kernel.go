package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/kernel"
)

func (p *Program) kernelCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kernel CONNECTION_FILE",
		Short: "Serve a Jupyter front end (Jupyter calls this)",
		Long: `Kernel serves a Jupyter front end.

Its sessions begin with the files *.go in the folder resident/startup of the user's configuration (resident doctor names them), in the order of their names. What
they declare is there for all cells. The environment variable ` + startupVariable + ` names another folder, or, set to nothing, none. Lessons and grading do without.`,
		Args: cobra.MinimumNArgs(1),
		// "jupyter run FILE" adds arguments of its own after the connection file.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		// Signals are the kernel's own: an interrupt ends a cell, not the kernel.
		RunE: func(c *cobra.Command, args []string) error { return p.kernel(c.Context(), args[0]) },
	}
}

func (p *Program) kernel(ctx context.Context, connectionFile string) error {
	o, err := p.engineOptions(".")
	if err != nil {
		return err
	}
	o.Startup = startupFolder()
	var trace io.Writer
	if p.Switches.Trace {
		trace = p.Stderr
	}
	return kernel.Serve(ctx, kernel.Config{
		ConnectionFile: connectionFile,
		Version:        version(),
		Log:            p.Stderr,
		Trace:          trace,
		Start: func(ctx context.Context, progress func(string)) (kernel.Engine, error) {
			e, err := startEngine(ctx, o, progress)
			if err != nil {
				return nil, err // not a nil *engine.Engine in an interface
			}
			return e, nil
		},
	})
}
