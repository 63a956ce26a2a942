package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
)

func (p *Program) buildCommand() *cobra.Command {
	var what, out string
	c := &cobra.Command{
		Use:   "build LESSON | build COURSE -o FOLDER",
		Short: "Write what students, or graders, are given of a lesson (.md) or a course (course.yaml)",
		Long: `Build makes of the one source of a lesson what somebody is given:

  student   stubs in place of solutions; no hidden tests and mark schemes
  solution  solutions, for afterwards; no hidden tests and mark schemes
  grader    stubs, with hidden tests and mark schemes
  html      a page of what students get, with what its cells show when they are run
  ipynb     a notebook of the lesson as it stands, not run

Of a course it makes a folder: these for each lesson (for the first three as lessons and as notebooks), the files beside them, and index.html with the
contents and a search.

Markdown that is no lesson becomes a page that says why it is none; the exit code is then 1.`,
		Args: cobra.ExactArgs(1),
		RunE: interruptible(func(ctx context.Context, args []string) error {
			if !slices.Contains(targets(), what) {
				return fmt.Errorf("build for %q: want %s", what, strings.Join(targets(), ", "))
			}
			if course.IsCourse(args[0]) {
				return p.buildCourse(ctx, args[0], what, out)
			}
			return p.build(ctx, args[0], what, out)
		}),
	}
	c.Flags().StringVar(&what, "for", string(lessons.ForStudents), "`what` to build: student, solution, grader, html or ipynb")
	c.Flags().StringVarP(&out, "output", "o", "", "write to this `file` (.md, .ipynb or .html), or folder for a course (default: standard output)")
	return c
}

// targets are what can be built.
func targets() []string {
	list := []string{course.HTML, course.IPYNB}
	for _, a := range lessons.Audiences {
		list = append(list, string(a))
	}
	return list
}

func (p *Program) build(ctx context.Context, file, what, out string) error {
	if err := wantLesson(file); err != nil {
		return err
	}
	ext := kind(out)
	switch {
	case what == course.HTML && (ext == "" || ext == ".html"):
		return p.buildPage(ctx, file, out)
	case what == course.IPYNB && (ext == "" || ext == ".ipynb"):
		l, err := lessons.ReadFile(file)
		if err != nil {
			return err
		}
		return p.writeTo(out, l.WriteNotebook)
	case what == course.HTML || what == course.IPYNB || ext != "" && ext != ".md" && ext != ".ipynb":
		return fmt.Errorf("write %s: want a lesson (.md), a notebook (.ipynb) or a page (.html), as it is built for", out)
	}
	l, err := lessons.ReadFile(file)
	if err != nil {
		return err
	}
	built, err := l.Build(lessons.Audience(what))
	if err != nil {
		return err
	}
	if ext != ".ipynb" {
		return p.writeTo(out, func(w io.Writer) error { _, err := w.Write(built); return err })
	}
	if l, err = l.For(lessons.Audience(what)); err != nil {
		return err
	}
	return writeFile(out, l.WriteNotebook)
}

// writeTo writes to a file, or to standard output when there is none.
func (p *Program) writeTo(out string, write func(io.Writer) error) error {
	if out == "" {
		return write(p.Stdout)
	}
	return writeFile(out, write)
}

// buildPage runs what students get of a lesson, and writes its page. Of what is no lesson it writes a page that says why.
func (p *Program) buildPage(ctx context.Context, file, out string) error {
	page := lessons.Page{Files: os.DirFS(filepath.Dir(file)), Footer: footer()}
	l, err := lessons.ReadFile(file)
	if faults := lessons.ErrorList(nil); errors.As(err, &faults) {
		if err := p.writeTo(out, func(w io.Writer) error { return writeProse(w, page, file, faults) }); err != nil {
			return err
		}
		for _, fault := range faults {
			fmt.Fprintln(p.Stderr, fault)
		}
		return errCheckFailed
	}
	if err != nil {
		return err
	}
	report, err := p.runForStudents(ctx, l)
	if err != nil {
		return err
	}
	if page.Playground, err = p.playground(ctx, report.Lesson); err != nil {
		return err
	}
	if err := p.writeTo(out, func(w io.Writer) error { return page.WriteHTML(w, report) }); err != nil {
		return err
	}
	if len(report.Failed()) > 0 {
		return errCheckFailed
	}
	return nil
}

// writeProse writes the page of Markdown that is no lesson. Pictures that are not there are left out.
func writeProse(w io.Writer, page lessons.Page, file string, why error) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	l := lessons.AsProse(file, src, why)
	l.Relink(func(to string) string {
		if slices.Contains(pictures, strings.ToLower(path.Ext(to))) && !strings.Contains(to, ":") {
			if _, err := fs.Stat(page.Files, path.Clean(to)); err != nil {
				return "data:,"
			}
		}
		return to
	})
	return page.WriteHTML(w, lessons.Unrun(l))
}

var pictures = []string{".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"}

func footer() string { return "Made with resident " + version() + "." }

func (p *Program) runForStudents(ctx context.Context, l *lessons.Lesson) (_ *lessons.Report, err error) {
	e, err := p.newEngine(ctx, filepath.Dir(l.File))
	if err != nil {
		return nil, err
	}
	defer closeEngine(e, &err)
	return lessons.RunForStudents(ctx, l, p.traced(e), lessons.Options{})
}

func (p *Program) buildCourse(ctx context.Context, file, what, out string) error {
	if out == "" {
		return fmt.Errorf("build %s: want a folder to write to: -o FOLDER", file)
	}
	c, err := course.Read(file)
	if err != nil {
		return p.refused(err)
	}
	failed := false
	err = c.Build(ctx, course.Options{
		For: what, Footer: footer(), Playground: p.playground,
		Run: func(ctx context.Context, l *lessons.Lesson) (*lessons.Report, error) {
			report, err := p.runForStudents(ctx, l)
			if err != nil {
				return nil, err
			}
			for _, cell := range report.Failed() {
				fmt.Fprintf(p.Stderr, "%v: %s\n", cell.Cell.Pos, cell.Problem)
				failed = true
			}
			return report, nil
		},
		Write: func(name string, data []byte) error {
			name = filepath.Join(out, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				return err
			}
			return writeBytes(name, data)
		},
	})
	if err == nil && failed {
		return errCheckFailed
	}
	return err
}

// wantLesson turns away what is no lesson by its name.
func wantLesson(file string) error {
	if kind(file) != ".md" {
		return fmt.Errorf("%s: want a lesson (.md), got %q", file, filepath.Ext(file))
	}
	return nil
}
