package lessons

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Attrs are the attributes of a cell. The zero value of each field is its default.
type Attrs struct {
	Name        string         // unique in the lesson; the cell's id in a notebook
	Exercise    string         // the exercise that the cell belongs to
	Role        Role           // what the cell is for
	Points      float64        // what passing a test, or a good answer, is worth
	Weight      *float64       // what Points are multiplied by wherever they are added up; nil is 1
	Grading     Grading        // who gives the points
	Visibility  Visibility     // whose versions have the cell
	Lock        bool           // front ends and graders keep readers from changing it
	Frozen      bool           // front ends keep readers from changing it
	Expect      Outcome        // how the cell ends
	ExpectMatch *regexp.Regexp // what the error's text contains
	Match       Match          // how "// Output:" is compared
	Tol         *float64       // how far printed numbers may be from the expected ones
	Timeout     time.Duration  // after which the cell is interrupted
	Memory      int64          // bytes that the cell may take; 0 is any number
	Seed        *uint64        // what shared random numbers start from; nil is anywhere
	Deps        []string       // the names of the cells that it needs; nil says nothing, and none are none
	Include     string         // the file, and the region in it, where the cell's code stands
	Hide        Hide           // what the page leaves out
	Tags        []string       // nbformat's tags

	All []Attr // every attribute as written, those for others (x-*) too
}

// The tags that mean something to a run, as they do to Jupyter's tools.
const (
	TagRaises     = "raises-exception"    // the cell may end with an error; the run goes on
	TagSkip       = "skip-execution"      // the cell is not run
	TagParameters = "parameters"          // what the cell declares can be set from outside; see [Lesson.SetParameters]
	TagInjected   = "injected-parameters" // the cell that sets it
)

// Has says whether the cell has this tag.
func (a *Attrs) Has(tag string) bool { return slices.Contains(a.Tags, tag) }

// Worth is what the cell's points count wherever points are added up.
func (a *Attrs) Worth() float64 {
	if a.Weight == nil {
		return a.Points
	}
	return a.Points * *a.Weight
}

// ReadOnly says whether front ends keep readers from changing the cell.
func (a *Attrs) ReadOnly() bool { return a.Lock || a.Frozen || a.Role == Setup }

// Outcome is how a cell is expected to end.
type Outcome string

const (
	OK           Outcome = "ok"
	Panic        Outcome = "panic"
	CompileError Outcome = "compile-error"
	AnyError     Outcome = "error" // whatever the error is
)

// Match is how expected output is compared with what was printed.
type Match string

const (
	MatchExact Match = ""
	MatchRegex Match = "regex" // the expectation is a regular expression for the whole output
	MatchLines Match = "lines" // each expected line occurs among the printed ones, in this order
)

// Role is what a cell is for.
type Role string

const (
	Setup      Role = "setup"      // readers do not change it, and it works without any solution
	Demo       Role = "demo"       // it shows something
	Starter    Role = "starter"    // readers write into it
	Solution   Role = "solution"   // the whole cell is for those who know
	Test       Role = "test"       // it passes with the solution, and fails without
	SelfCheck  Role = "check"      // a test for readers themselves: no points, and free to pass without a solution
	Playground Role = "playground" // readers change it as they like
)

// Grading is who gives a cell's points.
type Grading string

const (
	Auto   Grading = "auto"   // the test itself
	Manual Grading = "manual" // a person who reads what stands in the cell
	Task   Grading = "task"   // a person who reads what readers did elsewhere; the cell, which is prose, says what to do
)

// Visibility is whose versions have a cell.
type Visibility string

const (
	Visible        Visibility = "visible"
	Hidden         Visibility = "hidden"          // graders alone
	AfterDue       Visibility = "after_due"       // graders, and everybody together with the solutions
	AfterPublished Visibility = "after_published" // the same
)

// Hide is what a page leaves out of a cell; it is run all the same.
type Hide string

const (
	HideCode   Hide = "code"
	HideOutput Hide = "output"
	HideAll    Hide = "all"
)

// apply sets the attributes of a cell from their source form.
func (a *Attrs) apply(kind Kind, attrs []Attr, errs *ErrorList) {
	a.All = attrs
	seen := map[string]bool{}
	for _, at := range attrs {
		if seen[at.Key] {
			errs.add(at.Pos, "attribute %q is given twice", at.Key)
			continue
		}
		seen[at.Key] = true
		if err := a.set(kind, at); err != nil {
			errs.add(at.Pos, "%v", err)
		}
	}
	if len(attrs) == 0 {
		return
	}
	for _, problem := range a.contradictions(kind) {
		errs.add(attrs[0].Pos, "%s", problem)
	}
}

// contradictions are what attributes say together and cannot mean.
func (a *Attrs) contradictions(kind Kind) (problems []string) {
	graded := a.Role == Test || a.Grading == Manual || a.Grading == Task
	for _, row := range []struct {
		wrong   bool
		problem string
	}{
		{a.Match == MatchRegex && a.Tol != nil, `match="regex" and tol cannot be combined: a regular expression compares no numbers`},
		{a.Points != 0 && !graded && kind == Code, `points are for tests: add role="test" (or kind="manual", if a person gives them)`},
		{a.Points != 0 && !graded && kind == Prose, `points of prose are given by a person: add kind="manual"`},
		{a.Grading == Auto && a.Role != Test, `kind="auto" is for tests: add role="test"`},
		{a.Grading == Manual && a.Role == Test, `a test gives its points itself: kind="manual" is for answers`},
		{a.Grading == Task && kind == Code, `kind="task" is for prose that says what to do`},
		{a.Weight != nil && a.Points == 0, `weight multiplies points: add points`},
		{a.Lock && (a.Role == Starter || a.Role == Playground), fmt.Sprintf("lock=true and role=%q cannot be combined: readers are to change the cell", a.Role)},
		{a.Frozen && (a.Role == Starter || a.Role == Playground), fmt.Sprintf("frozen=true and role=%q cannot be combined: readers are to change the cell", a.Role)},
		{a.Frozen && a.Grading == Manual, `frozen=true and kind="manual" cannot be combined: readers are to answer in the cell`},
		{a.ExpectMatch != nil && (a.Expect == "" || a.Expect == OK), `expect_match needs an error to match: add expect="panic", "compile-error" or "error"`},
	} {
		if row.wrong {
			problems = append(problems, row.problem)
		}
	}
	return problems
}

func (a *Attrs) set(kind Kind, at Attr) error {
	if strings.HasPrefix(at.Key, "x-") || slices.Contains(jupyterKeys, at.Key) {
		return nil
	}
	i := slices.IndexFunc(schema, func(s attribute) bool { return s.key == at.Key })
	switch {
	case i < 0 && refused[at.Key] != "":
		return fmt.Errorf("there is no attribute %q: %s", at.Key, refused[at.Key])
	case i < 0:
		return fmt.Errorf("unknown attribute %q%s", at.Key, suggest(at.Key, attributeKeys()))
	case kind != Code && !schema[i].prose:
		return fmt.Errorf("attribute %q belongs to code cells, not to prose", at.Key)
	}
	if err := schema[i].set(a, at.Value); err != nil {
		return fmt.Errorf("attribute %q: %w", at.Key, err)
	}
	return nil
}

// value returns an attribute as it was written.
func (a *Attrs) value(key string) (json.RawMessage, bool) {
	for _, at := range a.All {
		if at.Key == key {
			return at.Value, true
		}
	}
	return nil, false
}

// pos is where an attribute stands, or else the cell.
func (a *Attrs) pos(key string, cell Position) Position {
	for _, at := range a.All {
		if at.Key == key {
			return at.Pos
		}
	}
	return cell
}
