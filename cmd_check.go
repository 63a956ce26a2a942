package main

import (
	"cmp"
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
	"github.com/resident-go/resident/lessons/grade"
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
  - which graded cells have no name, where points do not add up, and which cases (check.Case) no grader could judge (grading);
  - which links, anchors and images lead nowhere (links);
  - which cells are not as gofmt has them (code), which hints cannot be opened (hints);
  - which formulas and diagrams a page cannot show (math, diagrams).

For each lesson with exercises it says on standard error how their tests are judged when submissions are graded: outside of the student's process or beside it.

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
	c.Flags().StringVar(&format, "format", "text", "the `form` of what is found: text, json, junit, or github (annotations of a pull request)")
	c.Flags().StringArrayVar(&only, "only", nil, "run this cell, or the cells of this exercise, and those that they need (attribute deps): a `name`; may be repeated")
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
		verdict := "ok"
		if len(c.found) > 0 {
			verdict = counted(len(c.found), "finding")
		}
		fmt.Fprintf(p.Stderr, "%s: %s in %s\n", file, verdict, lessons.Elapsed(c.elapsed))
		for _, line := range c.tiers {
			fmt.Fprintf(p.Stderr, "%s: %s\n", file, line)
		}
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
	c := checked{file: file, found: found, elapsed: time.Since(start)}
	if l, bad := lessons.Parse(file, src); bad == nil && l.Include(k.Files) == nil {
		c.inspect(l)
	}
	return c, err
}

// inspect adds what graders think of a lesson.
func (c *checked) inspect(l *lessons.Lesson) {
	tests, found, notes := grade.Inspect(l)
	for _, f := range found {
		said := func(other lessons.Finding) bool { return other.Rule == f.Rule && other.Line == f.Line }
		if !slices.ContainsFunc(c.found, said) {
			c.found = append(c.found, f)
		}
	}
	slices.SortStableFunc(c.found, func(a, b lessons.Finding) int { return a.Line - b.Line })
	for _, tier := range []struct {
		grade.Tier
		text string
	}{
		{grade.Outside, "judged outside of the student's process"},
		{grade.Beside, "judged beside the student's code, which could tamper with the verdict"},
		{grade.Person, "judged by a person"},
	} {
		var names []string
		for _, t := range tests {
			if name := cmp.Or(t.Exercise, t.ID); t.Tier == tier.Tier && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			c.tiers = append(c.tiers, tier.text+": "+strings.Join(names, ", "))
		}
	}
	c.tiers = append(c.tiers, notes...)
}

// counted is so many of a thing.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
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
