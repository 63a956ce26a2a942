package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// runFlags are the flags of "resident run".
type runFlags struct {
	html, ipynb, junit   string
	timeout, cellTimeout time.Duration
	parameters, only     []string
	sandbox              string
	verbose, write       bool
}

func (p *Program) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a lesson (.md) or a notebook (.ipynb) and check what it prints",
		Long: `Run executes the cells of a lesson or a notebook in order and compares what they print with what they say they print.

The exit code is 0 when every check passed, 1 when one failed, and 2 when the lesson could not be run.`,
		Args: cobra.ExactArgs(1),
		RunE: interruptible(func(ctx context.Context, args []string) error { return p.run(ctx, args[0], f) }),
	}
	flags := c.Flags()
	flags.StringVar(&f.html, "html", "", "write the lesson and its outputs as one HTML page to this `file`")
	flags.StringVar(&f.ipynb, "ipynb", "", "write the lesson and its outputs as a notebook to this `file`")
	flags.StringVar(&f.junit, "junit", "", "write which cells passed as a JUnit report to this `file`")
	flags.DurationVar(&f.timeout, "timeout", 0, "stop after this `time` in all (default: the lesson's own, or never)")
	flags.DurationVar(&f.cellTimeout, "cell-timeout", 0, "stop when a cell takes longer than this `time`")
	flags.StringArrayVarP(&f.parameters, "param", "p", nil, "set a variable of the cell tagged \"parameters\": `name=value`; may be repeated")
	flags.StringArrayVar(&f.only, "only", nil, "run this cell, or the cells of this exercise, and those that they need (attribute deps): a `name`; may be repeated")
	flags.BoolVar(&f.write, "write", false, "write what cells print into the lesson's fences that are marked with output cell=\"NAME\", if every check passes")
	flags.StringVar(&f.sandbox, "sandbox", noSandbox, "run cells that are not trusted in a sandbox of this `mode`: strict (refuses where the machine lacks something) or best-effort (says what it lacks); none is for cells that are trusted")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print what the cells print")
	return c
}

func (p *Program) run(ctx context.Context, file string, f runFlags) (err error) {
	l, err := lessons.ReadFile(file)
	if err != nil {
		return err
	}
	if f.write {
		if err := wantLesson(file); err != nil {
			return err
		}
	}
	if err := setParameters(l, f.parameters); err != nil {
		return err
	}
	if len(f.only) > 0 {
		if err := l.Only(f.only...); err != nil {
			return err
		}
	}
	for _, out := range []string{f.html, f.ipynb, f.junit} {
		if out == "" {
			continue
		}
		if err := writable(out); err != nil {
			return err
		}
	}
	runner, end, err := p.runnerIn(ctx, filepath.Dir(file), f.sandbox)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, end()) }()

	progress := newProgress(p.Stderr, l)
	report, err := lessons.Run(ctx, l, progress.watched(p.traced(runner)), lessons.Options{
		Timeout: f.timeout, CellTimeout: f.cellTimeout,
		Started: progress.started,
		Finished: func(i int, r *lessons.CellReport) {
			progress.finished(i, r)
			if f.verbose {
				printOutputs(p.Stdout, r.Outputs)
			}
		},
	})
	if err != nil {
		progress.clear()
		return err
	}
	if err := p.writeResults(ctx, report, f); err != nil {
		return err
	}
	if f.write && len(report.Failed()) == 0 {
		if err := p.fill(report); err != nil {
			return err
		}
	}
	return progress.summary(report)
}

// fill writes what cells printed into their lesson.
func (p *Program) fill(report *lessons.Report) error {
	file := report.Lesson.File
	was, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	now, err := report.Fill()
	if err != nil {
		return p.refused(err)
	}
	if bytes.Equal(was, now) {
		return nil // a file that is not touched sets nothing off
	}
	return writeBytes(file, now)
}

func setParameters(l *lessons.Lesson, given []string) error {
	values := make([]lessons.Parameter, len(given))
	for i, s := range given {
		var err error
		if values[i], err = lessons.ParseParameter(s); err != nil {
			return err
		}
	}
	return l.SetParameters(values)
}

func (p *Program) writeResults(ctx context.Context, report *lessons.Report, f runFlags) error {
	if f.html != "" {
		living, err := p.playground(ctx, report.Lesson)
		if err != nil {
			return err
		}
		page := lessons.Page{
			Playground: living,
			Files:      os.DirFS(filepath.Dir(report.Lesson.File)),
			Footer:     footer(),
		}
		if err := writeFile(f.html, func(w io.Writer) error { return page.WriteHTML(w, report) }); err != nil {
			return err
		}
	}
	if f.ipynb != "" {
		if err := writeFile(f.ipynb, report.WriteNotebook); err != nil {
			return err
		}
	}
	if f.junit != "" {
		return writeFile(f.junit, func(w io.Writer) error { return writeRunJUnit(w, report) })
	}
	return nil
}

func printOutputs(w io.Writer, outputs []nbformat.Output) {
	for _, o := range outputs {
		text := o.Text
		if o.Type != nbformat.Stream {
			text = strings.TrimRight(lessons.PlainText(o), "\n") + "\n"
		}
		io.WriteString(w, text)
	}
}
