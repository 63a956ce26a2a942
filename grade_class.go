package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
	"github.com/resident-go/resident/lessons/registry"
	"github.com/resident-go/resident/lessons/roster"
)

// gradeFlags are the flags of all commands that grade.
type gradeFlags struct {
	out     string
	db      string
	workers int
	sandbox string
	rosters []string
	columns roster.Columns
	limits  grade.Limits
	whole   bool
}

func newGradeFlags() *gradeFlags { return &gradeFlags{limits: grade.DefaultLimits} }

// inFolder says where the registry is if nobody says.
const inFolder = " (default: registry.db in the folder)"

func (f *gradeFlags) register(c *cobra.Command, place string) {
	flags := c.Flags()
	flags.StringVar(&f.db, "db", "", "the registry's `place`: postgres://USER@HOST/DATABASE, or an SQLite file"+place)
	flags.IntVarP(&f.workers, "jobs", "j", runtime.NumCPU(), "the `number` of submissions that are graded at a time")
	flags.StringVar(&f.sandbox, "sandbox", "strict", "run students' code in a sandbox of this `mode`: strict (refuses where the machine lacks something), best-effort (says what it lacks), container (for root in a container without namespaces: as other users), or none: as this user, with all that this user may do")
	flags.DurationVar(&f.limits.Time, "cell-timeout", f.limits.Time, "`time` that a cell without a timeout of its own may take, and each case")
	flags.BoolVar(&f.whole, "whole", false, "have every submission run every cell of the lesson, not only those that it needs")
}

// place is where the registry is that the flags speak of, "" if they speak of none.
func (f *gradeFlags) place() string {
	if f.db == "" && f.out != "" {
		return filepath.Join(f.out, "registry.db")
	}
	return f.db
}

func (f *gradeFlags) openRegistry(ctx context.Context) (*registry.Registry, error) {
	place := f.place()
	if place == "" {
		return nil, errors.New("want a registry: --db PLACE, or the folder that \"resident grade\" has written to: -o FOLDER")
	}
	return registry.Open(ctx, place)
}

// openedClass is a class with all that it takes to grade it.
type openedClass struct {
	*gradebook.Class
	options gradebook.Options
	rooms   *rooms
}

// openClass proves the lessons, and opens the registry once they are found to be fit to grade.
func (p *Program) openClass(ctx context.Context, lesson string, f *gradeFlags) (c *openedClass, err error) {
	read, err := p.readClass(lesson, f.rosters...)
	if err != nil {
		return nil, err
	}
	c = new(openedClass)
	if c.rooms, err = p.openRooms(ctx, filepath.Dir(lesson), read.files, f); err != nil {
		return nil, err
	}
	if c.Class, err = p.class(ctx, read, c.rooms, f); err == nil {
		c.options = gradebook.Options{Start: c.rooms.students, Without: c.rooms.without, Workers: f.workers, Log: slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
		c.options.Registry, err = f.openRegistry(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *openedClass) close() error {
	err := c.rooms.close()
	if c.options.Registry != nil {
		err = errors.Join(err, c.options.Registry.Close())
	}
	return err
}

// readClass is a course, or one lesson, that was read.
type readClass struct {
	title    string
	late     course.Late
	drop     int
	chapters []course.Chapter
	files    []string // patterns of what cells read
}

// readClass reads a course, or a lesson and what lies beside it, and says what that is: a table of students may be among it. Those that are named as such are left out.
func (p *Program) readClass(file string, rosters ...string) (*readClass, error) {
	if course.IsCourse(file) {
		c, err := course.Read(file)
		if err != nil {
			return nil, p.refused(err)
		}
		return &readClass{c.Title, c.Late, c.Drop, c.Chapters(), c.Files}, nil
	}
	l, err := readGraded(file)
	if err != nil {
		return nil, p.refused(err)
	}
	beside := slices.DeleteFunc(dataBeside(file), func(name string) bool {
		return slices.ContainsFunc(rosters, func(r string) bool { return filepath.Clean(r) == filepath.Join(filepath.Dir(file), name) })
	})
	if len(beside) > 0 {
		fmt.Fprintf(p.Stderr, "resident: cells of %s can read what lies beside it: %s (a course.yaml says under files what they may)\n", file, strings.Join(beside, ", "))
	}
	return &readClass{title: l.Meta.Title, chapters: []course.Chapter{{Lesson: l}}, files: beside}, nil
}

// readGraded reads a lesson. A notebook is made one first: what students get is cut out of a lesson's text.
func readGraded(file string) (*lessons.Lesson, error) {
	if filepath.Ext(file) != ".ipynb" {
		return lessons.ReadFile(file)
	}
	nb, err := readNotebook(file)
	if err != nil {
		return nil, err
	}
	src, _, err := lessons.Markdown(file, nb)
	if err != nil {
		return nil, err
	}
	return lessons.Parse(file, src)
}

// class makes the graders. One lesson that cannot grade is enough to grade nobody.
func (p *Program) class(ctx context.Context, r *readClass, rooms *rooms, f *gradeFlags) (*gradebook.Class, error) {
	c := &gradebook.Class{Title: r.title, Late: r.late, Drop: r.drop}
	for _, ch := range r.chapters {
		if ch.Lesson.Points() == 0 {
			continue
		}
		begin := time.Now()
		g, err := grade.New(ctx, ch.Lesson, rooms.author, f.limits, f.whole)
		if err == nil {
			err = rooms.teach(g.Given())
		}
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(p.Stderr, "%s: passes its own tests, %g points, in %s\n", ch.Lesson.File, g.Max, lessons.Elapsed(time.Since(begin)))
		for _, note := range g.Notes {
			p.warn([]string{ch.Lesson.File + ": " + note})
		}
		name := strings.TrimSuffix(filepath.Base(ch.Lesson.File), filepath.Ext(ch.Lesson.File))
		c.Tasks = append(c.Tasks, gradebook.Task{Name: name, Due: ch.Due, Weight: cmp.Or(ch.Weight, g.Max), Grader: g})
	}
	if len(c.Tasks) == 0 {
		return nil, errors.New("grade: nothing in it gives points")
	}
	return c, nil
}
