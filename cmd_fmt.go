package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
)

// fmtFlags are the flags of "resident fmt", which are gofmt's.
type fmtFlags struct{ list, diff, write bool }

func (p *Program) fmtCommand() *cobra.Command {
	var f fmtFlags
	c := &cobra.Command{
		Use:   "fmt LESSON...",
		Short: "Sort the attributes of lessons (.md) and format their Go",
		Long: `Fmt writes lessons in their canonical form: attributes sorted by key, the code of cells as gofmt has it. Prose and all other bytes stay as they are.
Without a flag the result goes to standard output.

The exit code is 1 when there is something to do and -l or -d only says so, and 2 when a file is no lesson.`,
		Args: cobra.MinimumNArgs(1),
		RunE: interruptible(func(_ context.Context, args []string) error { return p.format(args, f) }),
	}
	c.Flags().BoolVarP(&f.list, "list", "l", false, "list the lessons that are not in canonical form")
	c.Flags().BoolVarP(&f.diff, "diff", "d", false, "print what would change")
	c.Flags().BoolVarP(&f.write, "write", "w", false, "write the result to the file")
	return c
}

func (p *Program) format(files []string, f fmtFlags) error {
	found := false
	for _, file := range files {
		if err := wantLesson(file); err != nil {
			return err
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		out, err := lessons.Format(file, src)
		if err != nil {
			return err
		}
		same := bytes.Equal(src, out)
		found = found || !same && !f.write
		if err := p.formatted(file, src, out, f); err != nil {
			return err
		}
	}
	if found && (f.list || f.diff) {
		return errCheckFailed
	}
	return nil
}

// formatted does with one lesson what the flags say.
func (p *Program) formatted(file string, src, out []byte, f fmtFlags) error {
	if !f.list && !f.diff && !f.write {
		_, err := p.Stdout.Write(out)
		return err
	}
	if bytes.Equal(src, out) {
		return nil
	}
	if f.list {
		fmt.Fprintln(p.Stdout, file)
	}
	if f.diff {
		p.Stdout.Write(diff.Diff(file, src, file+" (formatted)", out))
	}
	if f.write {
		return writeBytes(file, out)
	}
	return nil
}
