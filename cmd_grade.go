package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons/gradebook"
	"github.com/resident-go/resident/lessons/submission"
)

func (p *Program) gradeCommand() *cobra.Command {
	f := newGradeFlags()
	enqueue := false
	c := &cobra.Command{
		Use:   "grade LESSON|COURSE SUBMISSIONS -o FOLDER",
		Short: "Grade what students have handed in, and write points, reasons and what other systems read",
		Long: `Grade takes submissions as a folder or a zip of notebooks: nbgrader's layouts, the downloads of Canvas and Moodle, a folder or a file for each student.
It runs what students wrote with the lesson's own tests, hidden ones too, and writes into the folder

  overview.html                 how each test went and what each student has, to begin with
  gradebook.csv, results.csv    points of each student, and of each test
  feedback/STUDENT/LESSON.html  what the student is told, what failed first
  review.html                   answers that a person grades; it saves manual.json, which the next run adds (points of a person go before those of a test that it names)
  changes.csv                   scores that are not what they were when this was run last
  import/ROSTER                 the tables given with --roster, with the points filled in, to be imported where they came from
  import/feedback-LESSON.zip    pages of students whose work came from Moodle or Canvas, to be uploaded there: each gets their own
  gradebook.json, junit.xml, nbgrader.csv   for programs
  registry.db                   what was handed in, and what each point rests on; what was graded is not run again (see "resident regrade")

Two files in the folder are read: manual.json, and extensions.csv with rows student,lesson,until for those who may hand in later. Without a lesson a row is for all; in place of a time, "excused" says
that the lesson does not count for this student.

Tests that are written as check.Case(...).Call(...).Want(...) are judged outside of the process that has a student's code. Other tests run beside that code; the reports say so.

With --db postgres://... the registry is there, and "resident worker" on other machines grades as well: with -j 0 they do all of it, and with --enqueue nobody waits for them.

What cannot be graded (a machine without a disk, a worker that ends five times at the same submission) is tried again by the next run, or by "resident regrade --failed"; until then its
student has no points and no percentage, a column of gradebook.csv names the lesson, and the feedback says so.

The exit code is 0 when everything was graded, 1 when something could not be, and 2 when nothing was, for example because the lesson fails its own tests.`,
		Args: cobra.ExactArgs(2),
		RunE: interruptible(func(ctx context.Context, args []string) error {
			if enqueue {
				return p.enqueue(ctx, args[0], args[1], f)
			}
			return p.grade(ctx, args[0], args[1], f)
		}),
	}
	f.register(c, inFolder)
	c.Flags().StringVarP(&f.out, "output", "o", "", "write to this `folder`")
	c.Flags().BoolVar(&enqueue, "enqueue", false, "store the submissions, and leave it to others to grade them and to a later run to write what came of it")
	c.Flags().StringArrayVar(&f.rosters, "roster", nil, "fill points into this `file`, which Canvas (Gradebook, Export) or Moodle (Grades, Export, or an assignment's grading worksheet) has exported; may be repeated")
	c.Flags().Var(columnFlag{&f.columns}, "roster-column", "say what a column of the rosters is, where that is not recognised: id=COLUMN, name=COLUMN, points=COLUMN, points:LESSON=COLUMN, maximum=COLUMN, feedback=COLUMN; may be repeated")
	return c
}

func (p *Program) grade(ctx context.Context, lesson, place string, f *gradeFlags) error {
	if f.out == "" {
		return fmt.Errorf("grade %s: want a folder to write to: -o FOLDER", lesson)
	}
	c, err := p.openFor(ctx, lesson, place, f)
	if err != nil {
		return err
	}
	found, err := submission.Read(place, c.Names())
	if err == nil {
		err = errors.Join(p.gradeAll(ctx, c, found.Submissions, found.Warnings, f, nil), found.Close())
	}
	return errors.Join(err, c.close())
}

// openFor opens a class to grade what lies at a place, which has to be there: a lesson can take minutes to pass its own tests.
func (p *Program) openFor(ctx context.Context, lesson, place string, f *gradeFlags) (*openedClass, error) {
	if _, err := os.Stat(place); err != nil {
		return nil, fmt.Errorf("read what was handed in: %w", err)
	}
	return p.openClass(ctx, lesson, f)
}

// enqueue stores submissions for others to grade.
func (p *Program) enqueue(ctx context.Context, lesson, place string, f *gradeFlags) error {
	c, err := p.openFor(ctx, lesson, place, f)
	if err != nil {
		return err
	}
	found, err := submission.Read(place, c.Names())
	if err == nil {
		var open int
		var more []string
		open, more, err = c.Enqueue(ctx, found.Submissions, c.options)
		err = errors.Join(err, found.Close())
		p.warn(append(found.Warnings, more...))
		fmt.Fprintf(p.Stdout, "%d to be graded\n", open)
	}
	return errors.Join(err, c.close())
}

// gradeAll grades, and writes what came of it.
func (p *Program) gradeAll(ctx context.Context, c *openedClass, subs []submission.Submission, warnings []string, f *gradeFlags, again func(student, task string) bool) error {
	manual, err := gradebook.ReadManual(filepath.Join(f.out, gradebook.ManualFile))
	if err != nil {
		return err
	}
	extensions, err := gradebook.ReadExtensions(filepath.Join(f.out, gradebook.ExtensionsFile))
	if err != nil {
		return err
	}
	before, err := gradebook.ReadBook(filepath.Join(f.out, gradebook.BookFile))
	if err != nil {
		return err
	}
	rosters, err := readRosters(c.Class, f.rosters, f.columns)
	if err != nil {
		return err
	}
	o := c.options
	o.Manual, o.Extensions, o.Again, o.Done = manual, extensions, again, p.sayGraded
	if o.Workers == 0 {
		o.Open = func(n int) {
			fmt.Fprintf(p.Stderr, "waiting for workers to grade %d: \"resident worker\" with the same --db, lessons and --cell-timeout\n", n)
		}
	}
	book, err := c.Grade(ctx, subs, o)
	if err != nil {
		return err
	}
	if err := book.Tell(ctx, o.Registry); err != nil {
		return err
	}
	book.Warnings = slices.Concat(warnings, book.Warnings, manual.Check(book), extensions.Check(book))
	if err := rosters.fill(f.out, book); err != nil {
		return err
	}
	return p.tell(c.Class, book, book.Since(before), manual, f.out)
}

func (p *Program) sayGraded(e *gradebook.Entry, kept bool) {
	who := submission.Printable(e.Student + ", " + e.Task)
	if e.Failed != "" {
		fmt.Fprintf(p.Stderr, "%s: not graded: %s\n", who, printableLines(e.Failed))
		return
	}
	how := ""
	if kept {
		how = ", as before"
	}
	if e.Broken != "" {
		how += ": " + submission.Printable(e.Broken)
	}
	fmt.Fprintf(p.Stderr, "%s: %.4g of %g%s\n", who, e.Score, e.Max, how)
}

// printableLines is a text of several lines, which may have words of students in it.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = submission.Printable(lines[i])
	}
	return strings.Join(lines, "\n  ")
}

func (p *Program) warn(warnings []string) {
	for _, w := range warnings {
		fmt.Fprintln(p.Stderr, "resident:", printableLines(w))
	}
}

// tell writes the results, and says on the terminal what is not as expected.
func (p *Program) tell(class *gradebook.Class, book *gradebook.Book, changes []gradebook.Change, manual gradebook.Manual, folder string) error {
	if err := class.Write(folder, book, changes, manual); err != nil {
		return err
	}
	p.warn(book.Warnings)
	for _, c := range changes {
		fmt.Fprintln(p.Stdout, submission.Printable(c.String()))
	}
	for _, failed := range book.Failed {
		fmt.Fprintln(p.Stderr, "resident: not graded:", printableLines(failed))
	}
	fmt.Fprintf(p.Stderr, "%s of %s: begin with %s\n", counted(len(book.Entries), "submission"), counted(len(book.Students()), "student"), filepath.Join(folder, gradebook.OverviewFile))
	if n := len(book.Failed); n > 0 {
		fmt.Fprintf(p.Stderr, "resident: %d could not be graded: they have no points, the gradebook names them, and \"resident regrade --failed\" grades them once more\n", n)
		return errCheckFailed
	}
	return nil
}
