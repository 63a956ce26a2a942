package grade

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/resident-go/resident/lessons/submission"
)

// A session that compiles each answer and each test for itself spends most of its time on that. Where it makes no difference (see plan), all answers of a
// submission are compiled as one cell, and the calls of all cases as another. Calls that panic are told like any others, by cell and line. Where the
// answers do not compile, or a limit is met, the submission is graded cell by cell instead.

// together is the lesson's part of that way, nil in a grader whose lesson has no such way.
type together struct {
	calls   string // of the cases of all tests
	timeout time.Duration
}

// joins finds out whether the lesson's tests can be called together, or why not: all of them are judged outside, under the same terms.
func (g *Grader) joins() (t *together, why string) {
	var tests []*Test
	var first *step
	for _, s := range g.steps {
		switch {
		case s.test == nil || s.test.Tier == Person:
			continue
		case s.test.Tier != Outside:
			return nil, fmt.Sprintf("the test %s is judged beside the student's code", s.id)
		case s.cell.Attrs.Seed != nil || s.cell.Attrs.Memory != 0:
			return nil, fmt.Sprintf("the test %s has a seed, or a limit on memory, of its own", s.id)
		case first == nil:
			first = s
		case s.timeout(g.Lesson) != first.timeout(g.Lesson):
			return nil, fmt.Sprintf("the tests %s and %s have different timeouts", first.id, s.id)
		}
		tests = append(tests, s.test)
	}
	if first == nil { // persons judge all of it
		return nil, ""
	}
	joined, why := joinTests(tests)
	if joined == nil {
		return nil, why
	}
	return &together{joined.calls(g.prompt, all), first.timeout(g.Lesson)}, ""
}

// plan is what is run of a submission that is graded together.
type plan struct {
	given   []*step // cells of the lesson
	answers program
}

// plan returns how to grade a submission together, or why that could make a difference: an answer does more than declare what no other cell declares, or
// a cell of the lesson that comes later has to do with it.
func (w *grading) plan() (p *plan, why string) {
	p, j, first := &plan{}, newJoint(), len(w.g.steps)
	add := func(source, label string, at int) bool {
		first = min(first, at)
		if why = w.g.refuses(source); why == "" {
			why = j.add(source, label)
		}
		return why == ""
	}
	for n := -1; n < len(w.g.steps); n++ {
		if n >= 0 {
			switch s := w.g.steps[n]; {
			case s.answer && s.stub != "" && s.cell.Runs():
				if !add(w.answered(s).Source, ofYours(s), n) {
					return nil, fmt.Sprintf("the answer %s cannot stand among others: %s", s.id, why)
				}
			case s.test == nil && !s.answer && (s.theirs || w.also[s]):
				p.given = append(p.given, s)
			}
		}
		for _, c := range w.further[n] {
			if !add(c.Source, ownCell, n) {
				return nil, ownCell + ": " + why
			}
		}
	}
	uses := maps.Clone(j.uses)
	for _, s := range w.g.steps {
		if s.test != nil && s.test.Tier == Outside {
			maps.Copy(uses, s.test.source.inside)
			for key := range s.test.source.helpers {
				if name := helper(key); j.declared[name] || j.uses[name] {
					return nil, fmt.Sprintf("the test %s declares %s, and so does an answer, or uses it", s.id, name)
				}
			}
		}
	}
	for _, s := range p.given {
		if overlap(s.changes, j.declared) || overlap(s.mentions, j.declared) || w.g.behind(s, first) && overlap(s.changes, uses) {
			return nil, fmt.Sprintf("the cell %s has to do with what answers declare or use", s.cell.Label())
		}
	}
	p.answers.code, p.answers.places = j.source()
	return p, ""
}

// behind tells whether a step comes after the one with this number.
func (g *Grader) behind(s *step, n int) bool { return slices.Index(g.steps, s) > n }

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
	out, err := w.execute(ctx, p.answers)
	if err != nil {
		return false, err
	}
	ok := out.clean()
	if !ok {
		_, why := w.reason(out)
		w.apart = "of all answers in one cell, " + why
	}
	if out.compileError() { // which leaves nothing behind
		return false, nil
	}
	results := w.blankResults()
	if ok {
		if ok, err = w.callAll(ctx, results); err != nil {
			return false, err
		}
	}
	if !ok {
		w.done, w.ran = nil, map[*step]bool{}
		return false, w.reopen(ctx)
	}
	w.keep(results)
	return true, nil
}

// callAll makes the calls of all cases, in the order of the results. It reports false when the session met a limit, or its end.
func (w *grading) callAll(ctx context.Context, results []*Result) (bool, error) {
	cases := w.g.outsideCases()
	var told []*CaseResult
	var names []string
	for _, r := range results {
		for i := range r.Cases {
			told = append(told, &r.Cases[i])
			names = append(names, fmt.Sprintf("the case %q of %s", r.Cases[i].Name, r.ID))
		}
	}
	for from := 0; from < len(cases); {
		out, err := w.session.run(ctx, w.g.together.calls, w.g.together.timeout, newQuestion(w.g.prompt, from))
		if err != nil {
			return false, err
		}
		over := out.stolen || out.stopped != nil || out.compileError() || out.died()
		for ; from < len(cases); from++ {
			back, ok := out.results[from]
			if !ok {
				break
			}
			told[from].judge(back.values, cases[from].want)
		}
		if over {
			_, why := w.reason(out)
			w.apart = fmt.Sprintf("with the calls of all cases in one cell, %s: %s", names[min(from, len(names)-1)], why)
			return false, nil
		}
		if from < len(cases) {
			verdict, reason := w.reason(out)
			told[from].fail(verdict, reason, cases[from].want)
			from++
		}
	}
	return true, nil
}

// outsideCases are the cases of all tests that are judged outside, in the order of the lesson.
func (g *Grader) outsideCases() (cases []*Case) {
	for _, t := range g.Tests() {
		if t.Tier == Outside {
			for i := range t.Cases {
				cases = append(cases, &t.Cases[i])
			}
		}
	}
	return cases
}

// blankResults are those of all tests that are judged outside.
func (w *grading) blankResults() (results []*Result) {
	for _, t := range w.g.Tests() {
		if t.Tier == Outside {
			results = append(results, newResult(t))
		}
	}
	return results
}

// keep writes down what came of the answers and the tests.
func (w *grading) keep(results []*Result) {
	for _, s := range w.g.steps {
		if s.answer && s.stub != "" {
			w.note(s, "")
		}
	}
	for i := range w.attempt.Results {
		if at := &w.attempt.Results[i]; at.Tier == Outside {
			results[0].sum()
			w.settle(at, results[0])
			results = results[1:]
		}
	}
}

// clean tells a program that came to its end.
func (r *ran) clean() bool { return r.failure == nil && r.stopped == nil && r.limit == nil }

// rehearseTogether sees whether the lesson's own solutions can be graded together. If they cannot, no submission will be.
func (g *Grader) rehearseTogether(ctx context.Context, start Start) (err error) {
	if g.whole || g.wide { // what such a lesson runs takes longer than what could be saved, and would be run once more here
		return nil
	}
	w, p, why := g.ownPlan()
	if p != nil {
		why, err = w.rehearse(ctx, p, start)
	}
	if why != "" {
		g.together = nil
		g.Notes = append(g.Notes, g.apart(why)...)
	}
	return err
}

// ownPlan is how the lesson's own solutions are graded together, or why they cannot be.
func (g *Grader) ownPlan() (w *grading, p *plan, why string) {
	if g.together, why = g.joins(); g.together == nil {
		return nil, nil, why
	}
	m := &matched{answers: map[string]submission.Cell{}, further: map[int][]submission.Cell{}}
	for _, s := range g.steps {
		if s.answer {
			m.answers[s.id] = submission.Cell{Source: s.given}
		}
	}
	w = g.newGrading(m)
	w.prepare()
	p, why = w.plan()
	return w, p, why
}

// rehearse grades the lesson's own solutions by a plan, and says why it cannot be done so.
func (w *grading) rehearse(ctx context.Context, p *plan, start Start) (why string, err error) {
	if w.running, err = w.g.newRunning(ctx, start); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, w.session.close()) }()
	if done, err := w.together(ctx, p); err != nil || !done {
		return w.apart, err
	}
	for _, r := range w.attempt.Results {
		if r.Verdict != Passed && r.Tier != Person {
			return fmt.Sprintf("with all answers in one cell, the test %s does not pass", r.ID), nil
		}
	}
	return "", nil
}

// apart is a note that no submission can be graded together, where that makes a difference: where there are more answers and tests than one of each.
func (g *Grader) apart(why string) []string {
	cells := 0
	for _, s := range g.steps {
		if s.test != nil && s.test.Tier != Person || s.answer && s.stub != "" && s.cell.Runs() {
			cells++
		}
	}
	if cells <= 2 {
		return nil
	}
	return []string{fmt.Sprintf("%d answers and tests are compiled one by one for each submission, which takes longer than all at once, since %s", cells, why)}
}
