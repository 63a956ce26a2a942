package grade

import (
	"slices"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/submission"
)

const telling = "```go exercise=\"last\" name=\"last\" role=\"starter\"\nfunc last(list []int) int {\n\t// BEGIN SOLUTION\n\tif len(list) == 0 {\n\t\treturn -1\n\t}\n\treturn list[len(list)-1]\n\t// END SOLUTION\n}\n```\n\n" +
	"```go exercise=\"last\" name=\"test-last\" points=1 role=\"test\"\ncheck.Case(\"empty\", 1).Call(last, []int{}).Want(-1, check.About(\"A list can be empty.\"), check.Hint(\"That is no place in it.\"))\n```\n"

// TestTold: a hint speaks of what was returned, and is for those who returned something. What a case is about is for all whose code was called.
func TestTold(t *testing.T) {
	l, err := lessons.Parse("l.md", []byte(telling))
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(t.Context(), l, engineStart(t, nil), Limits{Time: time.Minute, Output: 100_000}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ answer, hint string }{
		{"func last(list []int) int { return 0 }", "A list can be empty. That is no place in it."},
		{"func last(list []int) int { return list[len(list)-1] }", "A list can be empty."},
		{"func last(list []int) int { os.Exit(3); return 0 }", "A list can be empty."},
		{"func last(list []int) int { return lst[0] }", ""},
		{"func last() int { return 0 }", ""},
		{"func last(list []int) int { return -1 }", ""},
		{"func last(list []int) int {\n\t// YOUR CODE HERE\n\tpanic(\"not implemented yet\")\n}", ""},
	} {
		for _, together := range slices.Compact([]*together{g.together, nil}) {
			way := *g
			way.together = together
			a, err := way.Grade(t.Context(), []submission.Cell{{Names: []string{"last"}, Source: row.answer}}, engineStart(t, nil))
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Results[0].Cases[0]; got.Hint != row.hint {
				t.Errorf("%s: %s, %q, want %q", row.answer, got.Verdict, got.Hint, row.hint)
			}
		}
	}
}
