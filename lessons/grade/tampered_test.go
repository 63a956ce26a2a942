package grade

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/submission"
	"github.com/resident-go/resident/nbformat"
)

// shut is a session's error when its engine finds a folder closed.
type shut struct{}

func (shut) Error() string    { return "the engine: no room" }
func (shut) Tampered() string { return "no room" }

const twoTests = "```go name=\"a\" role=\"starter\"\nfunc a() int {\n\t// BEGIN SOLUTION\n\treturn 1\n\t// END SOLUTION\n}\n```\n\n" +
	"```go name=\"first\" points=1 role=\"test\"\nmust(a())\n```\n\n```go name=\"second\" points=1 role=\"test\"\nmust(a() + 0)\n```\n"

// TestTampered: a session that does not work any more has a result, and costs nobody a second look, unless a new one works.
func TestTampered(t *testing.T) {
	l, err := lessons.Parse("l.md", []byte(twoTests))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		shut   func(session, run int) bool // of one submission
		all    time.Duration
		points float64
		want   string
		opened int
	}{
		{"nothing", func(session, run int) bool { return false }, 0, 2, "passed, passed", 1},
		{"by the answer", func(session, run int) bool { return true }, 0, 0,
			"killed: what runs the code did not work any more: no room, killed: what runs the code did not work any more: no room", 0},
		{"in the first session", func(session, run int) bool { return session == 1 }, 0, 2, "passed, passed", 2},
		{"in the first test", func(session, run int) bool { return session == 1 && run == 2 }, 0, 2, "passed, passed", 2},
		{"out of time", func(session, run int) bool { return false }, 1, 0,
			"timed out: all that was handed in took too long together, and this was not run any more, timed out: all that was handed in took too long together, and this was not run any more", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			opened, authors := 0, true
			start := func(context.Context) (lessons.Runner, func() error, error) {
				opened++
				run, ran, session := 0, []string{}, opened
				well := rehearsed{0, func(int) string { return "" }, &ran}
				return runnerFunc(func(ctx context.Context, count int, code string, sink nbformat.Sink) error {
					if run++; !authors && row.shut(session, run) {
						return fmt.Errorf("run: %w", shut{})
					}
					return well.Run(ctx, count, code, sink)
				}), func() error { return nil }, nil
			}
			g, err := New(t.Context(), l, start, Limits{Time: time.Minute, Output: 1000, All: row.all}, false)
			if err != nil {
				t.Fatal(err)
			}
			authors, opened, g.took = false, 0, 0
			a, err := g.Grade(t.Context(), []submission.Cell{{Source: "%cd a"}, {Names: []string{"a"}, Source: "func a() int { return 1 }"}}, start)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(a.Notes, "|"); !strings.HasPrefix(got, "a cell of yours was not run: it has a line that begins like a command") {
				t.Errorf("notes: %s", got)
			}
			var verdicts []string
			for _, r := range a.Results {
				verdicts = append(verdicts, strings.TrimSuffix(string(r.Verdict)+": "+r.Reason, ": "))
			}
			if got := strings.Join(verdicts, ", "); got != row.want || a.Points != row.points {
				t.Errorf("%g points, %s; want %g, %s", a.Points, got, row.points, row.want)
			}
			if row.opened != 0 && opened != row.opened {
				t.Errorf("%d sessions, want %d", opened, row.opened)
			}
		})
	}
}

type runnerFunc func(ctx context.Context, count int, code string, sink nbformat.Sink) error

func (f runnerFunc) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	return f(ctx, count, code, sink)
}
