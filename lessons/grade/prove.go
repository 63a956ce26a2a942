package grade

import (
	"context"
	"errors"
	"fmt"

	"github.com/resident-go/resident/lessons"
)

// prove runs the lesson with its own solutions, asks it what cases should return, and demands that each test passes.
func (g *Grader) prove(ctx context.Context, start Start) (err error) {
	r, err := g.newRunning(ctx, start)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.session.close()) }()
	for _, s := range g.steps {
		switch {
		case !s.needed:
		case s.test == nil || s.test.Tier == Person:
			err = r.provide(ctx, s)
		default:
			err = r.prove(ctx, s)
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

// prove runs a test on the lesson's own solution.
func (r *running) prove(ctx context.Context, s *step) error {
	if s.test.Tier == Outside {
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
		s.test.Cases[i].want = *back.want
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
