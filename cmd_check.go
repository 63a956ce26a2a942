package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
)

func (p *Program) checkCommand() *cobra.Command {
	var format string
	var only []string
	var watch bool
	c := &cobra.Command{
		Use:   "check LESSON|COURSE...",
		Short: "Hold lessons (.md), or those of a course, to their word before a student sees them",
		Long: `Check runs each lesson as it stands, and then as students get it, each time in a session of its own. It says

  - where a cell does not do what the lesson says (rule run);
  - where the students' version does not compile, and which tests (role="test") pass in it without a solution (students);
  - which lines that are hidden from students stand in their version, its notebook or its page all the same (hidden);
  - which graded cells have no name, and where points do not add up (grading);
  - which links, anchors and images lead nowhere (links);
  - which cells are not as gofmt has them (code), which hints cannot be opened (hints);
  - which formulas and diagrams a page cannot show (math, diagrams).

The exit code is 0 when there is nothing to say, 1 when there is, and 2 when a lesson could not be run.`,
		Args: cobra.MinimumNArgs(1),
		RunE: interruptible(func(ctx context.Context, args []string) error {
			if formats[format] == nil {
				return fmt.Errorf("format %q: want one of %s", format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
			}
			if watch {
				return p.watch(ctx, args, func(files []string) error { return p.check(ctx, files, only, format) })
			}
			return p.check(ctx, args, only, format)
		}),
	}
	c.Flags().StringVar(&format, "format", "text", "of what is found: text, json, junit, or github (annotations of a pull request)")
	c.Flags().StringArrayVar(&only, "only", nil, "run this cell, or the cells of this exercise, and those that they need (attribute deps): a `name`, as often as needed")
	c.Flags().BoolVar(&watch, "watch", false, "check again whenever something in a lesson's folder changes, until interrupted")
	return c
}

func (p *Program) check(ctx context.Context, files, only []string, format string) error {
	files, all, err := p.expand(files)
	if err != nil {
		return err
	}
	for _, file := range files {
		c, err := p.checkFile(ctx, file, only)
		if err != nil {
			return err
		}
		all = append(all, c)
		fmt.Fprintf(p.Stderr, "%s: %s in %s\n", file, counted(len(c.found)), lessons.Elapsed(c.elapsed))
	}
	if err := formats[format](p.Stdout, all); err != nil {
		return err
	}
	if len(findings(all)) > 0 {
		return errCheckFailed
	}
	return nil
}

// expand puts the lessons of a course in its place, and says where the course file and they do not agree.
func (p *Program) expand(files []string) (lessonFiles []string, all []checked, err error) {
	for _, file := range files {
		if !course.IsCourse(file) {
			lessonFiles = append(lessonFiles, file)
			continue
		}
		c, err := course.Read(file)
		if err != nil {
			return nil, nil, p.refused(err)
		}
		lessonFiles = append(lessonFiles, c.Lessons()...)
		all = append(all, checked{file: file, found: c.Check()})
	}
	return lessonFiles, all, nil
}

func (p *Program) checkFile(ctx context.Context, file string, only []string) (checked, error) {
	if err := wantLesson(file); err != nil {
		return checked{}, err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return checked{}, err
	}
	root, err := os.OpenRoot(filepath.Dir(file)) // links out of the folder are not followed
	if err != nil {
		return checked{}, err
	}
	defer root.Close()
	k := lessons.Checker{Files: root.FS(), Start: p.sessions(filepath.Dir(file)), Only: only}
	start := time.Now()
	found, err := k.Check(ctx, file, src)
	return checked{file, found, time.Since(start)}, err
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

// sessions starts an engine for each run.
func (p *Program) sessions(dir string) func(ctx context.Context) (lessons.Runner, func() error, error) {
	return func(ctx context.Context) (lessons.Runner, func() error, error) {
		e, err := p.newEngine(ctx, dir)
		if err != nil {
			return nil, nil, err
		}
		return p.traced(e), e.Close, nil
	}
}
