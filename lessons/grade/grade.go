// Package grade says what a submission of a lesson is worth, and why.
//
// # Concept
//
// A [Grader] is made of a lesson: [New] takes its tests apart, runs the lesson's own solutions, and refuses a lesson that fails its own tests. [Grader.Grade] is then a function of
// a submission and of a session in which its cells run, to an [Attempt], which is plain data: whoever keeps a queue, a database or a folder stores that.
//
// What decides about points stays outside of the session. Its answers are read here from the lesson, tests of cases are taken apart (see package check), so that the
// session is sent calls, and what comes back is compared here ([Outside]). Tests in plain Go run in the session, beside the student's code ([Beside]): a student who knows how can
// make those say what they like, and reports say which kind a verdict is of. A person's points ([Person]) are added by whoever has them.
//
// Everything fails closed. A case without a result that arrived over the channel that the grader opened, with a token that it chose after all of the student's code was
// loaded, has no points.
//
// # What of a submission counts
//
// The cells that students answer, and cells they have added that declare what the others need. All other cells are the lesson's own, whatever a submission has in their place.
// Cells are known by name, then by text, then by what they declare; prose also by where it stands. Cells that nothing graded needs are not run.
//
// # Non-goals
//
// The package starts no process and knows no sandbox: it is handed a [Start].
package grade

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/lessons/submission"
)

// Grade grades one submission in a session of its own. The error says that it could not be graded, through no fault of the submission.
func (g *Grader) Grade(ctx context.Context, cells []submission.Cell, start Start) (*Attempt, error) {
	w := g.newGrading(g.match(cells))
	var err error
	if w.running, err = g.newRunning(ctx, start); err != nil {
		return nil, err
	}
	if err := errors.Join(w.all(ctx), w.session.close()); err != nil {
		return nil, err
	}
	w.attempt.Add()
	return w.attempt, nil
}

// newGrading has no session yet.
func (g *Grader) newGrading(m *matched) *grading {
	w := &grading{running: &running{g: g}, matched: m, attempt: g.Blank(), wanted: map[string]bool{}, broken: map[string]string{}, refused: map[string]bool{}, blank: map[string]bool{}, ran: map[*step]bool{}}
	w.attempt.Notes = m.notes
	return w
}

// Blank is an attempt without any verdict: what a submission gets that cannot be read.
func (g *Grader) Blank() *Attempt {
	a := &Attempt{Title: g.Lesson.Meta.Title, Version: g.Version, Grader: g.Digest, Max: g.Max}
	for _, t := range g.Tests() {
		a.Results = append(a.Results, *newResult(t))
		r := &a.Results[len(a.Results)-1]
		r.Hidden = t.hidden
		if t.Tier == Person {
			r.Verdict = Pending
		}
	}
	return a
}

// grading is one submission that is being graded.
type grading struct {
	*running
	*matched
	attempt *Attempt
	wanted  map[string]bool   // names that the lesson's cells need of the student's own
	broken  map[string]string // why an exercise's answer did not run
	refused map[string]bool   // exercises whose answers were not run
	blank   map[string]bool   // exercises that are as they were given out
	also    map[*step]bool    // cells of the lesson that only this submission needs
	ran     map[*step]bool    // cells of the lesson that ran already
	test    int               // index of the next result
	apart   string            // why it could not be graded together, when that was tried
}

func (w *grading) all(ctx context.Context) error {
	w.prepare()
	if w.g.together != nil {
		if p, _ := w.plan(); p != nil {
			if done, err := w.together(ctx, p); done || err != nil {
				return err
			}
		}
	}
	for n := -1; n < len(w.g.steps); n++ {
		if n >= 0 {
			if err := w.step(ctx, w.g.steps[n]); err != nil {
				return err
			}
		}
		for _, c := range w.further[n] {
			if _, err := w.theirs(ctx, program{code: c.Source, label: ownCell}); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare finds out which of the student's own cells are run, and which of the lesson's.
func (w *grading) prepare() {
	for _, s := range w.g.steps {
		if s.theirs {
			for _, name := range s.mentions {
				w.wanted[name] = true
			}
		}
	}
	uses := map[string]bool{}
	for _, c := range w.answers {
		if len(c.Source) <= maxSource { // or it is refused
			maps.Copy(uses, foreign(c.Source))
		}
	}
	maps.Copy(w.wanted, uses)
	w.needed()
	for _, cells := range w.further {
		for _, c := range cells {
			maps.Copy(uses, foreign(c.Source))
		}
	}
	w.also = w.g.also(uses)
}

// needed leaves those of the student's own cells that declare something that is needed.
func (w *grading) needed() {
	for n := len(w.g.steps); n >= -1; n-- {
		var kept []submission.Cell
		for _, c := range slices.Backward(w.further[n]) {
			if changes, _ := namesOf(c.Source); overlap(changes, w.wanted) {
				kept = append(kept, c)
				maps.Copy(w.wanted, foreign(c.Source))
			}
		}
		slices.Reverse(kept)
		w.further[n] = kept
	}
}

func (w *grading) step(ctx context.Context, s *step) (err error) {
	if s.answer {
		if err := w.answer(ctx, s); err != nil {
			return err
		}
	}
	if s.test != nil {
		return w.grade(ctx, s)
	}
	if (s.theirs || w.also[s]) && !s.answer && !w.ran[s] {
		_, err = w.run(ctx, program{step: s, code: s.given})
	}
	return err
}

// answer runs what the student wrote in a cell, or the stub that they were given.
func (w *grading) answer(ctx context.Context, s *step) error {
	if s.stub == "" { // the lesson's own solution, which students do not get
		return nil
	}
	problem := ""
	if s.cell.Runs() {
		var err error
		if problem, err = w.theirs(ctx, program{step: s, code: w.answered(s).Source, label: ofYours(s)}); err != nil {
			return err
		}
	}
	w.note(s, problem)
	return nil
}

// What students call cells: those of their own, and those that they answer.
const ownCell = "a cell of yours"

func ofYours(s *step) string { return "your cell " + s.id }

// note keeps an answer, and why it did not run.
func (w *grading) note(s *step, problem string) {
	c, has := w.answers[s.id]
	a := Answer{ID: s.id, Exercise: s.cell.Attrs.Exercise, Source: cutShort(c.Source), Prose: !s.cell.Runs(), Missing: !has, Blank: has && blank(c.Source, s.stub), Problem: problem}
	w.blank[a.Exercise] = w.blank[a.Exercise] || a.Blank || a.Missing
	if !has {
		a.Source = s.stub
		w.attempt.Notes = append(w.attempt.Notes, fmt.Sprintf("there is no cell %s", s.id))
	}
	if problem != "" {
		if label := ofYours(s); !strings.Contains(problem, label) {
			problem = label + ": " + problem
		}
		w.broken[a.Exercise] = problem
		w.refused[a.Exercise] = w.refused[a.Exercise] || w.g.refuses(w.answered(s).Source) != ""
	}
	w.attempt.Answers = append(w.attempt.Answers, a)
}

const maxSource = 64 << 10 // bytes of an answer that an attempt keeps, and that is run

func cutShort(source string) string {
	if len(source) > maxSource {
		return source[:maxSource] + "…"
	}
	return source
}

var (
	// directive finds what speaks to the kernel and not to Go.
	directive = regexp.MustCompile(`(?m)^(%|!|//resident:|//gonb:)`)
	// reach finds what is of no use but to get at the program around a cell: the front that results are shown on, and what is not exported.
	reach = regexp.MustCompile(`\bSeam\b|//go:linkname`)
)

// refuses says why code of a submission is not run, or "".
func (g *Grader) refuses(code string) string {
	if len(code) > maxSource {
		return fmt.Sprintf("it has %d bytes, at most %d are run", len(code), maxSource)
	}
	changes, _ := namesOf(code)
	switch name := g.taken(changes); {
	case directive.MatchString(code):
		return "it has a line that begins like a command to the kernel (%, !, //resident:), which are not run where work is graded"
	case reach.MatchString(code):
		return "it reaches for the program that runs it: " + reach.FindString(code)
	case name != "":
		return fmt.Sprintf("it declares or changes %s, which the tests use", name)
	}
	return ""
}

// theirs runs code of the student's, unless it may not be, and says what went wrong.
func (w *grading) theirs(ctx context.Context, p program) (string, error) {
	if problem := w.g.refuses(p.code); problem != "" {
		return problem, nil
	}
	out, err := w.run(ctx, p)
	if err != nil || out.failure == nil && out.stopped == nil && out.limit == nil {
		return "", err
	}
	_, reason := w.reason(out)
	return reason, nil
}

// grade grades one cell of the lesson.
func (w *grading) grade(ctx context.Context, s *step) error {
	at := &w.attempt.Results[w.test]
	w.test++
	if s.test.Tier == Person {
		return nil
	}
	res, err := w.running.test(ctx, s)
	if err != nil {
		return err
	}
	w.settle(at, res)
	return nil
}

// settle writes down what a test came to.
func (w *grading) settle(at, res *Result) {
	res.Hidden = at.Hidden
	if because := w.broken[res.Exercise]; because != "" {
		res.blame(because, w.refused[res.Exercise])
	}
	if w.blank[res.Exercise] { // who has not begun needs no hint about a mistake
		for i := range res.Cases {
			res.Cases[i].Hint = ""
		}
	}
	*at = *res
}

// blame says what is behind a test that does not compile: the answer that it asks for is not there.
func (r *Result) blame(because string, refused bool) {
	verdict := NoCompile
	if refused {
		verdict = Refused
	}
	if r.Verdict == NoCompile {
		r.Verdict = verdict
		if len(r.Cases) == 0 {
			r.Reason = because
		}
	}
	for i := range r.Cases {
		if c := &r.Cases[i]; c.Verdict == NoCompile {
			c.Verdict, c.Reason, c.Hint = verdict, because, ""
		}
	}
}
