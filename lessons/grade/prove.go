package grade

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons"
)

// brokenError says what the lesson's own solutions do not do.
type brokenError struct {
	text string
	late bool // they did not end in time
}

func (e *brokenError) Error() string { return e.text }

// isBroken tells an error about the lesson, which may pass when more of its cells are run, from others, and whether time ran out.
func isBroken(err error) (broken, late bool) {
	bad, broken := errors.AsType[*brokenError](err)
	return broken, broken && bad.late
}

// tryOut proves the lesson, and finds out how little of it a submission has to run.
func (g *Grader) tryOut(ctx context.Context, start Start) error {
	err := g.prove(ctx, start)
	if broken, late := isBroken(err); broken && !late && !g.whole {
		g.whole = true
		g.choose()
		g.Notes = append(g.Notes, fmt.Sprintf("every submission runs all of the lesson's cells, since with those alone that tests and answers name, %v", err)+adviceNeeds)
		err = g.prove(ctx, start)
	}
	if err != nil {
		if _, late := isBroken(err); late {
			err = fmt.Errorf("%w%s", err, adviceTime)
		}
		return err
	}
	if err := g.rehearseAll(ctx, start); err != nil {
		return err
	}
	return g.rehearseTogether(ctx, start)
}

// What the author can do.
const (
	adviceNeeds = `. A cell that another one needs without naming it can be named: deps=["CELL"]; one that all need has role="setup"`
	adviceTime  = `. If the machine is busy, grade again, or allow more (--cell-timeout, or timeout= in the lesson); if the cell waits for one that was not run, name that with deps=["CELL"], or have every submission run every cell: --whole`
)

// rehearseAll rehearses, and has submissions run all that the lesson's own solutions need when less had another outcome. A machine has moments in which it is busy: what ran out of time
// is tried once more.
func (g *Grader) rehearseAll(ctx context.Context, start Start) error {
	err := g.rehearse(ctx, start)
	if _, late := isBroken(err); late {
		err = g.rehearse(ctx, start)
	}
	broken, late := isBroken(err)
	if !broken {
		return err
	}
	left := g.spared()
	if late {
		return fmt.Errorf("it passes its tests, but without the cells that no submission should need (%s), %w%s", left, err, adviceTime)
	}
	g.wide = true
	g.choose()
	g.Notes = append(g.Notes, fmt.Sprintf("every submission runs %s as well, since without, %v", left, err)+adviceNeeds)
	return nil
}

// spared are the cells that the lesson's own solutions need, and submissions should not.
func (g *Grader) spared() string {
	var names []string
	for _, s := range g.steps {
		if s.needed && !s.theirs {
			names = append(names, s.cell.Label())
		}
	}
	return strings.Join(names, ", ")
}

// prove runs the lesson with its own solutions, asks it what cases should return, and demands that each test passes.
func (g *Grader) prove(ctx context.Context, start Start) error {
	return g.pass(ctx, start, func(s *step) bool { return s.needed }, true)
}

// rehearse does what will be done with a submission, in which not all cells of the lesson are run, with the lesson's own solutions.
func (g *Grader) rehearse(ctx context.Context, start Start) error {
	if !slices.ContainsFunc(g.steps, func(s *step) bool { return s.needed && !s.theirs }) {
		return nil
	}
	return g.pass(ctx, start, func(s *step) bool { return s.theirs }, false)
}

// pass runs some cells with the lesson's own solutions. They may show what they like: a chart is drawn anew while a model trains, more often the longer that takes.
func (g *Grader) pass(ctx context.Context, start Start, runs func(*step) bool, ask bool) (err error) {
	began := time.Now()
	defer func() { g.took = max(g.took, time.Since(began)) }()
	r, err := g.newRunning(ctx, start)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.session.close()) }()
	r.session.limits.Output = math.MaxInt
	for _, s := range g.steps {
		switch {
		case !runs(s):
		case s.test == nil || s.test.Tier == Person:
			err = r.provide(ctx, s)
		default:
			err = r.prove(ctx, s, ask)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// provide runs a cell that is no test.
func (r *running) provide(ctx context.Context, s *step) error {
	out, err := r.run(ctx, program{step: s, code: s.given, label: s.cell.Label()})
	if err != nil {
		return err
	}
	if out.stopped == nil && out.limit == nil && out.broken == nil && (out.failure == nil || lessons.Judge(s.cell, out.outputs, out.failure) == "") {
		return nil
	}
	verdict, reason := r.reason(out)
	return &brokenError{fmt.Sprintf("%v: the cell %s fails: %s", s.cell.Pos, s.cell.Label(), reason), verdict == TimedOut}
}

// prove runs a test on the lesson's own solution, and asks first what its cases should return.
func (r *running) prove(ctx context.Context, s *step, ask bool) error {
	if ask && s.test.Tier == Outside {
		if err := r.wants(ctx, s); err != nil {
			return err
		}
	}
	res, err := r.test(ctx, s)
	if err != nil {
		return err
	}
	if res.Verdict == Passed {
		return nil
	}
	verdict, reason := res.Verdict, res.Reason
	for _, c := range res.Cases {
		if c.Verdict != Passed {
			verdict, reason = c.Verdict, fmt.Sprintf("%s: %s", c.Name, c.Reason)
			break
		}
	}
	return &brokenError{fmt.Sprintf("%v: the test %s fails with the lesson's own solution: %s", s.cell.Pos, s.id, reason), verdict == TimedOut}
}

// wants asks what cases should return.
func (r *running) wants(ctx context.Context, s *step) error {
	out, err := r.session.run(ctx, s.test.source.answers(r.g.prompt), s.timeout(r.g.Lesson), newQuestion(r.g.prompt, 0))
	if err != nil {
		return err
	}
	for i := range s.test.Cases {
		back, ok := out.results[i]
		if !ok || back.want == nil {
			verdict, reason := r.reason(out)
			return &brokenError{fmt.Sprintf("%v: what the case %q wants cannot be told: %s", s.cell.Pos, s.test.Cases[i].Name, reason), verdict == TimedOut}
		}
		if len(back.given) != len(s.test.source.cases[i].given) {
			return &brokenError{fmt.Sprintf("%v: what the case %q gives cannot be told", s.cell.Pos, s.test.Cases[i].Name), false}
		}
		s.test.Cases[i].want, s.test.source.cases[i].literals = *back.want, back.given
	}
	return nil
}

// test runs a test of either kind.
func (r *running) test(ctx context.Context, s *step) (*Result, error) {
	if s.test.Tier == Outside {
		return r.outside(ctx, s)
	}
	return r.beside(ctx, s)
}
