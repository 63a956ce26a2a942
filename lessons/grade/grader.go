package grade

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/check"
	"github.com/resident-go/resident/nbformat"
)

// Tier says how far a verdict can be trusted.
type Tier string

const (
	// Outside: what the student's code returned was compared where that code does not run.
	Outside Tier = "outside"
	// Beside: the test ran in the same process as the student's code.
	Beside Tier = "beside"
	// Person: somebody read the answer.
	Person Tier = "person"
)

// Grader grades submissions of one lesson. It is not changed by that, and may be used by several goroutines.
type Grader struct {
	Lesson  *lessons.Lesson
	Version string // of the lesson
	Digest  string // of all that decides about points: with the same one, the same submission gets the same points
	Max     float64

	Limits Limits
	Notes  []string // for the lesson's author: what of it is run for each submission beside what that should need, and why

	steps   []*step
	kept    map[string]bool // names that submissions may not declare, as plain tests use them
	prompt  string
	whole   bool // every cell is run: leaving some out had other results
	wide    bool // submissions need all that the lesson's own solutions do
	student map[string]*lessons.Cell
	shown   map[string]bool // sources of cells that students have

	together *together // how submissions are graded that are simple enough, nil where none can be
}

// step is one cell of the lesson, as far as grading has to do with it.
type step struct {
	cell   *lessons.Cell
	id     string
	given  string // what is run when it is not the student's to write
	stub   string // of an answer
	answer bool
	test   *Test

	changes, mentions []string
	needed            bool // by the lesson's own solutions
	theirs            bool // by every submission
}

// Test is what one graded cell asks.
type Test struct {
	ID, Exercise string
	Title        string // the heading above the exercise
	Tier         Tier
	Max          float64
	Cases        []Case // of a cell of cases, or of functions of package testing

	source *test
	code   string // what is run, for tests beside the student's code
	onEnd  bool   // code reports when its end is reached
	hidden bool   // students do not have it, or not all of it where its reason may be about any part
}

// Case is one row of a test.
type Case struct {
	Name   string
	Max    float64
	Hidden bool // students do not see it: a report does not tell what it is

	want check.Want
}

// New makes a grader of a lesson. It runs the lesson's own solutions in a session of its own, which says what cases should return, and demands that every test passes
// with them: a lesson that fails its own tests grades nobody. Then it rehearses: submissions run only what they need of the lesson. A rehearsal that has another outcome makes
// submissions run more, and is told in Notes; one that runs out of time is an error, since nobody knows then what they need. With whole, every submission runs every cell, and nothing
// is rehearsed.
func New(ctx context.Context, l *lessons.Lesson, start Start, limits Limits, whole bool) (*Grader, error) {
	g := &Grader{Lesson: l, Version: l.Version(), Limits: limits, whole: whole}
	err := g.read()
	if err == nil {
		g.seal()
		err = g.tryOut(ctx, start)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot grade: %w", l.File, err)
	}
	return g, nil
}

// read finds out what each cell is for.
func (g *Grader) read() error {
	if err := g.students(); err != nil {
		return err
	}
	titles := titles(g.Lesson)
	for i, c := range g.Lesson.Cells {
		s, err := g.step(c)
		if err != nil {
			return fmt.Errorf("%v: %w", c.Pos, err)
		}
		if s != nil && s.test != nil {
			s.test.Title = titles[i]
		}
		if s != nil {
			g.steps = append(g.steps, s)
		}
	}
	if g.Max == 0 {
		return errors.New("the lesson has no points to give")
	}
	g.choose()
	g.keep()
	return nil
}

var heading = regexp.MustCompile("(?m)^#{1,6}[ \t]+(.+?)[ \t]*#*$")

// titles are the headings that cells stand under; cells of one exercise have that of its first.
func titles(l *lessons.Lesson) []string {
	under, last, first := make([]string, len(l.Cells)), "", map[string]string{}
	for i, c := range l.Cells {
		if all := heading.FindAllStringSubmatch(c.Source, -1); c.Kind == lessons.Prose && len(all) > 0 {
			last = all[len(all)-1][1]
		}
		under[i] = last
		if e := c.Attrs.Exercise; e != "" {
			if _, ok := first[e]; !ok {
				first[e] = last
			}
			under[i] = first[e]
		}
	}
	return under
}

// students reads what students have of the lesson.
func (g *Grader) students() error {
	students, err := g.Lesson.For(lessons.ForStudents)
	if err != nil {
		return err
	}
	g.student, g.shown = map[string]*lessons.Cell{}, map[string]bool{}
	for _, c := range students.Cells {
		g.shown[c.Source] = true
		if c.Attrs.Name != "" {
			g.student[c.Attrs.Name] = c
		}
	}
	return nil
}

// step reads one cell; nil is one that grading does without.
func (g *Grader) step(c *lessons.Cell) (*step, error) {
	a := &c.Attrs
	s := &step{cell: c, id: a.Name, given: withoutTest(c.Source), answer: c.IsAnswer()}
	graded := a.Points > 0 || a.Role == lessons.Test
	if (graded || s.answer) && s.id == "" {
		return nil, errors.New("a cell that is answered or graded needs a name")
	}
	g.Max += a.Worth()
	switch {
	case a.Grading == lessons.Manual || a.Grading == lessons.Task:
		s.test = &Test{ID: s.id, Exercise: a.Exercise, Tier: Person, Max: a.Worth()}
	case a.Role == lessons.Test:
		var err error
		if s.test, err = g.test(c); err != nil {
			return nil, err
		}
	case a.Points > 0:
		return nil, errors.New("points are for tests, and for answers that a person grades")
	case !c.Runs():
		return nil, nil
	}
	if s.answer {
		if given := g.student[s.id]; given != nil {
			s.stub = given.Source
		}
	}
	if c.Runs() {
		s.changes, s.mentions = namesOf(c.Source)
	}
	return s, nil
}

// testDirective has a cell run its functions of package testing where a reader runs it. A grader runs them itself.
var testDirective = regexp.MustCompile(`(?m)^(?:%%?|//resident:)test\b.*$`)

func withoutTest(source string) string { return testDirective.ReplaceAllString(source, "") }

// test reads a test cell.
func (g *Grader) test(c *lessons.Cell) (*Test, error) {
	source, err := takeApart(withoutTest(c.Source))
	if err != nil {
		return nil, err
	}
	t := &Test{ID: c.Attrs.Name, Exercise: c.Attrs.Exercise, Tier: Beside, Max: c.Attrs.Worth(), source: source}
	seen := &test{}
	given := g.student[t.ID]
	t.hidden = given == nil || given.Source != c.Source && len(source.cases)+len(source.funcs) == 0
	if given != nil {
		if seen, err = takeApart(withoutTest(given.Source)); err != nil {
			return nil, fmt.Errorf("in the students' version: %w", err)
		}
	}
	sum, weight := 0.0, 1.0
	if c.Attrs.Weight != nil {
		weight = *c.Attrs.Weight
	}
	for _, w := range source.cases {
		hidden := !slices.ContainsFunc(seen.cases, func(v written) bool { return v.name == w.name && v.call == w.call })
		t.Cases = append(t.Cases, Case{Name: w.name, Max: w.points * weight, Hidden: hidden})
		sum += w.points
	}
	if len(source.cases) > 0 {
		if math.Abs(sum-c.Attrs.Points) > 1e-9 {
			return nil, fmt.Errorf("the cell is worth %g points, its cases are worth %g", c.Attrs.Points, sum)
		}
		t.Tier = Outside
		return t, nil
	}
	for _, name := range source.funcs {
		t.Cases = append(t.Cases, Case{Name: name, Max: t.Max / float64(len(source.funcs)), Hidden: !slices.Contains(seen.funcs, name)})
	}
	return t, nil
}

// seal makes the digest, and the prompt that goes with it: code of a submission can know neither, since hidden tests are a part of them.
func (g *Grader) seal() {
	h := sha256.New()
	fmt.Fprintln(h, "4", g.Version, g.Limits)
	for _, s := range g.steps {
		fmt.Fprintf(h, "%q %q %v\n", s.id, s.given, s.test != nil)
	}
	sum := h.Sum(nil)
	g.Digest = hex.EncodeToString(sum)
	again := sha256.Sum256(append([]byte("prompt "), sum...))
	g.prompt = "resident grade " + hex.EncodeToString(again[:])
	for _, s := range g.steps {
		switch t := s.test; {
		case t == nil || t.Tier != Beside:
		case len(t.Cases) > 0:
			t.code = runTests(s.given, g.prompt, t.source.funcs)
		default:
			t.code, t.onEnd = reached(s.given, g.prompt, s.cell.Want != nil), true
		}
	}
}

// Tests are all tests of the grader, in the order of the lesson.
func (g *Grader) Tests() (tests []*Test) {
	for _, s := range g.steps {
		if s.test != nil {
			tests = append(tests, s.test)
		}
	}
	return tests
}

// timeout is how long a step's cell may take.
func (s *step) timeout(l *lessons.Lesson) time.Duration {
	if s.cell.Attrs.Timeout > 0 {
		return s.cell.Attrs.Timeout
	}
	return l.Meta.CellTimeout
}

// under is a context in which the step's cell has what its lesson allows it.
func (s *step) under(ctx context.Context) context.Context {
	return nbformat.Terms{Seed: s.cell.Attrs.Seed, Memory: s.cell.Attrs.Memory}.With(ctx)
}

// Question is what the lesson says to who grades a cell by hand: the cell as graders get it, and whether that is more than students see.
func (g *Grader) Question(id string) (text string, scheme bool) {
	graders, err := g.Lesson.For(lessons.ForGraders)
	if err != nil {
		return "", false
	}
	for _, c := range graders.Cells {
		if c.Attrs.Name == id {
			return c.Source, g.student[id] == nil || g.student[id].Source != c.Source
		}
	}
	return "", false
}
