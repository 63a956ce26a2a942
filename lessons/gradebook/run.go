package gradebook

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/registry"
	"github.com/resident-go/resident/lessons/submission"
)

// Options say how to grade.
type Options struct {
	Registry   *registry.Registry
	Start      grade.Start // of a session for a submission
	Workers    int         // how many submissions are graded at a time; with 0, other processes grade them
	Manual     Manual
	Extensions Extensions
	Again      func(student, task string) bool // what is run once more that was graded before; nil: nothing
	Without    []string                        // what sessions do without; attempts keep that
	Log        *slog.Logger                    // of trouble that goes away; nil: nobody wants to know

	Open func(n int)               // called once, when some are to be graded, with how many; nil: nobody wants to know
	Done func(e *Entry, kept bool) // called for each submission, one at a time; kept says that it had been graded before
}

// Grade has the submissions graded, and waits for all of them. The error says that the work was ended, or that the registry is gone; what was graded until then is kept there.
func (c *Class) Grade(ctx context.Context, subs []submission.Submission, o Options) (*Book, error) {
	b := &Book{Title: c.Title, Drop: c.Drop, Extensions: o.Extensions}
	for _, t := range c.Tasks {
		b.Tasks = append(b.Tasks, TaskInfo{Name: t.Name, Title: t.Grader.Lesson.Meta.Title, Version: t.Grader.Version, Grader: t.Grader.Digest, Max: t.Grader.Max, Weight: t.Weight, Due: t.Due})
	}
	work, asked, err := c.handIn(ctx, b, subs, o)
	if err != nil {
		return nil, err
	}
	open := countOpen(asked)
	if open > 0 && o.Open != nil {
		o.Open(open)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var worker sync.WaitGroup
	var broken error
	if o.Workers > 0 && open > 0 {
		worker.Go(func() {
			if broken = c.Work(ctx, o); broken != nil {
				cancel(broken)
			}
		})
	}
	err = c.await(ctx, b, work, asked, o)
	cancel(nil)
	worker.Wait()
	if err = errors.Join(err, broken); err != nil {
		return nil, err
	}
	b.finish(c)
	return b, nil
}

// Enqueue stores the submissions and asks for their grading, which is then done by whoever works. It says how many have not been graded, and what was left out.
func (c *Class) Enqueue(ctx context.Context, subs []submission.Submission, o Options) (open int, warnings []string, err error) {
	b := new(Book)
	_, asked, err := c.handIn(ctx, b, subs, o)
	return countOpen(asked), b.Warnings, err
}

// Work grades what anybody has asked for that this class has graders for, until the context ends.
func (c *Class) Work(ctx context.Context, o Options) error {
	graders := map[string]registry.Grade{}
	for _, t := range c.Tasks {
		graders[t.Grader.Digest] = func(ctx context.Context, s *submission.Submission) (*grade.Attempt, error) {
			if s.Problem != "" {
				a := t.Grader.Blank()
				a.Broken = s.Problem
				return a, nil
			}
			a, err := t.Grader.Grade(ctx, s.Cells, o.Start)
			if err == nil {
				a.Without = o.Without
			}
			return a, err
		}
	}
	return o.Registry.Work(ctx, registry.Worker{Graders: graders, Jobs: o.Workers, Log: o.Log})
}

// handIn asks for an attempt at each submission that counts. The registry has their content from then on.
func (c *Class) handIn(ctx context.Context, b *Book, subs []submission.Submission, o Options) ([]handed, []registry.Asked, error) {
	work, warnings := c.assign(subs)
	b.Warnings = warnings
	var all []registry.Handed
	for _, h := range work {
		again := o.Again != nil && o.Again(h.Student, h.task.Name)
		all = append(all, registry.Handed{Submission: h.Submission, Task: h.task.Name, Grader: h.task.Grader.Digest, Again: again})
	}
	asked, err := o.Registry.HandIn(ctx, all)
	return work, asked, err
}

// countOpen says how many have not been graded.
func countOpen(asked []registry.Asked) (n int) {
	for _, a := range asked {
		if !a.Kept {
			n++
		}
	}
	return n
}

// await makes entries of outcomes, as they come.
func (c *Class) await(ctx context.Context, b *Book, work []handed, asked []registry.Asked, o Options) error {
	var keys []registry.Key
	at, texts := map[registry.Key]int{}, shared{}
	for i, a := range asked {
		keys = append(keys, a.Key)
		at[a.Key] = i
	}
	return o.Registry.Await(ctx, keys, func(out registry.Outcome) error {
		h, kept := work[at[out.Key]], asked[at[out.Key]].Kept
		var e Entry
		if a := out.Attempt; a != nil {
			texts.attempt(a)
			a.Lesson, a.Student, a.File, a.Received = h.task.Name, h.Student, h.File, h.Received
			e = c.entry(h.task, a, h.Late, &o)
		} else {
			e = h.task.failed(h, out.Failure)
		}
		e.Key = out.Key
		b.Entries = append(b.Entries, e)
		if o.Done != nil {
			o.Done(&e, kept)
		}
		return nil
	})
}
