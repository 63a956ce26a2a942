package grade

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// spares is a lesson in which the test only seems to need a cell: its loop's variable has the name of one of the cell's.
const spares = "```go name=\"demo\"\nbig := train()\n```\n\n" +
	"```go exercise=\"a\" name=\"a\" role=\"starter\"\nfunc a(x int) int {\n\t// BEGIN SOLUTION\n\treturn x\n\t// END SOLUTION\n}\n```\n\n" +
	"```go exercise=\"a\" name=\"test-a\" points=2 role=\"test\"\nfor big := range 2 {\n\tmust(a(big) == big)\n}\n```\n"

var thePrompt = regexp.MustCompile(`resident grade [0-9a-f]{64}`)

// rehearsed runs the lesson as a session that has cells and passes tests would, but for what goes wrong in the test.
type rehearsed struct {
	session int
	goes    func(session int) string // "": well
	ran     *[]string
}

func (r rehearsed) Run(ctx context.Context, _ int, code string, sink nbformat.Sink) error {
	prompt := thePrompt.FindString(code)
	if prompt == "" {
		*r.ran = append(*r.ran, strings.SplitN(code, " ", 2)[0])
		return nil
	}
	switch r.goes(r.session) {
	case "wrong":
		return &nbformat.CellError{EName: "panic", EValue: "no"}
	case "without end":
		<-ctx.Done()
		return &nbformat.CellError{EName: "Interrupted"}
	}
	answer, err := sink.Input(prompt, false)
	token, _, _ := strings.Cut(answer, " ")
	show(sink, token, 0, true)
	return err
}

// TestRehearsal says what an author is told when submissions cannot be graded by less than the whole lesson, and that nothing is decided for them when time ran out.
func TestRehearsal(t *testing.T) {
	l, err := lessons.Parse("l.md", []byte(spares))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name      string
		goes      []string // in the sessions of the proof and of rehearsals; after the last, all is well
		whole     bool
		ran       string // first words of what was run, session by session
		note, err string
	}{
		{name: "well", goes: []string{}, ran: "big func func"},
		{name: "less has another outcome", goes: []string{"", "wrong"}, ran: "big func func", note: "every submission runs demo as well, since without, l.md:13:1: the test test-a fails with the lesson's own solution: it panicked: no. A cell that another"},
		{name: "out of time once", goes: []string{"", "without end"}, ran: "big func func func"},
		{name: "out of time twice", goes: []string{"", "without end", "without end"}, ran: "big func func func",
			err: "l.md cannot grade: it passes its tests, but without the cells that no submission should need (demo), l.md:13:1: the test test-a fails with the lesson's own solution: it did not end in time. If the machine is busy"},
		{name: "out of time at once", goes: []string{"without end"}, ran: "big func", err: "it did not end in time. If the machine is busy"},
		{name: "wrong without all cells", goes: []string{"wrong"}, ran: "big func big func", note: "every submission runs all of the lesson's cells, since with those alone that tests and answers name, l.md:13:1: the test"},
		{name: "wrong", goes: []string{"wrong", "wrong"}, ran: "big func big func", err: "l.md:13:1: the test test-a fails with the lesson's own solution: it panicked: no"},
		{name: "the author wants all", goes: []string{"", "without end", "without end"}, whole: true, ran: "big func"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // no time passes but what a row waits for
				sessions, ran := 0, []string{}
				goes := func(n int) string {
					if n < len(row.goes) {
						return row.goes[n]
					}
					return ""
				}
				start := func(context.Context) (lessons.Runner, func() error, error) {
					sessions++
					return rehearsed{sessions - 1, goes, &ran}, func() error { return nil }, nil
				}
				g, err := New(t.Context(), l, start, Limits{Time: 50 * time.Millisecond, Output: 1000}, row.whole)
				if got := strings.Join(ran, " "); got != row.ran {
					t.Errorf("ran %s, want %s", got, row.ran)
				}
				if (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
					t.Fatalf("%v, want %q", err, row.err)
				}
				if err == nil && ((len(g.Notes) > 0) != (row.note != "") || !strings.HasPrefix(strings.Join(g.Notes, "|"), row.note)) {
					t.Errorf("notes %q, want %q", g.Notes, row.note)
				}
			})
		})
	}
}
