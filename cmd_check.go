package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
)

// formats are the ways in which findings can be written.
var formats = []string{"text", "json", "github"}

func (p *Program) checkCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "check LESSON...",
		Short: "Hold lessons (.md) to their word before a student sees them",
		Long: `Check runs each lesson as it stands, and then as students get it, each time in a session of its own. It says

  - which checks of cells fail;
  - where the students' version does not compile, and which tests (role="test") pass in it without a solution;
  - which lines that are hidden from students stand elsewhere in their version, too;
  - which links and images lead nowhere.

The exit code is 0 when there is nothing to say, 1 when there is, and 2 when a lesson could not be run.`,
		Args: cobra.MinimumNArgs(1),
		RunE: interruptible(func(ctx context.Context, args []string) error { return p.check(ctx, args, format) }),
	}
	c.Flags().StringVar(&format, "format", "text", "of what is found: text, json, or github (annotations of a pull request)")
	return c
}

func (p *Program) check(ctx context.Context, files []string, format string) error {
	if !slices.Contains(formats, format) {
		return fmt.Errorf("format %q: want %s", format, strings.Join(formats, ", "))
	}
	all := []lessons.Finding{}
	for _, file := range files {
		if err := wantLesson(file); err != nil {
			return err
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		found, err := p.checker(filepath.Dir(file)).Check(ctx, file, src)
		if err != nil {
			return err
		}
		all = append(all, found...)
		fmt.Fprintf(p.Stderr, "%s: %s\n", file, counted(len(found)))
	}
	if err := writeFindings(p.Stdout, all, format); err != nil {
		return err
	}
	if len(all) > 0 {
		return errCheckFailed
	}
	return nil
}

func counted(n int) string {
	switch n {
	case 0:
		return "ok"
	case 1:
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}

func (p *Program) checker(dir string) *lessons.Checker {
	return &lessons.Checker{
		Files: os.DirFS(dir),
		Start: func(ctx context.Context) (lessons.Runner, func() error, error) {
			e, err := p.newEngine(ctx, dir)
			if err != nil {
				return nil, nil, err
			}
			return p.traced(e), e.Close, nil
		},
	}
}

func writeFindings(w io.Writer, found []lessons.Finding, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(found)
	}
	for _, f := range found {
		line := f.String()
		if format == "github" {
			line = fmt.Sprintf("::error file=%s,line=%d,col=%d::%s", f.File, f.Line, f.Col, escapeAnnotation(f.Message))
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// escapeAnnotation keeps a message on one line, as workflow commands of GitHub want it.
func escapeAnnotation(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}
