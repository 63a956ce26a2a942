package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
)

func (p *Program) buildCommand() *cobra.Command {
	var audience, out string
	c := &cobra.Command{
		Use:   "build LESSON",
		Short: "Write what students, or graders, are given of a lesson (.md)",
		Long: `Build makes of the one source of a lesson what somebody is given:

  student   stubs in place of solutions; no hidden tests and mark schemes
  solution  solutions, for afterwards; no hidden tests and mark schemes
  grader    stubs, with hidden tests and mark schemes`,
		Args: cobra.ExactArgs(1),
		RunE: interruptible(func(_ context.Context, args []string) error { return p.build(args[0], lessons.Audience(audience), out) }),
	}
	c.Flags().StringVar(&audience, "for", string(lessons.ForStudents), "who it is for: student, solution or grader")
	c.Flags().StringVarP(&out, "output", "o", "", "write a lesson (.md) or a notebook (.ipynb) to this `file` (default: the lesson, to standard output)")
	return c
}

func (p *Program) build(file string, a lessons.Audience, out string) error {
	if !slices.Contains(lessons.Audiences, a) {
		return fmt.Errorf("build for %q: want student, solution or grader", a)
	}
	if err := wantLesson(file); err != nil {
		return err
	}
	l, err := lessons.ReadFile(file)
	if err != nil {
		return err
	}
	built, err := l.Build(a)
	if err != nil {
		return err
	}
	switch ext := strings.ToLower(filepath.Ext(out)); {
	case out == "":
		_, err := p.Stdout.Write(built)
		return err
	case ext == ".md" || ext == ".markdown":
		return writeBytes(out, built)
	case ext == ".ipynb":
		if l, err = lessons.Parse(file, built); err != nil {
			return err
		}
		return writeFile(out, l.WriteNotebook)
	default:
		return fmt.Errorf("write %s: want a lesson (.md) or a notebook (.ipynb)", out)
	}
}

// wantLesson turns away what is no lesson by its name.
func wantLesson(file string) error {
	if ext := strings.ToLower(filepath.Ext(file)); ext != ".md" && ext != ".markdown" {
		return fmt.Errorf("%s: want a lesson (.md), got %q", file, ext)
	}
	return nil
}
