package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func (p *Program) cellCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cell FILE",
		Short: `Print the package that a cell would be built as ("-" reads standard input)`,
		Args:  cobra.ExactArgs(1),
		RunE:  interruptible(func(ctx context.Context, args []string) error { return p.cell(ctx, args[0]) }),
	}
}

func (p *Program) cell(ctx context.Context, file string) (err error) {
	code, err := p.readFile(file)
	if err != nil {
		return err
	}
	e, err := p.newEngine(ctx, ".")
	if err != nil {
		return err
	}
	defer closeEngine(e, &err)
	text, err := e.Generated(code)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	_, err = io.WriteString(p.Stdout, text)
	return err
}

func (p *Program) readFile(name string) (string, error) {
	if name == "-" {
		code, err := io.ReadAll(p.Stdin)
		return string(code), err
	}
	code, err := os.ReadFile(name)
	return string(code), err
}
