package grade

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/resident-go/resident/lessons/submission"
)

// A session that compiles each answer and each test for itself spends most of its time on that. Where it makes no difference (see plan), all answers of a
// submission are compiled as one cell, and the calls of all cases as another. This way has one kind of end only: every call has returned,
// and what it returned is judged as always. Whatever else happens, the submission is graded cell by cell, so that reasons, lines and
// limits are those of the cells.

// together is the lesson's part of that way, nil in a grader whose lesson has no such way.
type together struct {
	calls   string // of the cases of all tests
	cases   int
	timeout time.Duration
}

// joins finds out whether the lesson's tests can be called together: all of them are judged outside, under the same terms.
func (g *Grader) joins() *together {
	var tests []*Test
	var first *step
	for _, s := range g.steps {
		switch {
		case s.test == nil || s.test.Tier == Person:
			continue
		case s.test.Tier != Outside || s.cell.Attrs.Seed != nil || s.cell.Attrs.Memory != 0:
			return nil
		case first == nil:
			first = s
		case s.timeout(g.Lesson) != first.timeout(g.Lesson):
			return nil
		}
		tests = append(tests, s.test)
	}
	joined := joinTests(tests)
	if first == nil || joined == nil {
		return nil
	}
	return &together{joined.calls(g.prompt, all), len(joined.cases), first.timeout(g.Lesson)}
}

// plan is what is run of a submission that is graded together.
type plan struct {
	given   []*step // cells of the lesson
	answers string
}

// plan returns how to grade a submission together, or nil where that could make a difference: where an answer does more than declare what no other cell declares, or
// where a cell of the lesson that comes later has to do with it.
func (w *grading) plan() *plan {
	if w.g.together == nil {
		return nil
	}
	p, j, first := &plan{}, newJoint(), -1
	add := func(source string, at int) bool {
		if first < 0 {
			first = at
		}
		return w.g.refuses(source) == "" && j.add(source)
	}
	for n := -1; n < len(w.g.steps); n++ {
		if n >= 0 {
			switch s := w.g.steps[n]; {
			case s.answer && s.stub != "" && s.cell.Runs():
				if !add(w.answered(s).Source, n) {
					return nil
				}
			case s.test == nil && !s.answer && (s.theirs || w.also[s]):
				p.given = append(p.given, s)
			}
		}
		for _, c := range w.further[n] {
			if !add(c.Source, n) {
				return nil
			}
		}
	}
	uses := maps.Clone(j.uses)
	for _, s := range w.g.steps {
		if s.test != nil && s.test.Tier == Outside {
			maps.Copy(uses, s.test.source.inside)
			for key := range s.test.source.helpers {
				if name := helper(key); j.declared[name] || j.uses[name] {
					return nil
				}
			}
		}
	}
	for _, s := range p.given {
		if overlap(s.changes, j.declared) || overlap(s.mentions, j.declared) || w.g.behind(s, first) && overlap(s.changes, uses) {
			return nil
		}
	}
	p.answers = j.source()
	return p
}

// behind tells whether a step comes after the one with this number.
func (g *Grader) behind(s *step, n int) bool {
	for i := n + 1; i < len(g.steps); i++ {
		if i >= 0 && g.steps[i] == s {
			return true
		}
	}
	return false
}

// answered is the cell that stands for an answer: the student's, or the stub.
func (w *grading) answered(s *step) submission.Cell {
	if c, has := w.answers[s.id]; has {
		return c
	}
	return submission.Cell{Source: s.stub}
}

// together grades by a plan. It reports false when something went wrong, and leaves a session in which the submission can be graded cell by cell.
func (w *grading) together(ctx context.Context, p *plan) (bool, error) {
	for _, s := range p.given {
		if _, err := w.run(ctx, program{step: s, code: s.given}); err != nil {
			return false, err
		}
		w.ran[s] = true
	}
	out, err := w.execute(ctx, program{code: p.answers})
	if err != nil || out.compileError() { // which leaves nothing behind
		return false, err
	}
	if out.clean() {
		out, err = w.session.run(ctx, w.g.together.calls, w.g.together.timeout, newQuestion(w.g.prompt, 0))
		if err != nil {
			return false, err
		}
		if out.clean() && !out.stolen && len(out.results) == w.g.together.cases {
			w.judge(out)
			return true, nil
		}
	}
	w.done, w.ran = nil, map[*step]bool{}
	return false, w.reopen(ctx)
}

// rehearseTogether sees whether the lesson's own solutions can be graded together. If they cannot, no submission will be.
func (g *Grader) rehearseTogether(ctx context.Context, start Start) (err error) {
	if g.together = g.joins(); g.together == nil {
		return nil
	}
	m := &matched{answers: map[string]submission.Cell{}, further: map[int][]submission.Cell{}}
	for _, s := range g.steps {
		if s.answer {
			m.answers[s.id] = submission.Cell{Source: s.given}
		}
	}
	w := g.newGrading(m)
	w.prepare()
	p := w.plan()
	if p == nil {
		g.together = nil
		return nil
	}
	if w.running, err = g.newRunning(ctx, start); err != nil {
		return err
	}
	done, err := w.together(ctx, p)
	for _, r := range w.attempt.Results {
		done = done && (r.Verdict == Passed || r.Tier == Person)
	}
	if !done {
		g.together = nil
	}
	return errors.Join(err, w.session.close())
}

// clean tells a program that came to its end.
func (r *ran) clean() bool { return r.failure == nil && r.stopped == nil && r.limit == nil }

// judge writes down what came back.
func (w *grading) judge(out *ran) {
	at, n := 0, 0
	for _, s := range w.g.steps {
		if s.answer && s.stub != "" {
			w.note(s, "")
		}
		if s.test == nil {
			continue
		}
		if s.test.Tier == Outside {
			res := newResult(s.test)
			res.Hidden = w.attempt.Results[n].Hidden
			for i := range res.Cases {
				res.Cases[i].judge(out.results[at].values, s.test.Cases[i].want)
				at++
			}
			res.sum()
			w.attempt.Results[n] = *res
		}
		n++
	}
}
