package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
	"github.com/resident-go/resident/lessons/submission"
	"github.com/resident-go/resident/nbformat"
)

// gradeFlags are the flags of "resident grade".
type gradeFlags struct {
	out     string
	workers int
	sandbox string
	again   bool
	rosters []string
	limits  grade.Limits
}

func (p *Program) gradeCommand() *cobra.Command {
	f := gradeFlags{limits: grade.DefaultLimits}
	c := &cobra.Command{
		Use:   "grade LESSON|COURSE SUBMISSIONS -o FOLDER",
		Short: "Grade what students have handed in, and write points, reasons and what other systems read",
		Long: `Grade takes submissions as a folder or a zip of notebooks: nbgrader's layouts, the downloads of Canvas and Moodle, a folder or a file for each student.
It runs what students wrote with the lesson's own tests, hidden ones too, and writes into the folder

  gradebook.csv, results.csv    points of each student, and of each test
  feedback/STUDENT/LESSON.html  what the student is told, what failed first
  review.html                   answers that a person grades; it saves manual.json, which the next run adds
  changes.csv                   scores that are not what they were when this was run last
  import/ROSTER                 the tables given with --roster, with the points filled in, to be imported where they came from
  gradebook.json, junit.xml, nbgrader.csv   for programs
  attempts/                     what each point rests on; what was graded there is not run again

Tests that are written as check.Case(...).Call(...).Want(...) are judged outside of the process that has a student's code. Other tests run beside that code; the reports say so.

The exit code is 0 when everything was graded, 1 when something could not be, and 2 when nothing was, for example because the lesson fails its own tests.`,
		Args: cobra.ExactArgs(2),
		RunE: interruptible(func(ctx context.Context, args []string) error { return p.grade(ctx, args[0], args[1], f) }),
	}
	flags := c.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "write to this `folder`")
	flags.IntVarP(&f.workers, "jobs", "j", runtime.NumCPU(), "how many submissions are graded at a time")
	flags.StringVar(&f.sandbox, "sandbox", "strict", "run students' code in a sandbox: strict (refuses where the machine lacks something), best-effort (says what it lacks), container (for root in a container without namespaces: as other users), or `none`: as this user, with all that this user may do")
	flags.BoolVar(&f.again, "again", false, "run what was graded before, too")
	flags.StringArrayVar(&f.rosters, "roster", nil, "fill points into this `file`, which Canvas (Gradebook, Export) or Moodle (Grades, Export, or an assignment's grading worksheet) has exported; may be repeated")
	flags.DurationVar(&f.limits.Time, "cell-timeout", f.limits.Time, "`time` that a cell without a timeout of its own may take, and each case")
	return c
}

func (p *Program) grade(ctx context.Context, lesson, place string, f gradeFlags) error {
	if f.out == "" {
		return fmt.Errorf("grade %s: want a folder to write to: -o FOLDER", lesson)
	}
	manual, err := gradebook.ReadManual(filepath.Join(f.out, gradebook.ManualFile))
	if err != nil {
		return err
	}
	before, err := gradebook.ReadBook(filepath.Join(f.out, gradebook.BookFile))
	if err != nil {
		return err
	}
	read, err := p.readClass(lesson)
	if err != nil {
		return err
	}
	rooms, err := p.openRooms(ctx, filepath.Dir(lesson), read.files, f)
	if err != nil {
		return err
	}
	defer rooms.close()
	class, err := p.class(ctx, read, rooms, f)
	if err != nil {
		return err
	}
	rosters, err := readRosters(class, f.rosters)
	if err != nil {
		return err
	}
	subs, warnings, err := submission.Read(place, class.Names())
	if err != nil {
		return err
	}
	book, err := p.gradeAll(ctx, class, subs, manual, rooms, f)
	if err != nil {
		return err
	}
	book.Warnings = append(append(warnings, book.Warnings...), manual.Check(book)...)
	if err := rosters.fill(f.out, book); err != nil {
		return err
	}
	return p.tell(class, book, book.Since(before), manual, f)
}

func (p *Program) gradeAll(ctx context.Context, class *gradebook.Class, subs []submission.Submission, manual gradebook.Manual, rooms *rooms, f gradeFlags) (*gradebook.Book, error) {
	return class.Grade(ctx, subs, gradebook.Options{
		Start: rooms.students, Without: rooms.without, Folder: filepath.Join(f.out, "attempts"), Workers: f.workers, Manual: manual, Again: f.again,
		Done: func(e *gradebook.Entry, kept bool) {
			how := ""
			if kept {
				how = ", as before"
			}
			if e.Broken != "" {
				how += ": " + e.Broken
			}
			fmt.Fprintf(p.Stderr, "%s, %s: %.4g of %g%s\n", e.Student, e.Task, e.Score, e.Max, how)
		},
	})
}

// tell writes the results, and says on the terminal what is not as expected.
func (p *Program) tell(class *gradebook.Class, book *gradebook.Book, changes []gradebook.Change, manual gradebook.Manual, f gradeFlags) error {
	if err := class.Write(f.out, book, changes, manual); err != nil {
		return err
	}
	for _, w := range book.Warnings {
		fmt.Fprintln(p.Stderr, "resident:", w)
	}
	for _, c := range changes {
		fmt.Fprintln(p.Stdout, c)
	}
	for _, failed := range book.Failed {
		fmt.Fprintln(p.Stderr, "resident: not graded:", failed)
	}
	if len(book.Failed) > 0 {
		return errCheckFailed
	}
	return nil
}

// readClass is a course, or one lesson, that was read.
type readClass struct {
	title    string
	late     course.Late
	chapters []course.Chapter
	files    []string // patterns of what cells read
}

func (p *Program) readClass(file string) (*readClass, error) {
	if course.IsCourse(file) {
		c, err := course.Read(file)
		if err != nil {
			return nil, p.refused(err)
		}
		return &readClass{c.Title, c.Late, c.Chapters(), c.Files}, nil
	}
	l, err := readGraded(file)
	if err != nil {
		return nil, p.refused(err)
	}
	return &readClass{title: l.Meta.Title, chapters: []course.Chapter{{Lesson: l}}, files: dataBeside(file)}, nil
}

// readGraded reads a lesson. A notebook is made one first: what students get is cut out of a lesson's text.
func readGraded(file string) (*lessons.Lesson, error) {
	if filepath.Ext(file) != ".ipynb" {
		return lessons.ReadFile(file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	nb, err := nbformat.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	src, _, err := lessons.Markdown(file, nb)
	if err != nil {
		return nil, err
	}
	return lessons.Parse(file, src)
}

// class makes the graders. One lesson that cannot grade is enough to grade nobody.
func (p *Program) class(ctx context.Context, r *readClass, rooms *rooms, f gradeFlags) (*gradebook.Class, error) {
	c := &gradebook.Class{Title: r.title, Late: r.late}
	for _, ch := range r.chapters {
		if ch.Lesson.Points() == 0 {
			continue
		}
		begin := time.Now()
		g, err := grade.New(ctx, ch.Lesson, rooms.author, f.limits)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(p.Stderr, "%s: passes its own tests, %g points, in %s\n", ch.Lesson.File, g.Max, lessons.Elapsed(time.Since(begin)))
		name := strings.TrimSuffix(filepath.Base(ch.Lesson.File), filepath.Ext(ch.Lesson.File))
		c.Tasks = append(c.Tasks, gradebook.Task{Name: name, Due: ch.Due, Weight: cmp.Or(ch.Weight, g.Max), Grader: g})
	}
	if len(c.Tasks) == 0 {
		return nil, errors.New("grade: nothing in it gives points")
	}
	return c, nil
}
