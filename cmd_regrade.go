package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
	"github.com/resident-go/resident/lessons/registry"
	"github.com/resident-go/resident/lessons/submission"
)

// regradeFlags are those of "resident regrade" alone.
type regradeFlags struct {
	*gradeFlags
	explain, verify bool
	failed          bool
	students, tasks []string
}

func (p *Program) regradeCommand() *cobra.Command {
	f := &regradeFlags{gradeFlags: newGradeFlags()}
	c := &cobra.Command{
		Use: `regrade LESSON|COURSE -o FOLDER
  resident regrade --explain STUDENT LESSON -o FOLDER
  resident regrade --verify -o FOLDER`,
		Short: "Grade once more what was handed in; say what a score rests on; check that nothing of it was changed",
		Long: `Regrade takes the submissions from the registry and runs them again, all of them or those of some students or lessons. Earlier attempts stay. It writes what "resident grade" writes, and says
which scores have changed and why. With --failed it runs only what could not be graded.

With --explain it tells all that has happened to what a student handed in for a lesson: the files, the attempts, by which grader, when and where, with each point's reason.

With --verify it reads the whole registry. Each row of its log carries the hash of the row before, and of what it is about: what was changed afterwards is found. The end of the log is compared with
gradebook.json, when that is in the folder.`,
		Args: cobra.ArbitraryArgs,
		RunE: interruptible(func(ctx context.Context, args []string) error { return p.regradeAny(ctx, args, f) }),
	}
	f.register(c, inFolder)
	flags := c.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "the `folder` that \"resident grade\" has written to")
	flags.BoolVar(&f.explain, "explain", false, "tell the history of a student's work for a lesson")
	flags.BoolVar(&f.verify, "verify", false, "check the registry")
	flags.BoolVar(&f.failed, "failed", false, "grade only what could not be graded, through no fault of its student")
	flags.StringSliceVar(&f.students, "student", nil, "grade only this `student` again; may be repeated")
	flags.StringSliceVar(&f.tasks, "lesson", nil, "grade only this `lesson` again: its file's name without the ending; may be repeated")
	return c
}

func (p *Program) regradeAny(ctx context.Context, args []string, f *regradeFlags) error {
	if place := f.place(); place != "" && !registry.IsPostgres(place) && !exists(place) {
		return fmt.Errorf("regrade: there is no registry %s: want the folder that \"resident grade\" has written to: -o FOLDER, or --db PLACE", place)
	}
	switch {
	case f.verify && !f.explain && len(args) == 0:
		return p.verify(ctx, f)
	case f.explain && !f.verify && len(args) == 2:
		return p.explain(ctx, args[0], args[1], f)
	case !f.explain && !f.verify && len(args) == 1 && f.out != "":
		return p.regrade(ctx, args[0], f)
	}
	return errors.New("regrade: want LESSON|COURSE -o FOLDER, --explain STUDENT LESSON, or --verify")
}

func (p *Program) regrade(ctx context.Context, lesson string, f *regradeFlags) error {
	if f.failed && len(f.students)+len(f.tasks) > 0 {
		return errors.New("regrade: --failed says by itself what is graded again: want it without --student and --lesson")
	}
	c, err := p.openClass(ctx, lesson, f.gradeFlags)
	if err != nil {
		return err
	}
	subs, err := stored(ctx, c.options.Registry)
	if err == nil {
		err = f.mistyped(subs)
	}
	if err == nil {
		err = p.gradeAll(ctx, c, subs, nil, f.gradeFlags, f.chosen)
	}
	return errors.Join(err, c.close())
}

func (f *regradeFlags) chosen(student, task string) bool {
	if f.failed { // what has no attempt is graded anyway
		return false
	}
	return (len(f.students) == 0 || slices.Contains(f.students, student)) && (len(f.tasks) == 0 || slices.Contains(f.tasks, task))
}

// mistyped finds names that nobody has: to grade nothing again would look like success.
func (f *regradeFlags) mistyped(subs []submission.Submission) error {
	for _, name := range f.students {
		if !slices.ContainsFunc(subs, func(s submission.Submission) bool { return s.Student == name }) {
			return fmt.Errorf("regrade: nothing was handed in by %q", name)
		}
	}
	for _, name := range f.tasks {
		if !slices.ContainsFunc(subs, func(s submission.Submission) bool { return s.Assignment == name }) {
			return fmt.Errorf("regrade: nothing was handed in for %q", name)
		}
	}
	return nil
}

// stored are all submissions of a registry.
func stored(ctx context.Context, r *registry.Registry) (subs []submission.Submission, err error) {
	all, err := r.Submissions(ctx)
	for _, h := range all {
		if h.Problem == "" {
			if err := h.Load(); err != nil {
				return nil, err
			}
			h.Parse()
			h.Unload()
		}
		subs = append(subs, *h.Submission)
	}
	if err == nil && len(subs) == 0 {
		err = errors.New("regrade: nothing was handed in")
	}
	return subs, err
}

func (p *Program) verify(ctx context.Context, f *regradeFlags) error {
	r, err := f.openRegistry(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	return p.sayWhole(ctx, r, f)
}

// sayWhole says whether the registry is as it was written.
func (p *Program) sayWhole(ctx context.Context, r *registry.Registry, f *regradeFlags) error {
	known := registry.Head{}
	if f.out != "" {
		b, err := gradebook.ReadBook(filepath.Join(f.out, gradebook.BookFile))
		if err != nil {
			return err
		}
		if b != nil && b.Log != nil {
			known = *b.Log
		}
	}
	head, problems, err := r.Verify(ctx, known)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		fmt.Fprintln(p.Stderr, "resident:", problem)
	}
	if len(problems) > 0 {
		return errCheckFailed
	}
	fmt.Fprintf(p.Stdout, "the log has %d rows, and all is as it was written; its end is %s\n", head.Seq, head.Hash)
	return nil
}

func (p *Program) explain(ctx context.Context, student, task string, f *regradeFlags) error {
	r, err := f.openRegistry(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	all, err := r.History(ctx, student, task)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return nothingFrom(ctx, r, student, task)
	}
	for _, h := range all {
		sayHappened(p.Stdout, &h)
	}
	if err := p.sayScore(f.out, student, task); err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout)
	return p.sayWhole(ctx, r, f)
}

// nothingFrom says that a student has handed in nothing for a task, and what they have.
func nothingFrom(ctx context.Context, r *registry.Registry, student, task string) error {
	all, err := r.Submissions(ctx)
	if err != nil {
		return err
	}
	var tasks []string
	for _, h := range all {
		if h.Student == student && !slices.Contains(tasks, h.Task) {
			tasks = append(tasks, h.Task)
		}
	}
	if len(tasks) == 0 {
		return fmt.Errorf("regrade: nothing was handed in by %q for %q", student, task)
	}
	return fmt.Errorf("regrade: nothing was handed in by %q for %q, but for %s", student, task, strings.Join(tasks, ", "))
}

// sayScore writes what the gradebook of a folder has made of the attempt that counts: with a person's points, and less what being late costs.
func (p *Program) sayScore(folder, student, task string) error {
	if folder == "" {
		return nil
	}
	b, err := gradebook.ReadBook(filepath.Join(folder, gradebook.BookFile))
	if err != nil || b == nil {
		return err
	}
	e := b.Of(student, task)
	switch {
	case e == nil:
		return nil
	case e.Failed != "":
		fmt.Fprintf(p.Stdout, "the gradebook has no points for it: %q\n", e.Failed)
		return nil
	}
	fmt.Fprintf(p.Stdout, "the gradebook has %.4g of %g points", e.Score, e.Max)
	if e.Late != "" {
		fmt.Fprintf(p.Stdout, ", %.4g less %g %%: %s", e.Points, e.Percent, e.Late)
	}
	fmt.Fprintln(p.Stdout)
	for _, r := range e.Results {
		if r.Tier == grade.Person && r.Verdict != grade.Pending {
			fmt.Fprintf(p.Stdout, "\t%s: %g of %g, given by a person: %q\n", r.ID, r.Points, r.Max, r.Comment)
		}
	}
	return nil
}

// sayHappened writes a row of the log, and what it is about.
func sayHappened(w io.Writer, h *registry.Happened) {
	fmt.Fprintf(w, "row %d, %s, %s, hash %.12s: ", h.Seq, h.At.Local().Format(time.RFC3339), h.Host, h.Hash)
	switch {
	case h.Event == registry.Received && h.Problem != "":
		fmt.Fprintf(w, "%q was handed in, sha256 %.12s, and cannot be read: %q\n", h.File, h.Content, h.Problem)
	case h.Event == registry.Received:
		fmt.Fprintf(w, "%q was handed in, sha256 %.12s\n", h.File, h.Content)
	case h.Event == registry.Told:
		fmt.Fprintf(w, "the student was told of run %d, on a page with sha256 %.12s\n", h.Run, h.Content)
	case h.Outcome == nil:
		fmt.Fprintf(w, "%s, and what that was is gone\n", h.Event)
	case h.Outcome.Attempt == nil:
		fmt.Fprintf(w, "run %d of grader %.12s could not grade it: %q\n", h.Run, h.Grader, h.Outcome.Failure)
	default:
		a := h.Outcome.Attempt
		fmt.Fprintf(w, "run %d of grader %.12s graded the file %.12s: %g of %g\n", h.Run, h.Grader, a.Submission, a.Points, a.Max)
		sayPoints(w, a)
	}
}

// sayPoints writes what each point of an attempt rests on.
func sayPoints(w io.Writer, a *grade.Attempt) {
	line := func(name string, points, most float64, v grade.Verdict, tier grade.Tier, reason string) {
		fmt.Fprintf(w, "\t%s: %g of %g, %s", name, points, most, v)
		if tier == grade.Beside {
			fmt.Fprint(w, " (judged beside the student's code)")
		}
		if reason != "" {
			fmt.Fprintf(w, ": %q", reason)
		}
		fmt.Fprintln(w)
	}
	if a.Broken != "" {
		fmt.Fprintf(w, "\t%q\n", a.Broken)
		return
	}
	for _, r := range a.Results {
		if len(r.Cases) == 0 {
			line(r.ID, r.Points, r.Max, r.Verdict, r.Tier, r.Reason)
		}
		for _, c := range r.Cases {
			line(r.ID+", "+c.Name, c.Points, c.Max, c.Verdict, r.Tier, c.Reason)
		}
	}
}
