package grade

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/lessons"
)

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
	if out.stopped == nil && out.limit == nil && (out.failure == nil || lessons.Judge(s.cell, out.outputs, out.failure) == "") {
		return nil
	}
	_, reason := r.reason(out)
	return &brokenError{fmt.Sprintf("%v: the cell %s fails: %s", s.cell.Pos, s.cell.Label(), reason)}
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
	reason := res.Reason
	for _, c := range res.Cases {
		if c.Verdict != Passed {
			reason = fmt.Sprintf("%s: %s", c.Name, c.Reason)
			break
		}
	}
	return &brokenError{fmt.Sprintf("%v: the test %s fails with the lesson's own solution: %s", s.cell.Pos, s.id, reason)}
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
			_, reason := r.reason(out)
			return &brokenError{fmt.Sprintf("%v: what the case %q wants cannot be told: %s", s.cell.Pos, s.test.Cases[i].Name, reason)}
		}
		if len(back.given) != len(s.test.source.cases[i].given) {
			return &brokenError{fmt.Sprintf("%v: what the case %q gives cannot be told", s.cell.Pos, s.test.Cases[i].Name)}
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
