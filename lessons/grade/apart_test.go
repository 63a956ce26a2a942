package grade

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/check"
	"github.com/resident-go/resident/nbformat"
)

// exercises are a lesson of two, a and b: attributes of the test of b, its code and the answer to it, and what else the lesson gives in front of it.
func exercises(t *testing.T, attrs, test, answer, given string) *lessons.Lesson {
	t.Helper()
	exercise := func(name, attrs, test, answer string) string {
		return fmt.Sprintf("```go exercise=%q name=%q role=\"starter\"\n// BEGIN SOLUTION\n%s\n// END SOLUTION\n```\n\n```go exercise=%q %s name=\"test-%s\" points=2 role=\"test\"\n%s\n```\n\n", name, name, answer, name, attrs, name, test)
	}
	text := exercise("a", "", "check.Case(\"a1\", 1).Call(a).Want(1)\ncheck.Case(\"a2\", 1).Call(a).Want(1)", "func a() int { return 1 }")
	if given != "" {
		text += "```go name=\"given\" role=\"setup\"\n" + given + "\n```\n\n"
	}
	l, err := lessons.Parse("l.md", []byte(text+exercise("b", attrs, test, answer)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const (
	casesOfB  = "check.Case(\"b1\", 1).Call(b).Want(1)\ncheck.Case(\"b2\", 1).Call(b).Want(1)"
	answerToB = "func b() int { return 1 }"
)

// TestApart says what in a lesson's text keeps its submissions from being graded together.
func TestApart(t *testing.T) {
	for _, row := range []struct{ attrs, test, answer, given, want string }{
		{"", casesOfB, answerToB, "", ""},
		{"", "must(b() == 1)", answerToB, "", "the test test-b is judged beside the student's code"},
		{"", "func TestB(t *testing.T) {\n}", answerToB, "", "the test test-b is judged beside the student's code"},
		{"seed=1", casesOfB, answerToB, "", "the test test-b has a seed, or a limit on memory, of its own"},
		{"timeout=\"3s\"", casesOfB, answerToB, "", "the tests test-a and test-b have different timeouts"},
		{"", "func a() int { return b() }\ncheck.Case(\"b1\", 2).Call(a).Want(1)", answerToB, "", "the test test-b declares a, which another test uses or declares"},
		{"", casesOfB, "var calls int\n\nfunc b() int { calls++; return 1 }", "", "the answer b cannot stand among others: it does more than declare functions, types and constants: var calls int"},
		{"", casesOfB, "func b() int { return 1 }\nfmt.Println(b())", "", "it does more than declare functions, types and constants: fmt.Println(b())"},
		{"", casesOfB, "func a() int { return 2 }\nfunc b() int { return 1 }", "", "the answer b cannot stand among others: it declares a, which a cell before it declares or uses"},
		{"", casesOfB, "//go:noinline\nfunc b() int { return 1 }", "", "it speaks to the compiler"},
		{"", casesOfB, "%env A=1\nfunc b() int { return 1 }", "", "it has a line that begins like a command to the kernel"},
		{"", casesOfB, answerToB, "c := a()", "the cell given has to do with what answers declare or use"},
	} {
		tests, found, notes := Inspect(exercises(t, row.attrs, row.test, row.answer, row.given))
		const begin = "4 answers and tests are compiled one by one for each submission, which takes longer than all at once, since "
		got := strings.Join(notes, "|")
		if len(tests) != 2 || len(found) > 0 || (got == "") != (row.want == "") || !strings.HasPrefix(got, begin) && got != "" || !strings.Contains(got, row.want) {
			t.Errorf("%s %s %s: %q, %v, want %q", row.test, row.answer, row.given, got, found, row.want)
		}
	}
}

// calls is a session in which all calls return 1, but where it ends.
type calls struct {
	ends int // at this call of a program; -1: at none
}

func (r calls) Run(_ context.Context, _ int, code string, sink nbformat.Sink) error {
	prompt := thePrompt.FindString(code)
	if prompt == "" {
		return nil
	}
	answer, err := sink.Input(prompt, false)
	if err != nil {
		return err
	}
	c := check.Open(answer, func(data map[string]any) { sink.Output(nbformat.Output{Type: nbformat.DisplayData, Data: data}) })
	for n := range strings.Count(code, "SendWant(") {
		c.SendWant(n, check.Wanted(1))
	}
	for n := range strings.Count(code, "func() []resident_check.Value {") {
		if n == r.ends {
			return &nbformat.CellError{EName: "signal: killed"}
		}
		c.Send(n, check.Values(1))
	}
	return nil
}

// TestApartInRehearsal has calls of all cases that end where those of one test did not: its author is told which it was.
func TestApartInRehearsal(t *testing.T) {
	for _, row := range []struct {
		ends int
		want string
	}{
		{-1, ""},
		{2, "since with the calls of all cases in one cell, the case \"b1\" of test-b: the process ended"},
	} {
		sessions := 0
		start := func(context.Context) (lessons.Runner, func() error, error) {
			if sessions++; sessions == 1 {
				return calls{-1}, func() error { return nil }, nil
			}
			return calls{row.ends}, func() error { return nil }, nil
		}
		g, err := New(t.Context(), exercises(t, "", casesOfB, answerToB, ""), start, DefaultLimits, false)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(g.Notes, "|")
		if (got == "") != (row.want == "") || !strings.Contains(got, row.want) || (g.together == nil) != (row.want != "") {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}
