package grade

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/submission"
)

// tempting is a lesson whose tests let what is given judge what a student's function returns. Behind it stand tests that are judged outside, or beside.
const tempting = "```go name=\"tools\" role=\"setup\"\nvar eps = 1e-9\n\nfunc near(a, b float64) bool { return math.Abs(a-b) < eps }\n```\n\n" +
	"```go exercise=\"half\" name=\"half\" role=\"starter\"\nfunc half(x float64) float64 {\n\t// BEGIN SOLUTION\n\treturn x / 2\n\t// END SOLUTION\n}\n```\n\n" +
	"```go name=\"more-tools\"\nfunc far(a, b float64) bool { return math.Abs(a-b) > 1 }\n```\n\n"

var judges = map[string]string{
	"outside": "```go exercise=\"half\" name=\"test-half\" points=2 role=\"test\"\ncheck.Case(\"near\", 1).Call(func() bool { return near(half(3), 1.5) }).Want(true)\n" +
		"check.Case(\"text\", 1).Call(func() bool { return !far(half(3), 1.5) && strings.Contains(fmt.Sprint(half(5)), \"2.5\") }).Want(true)\n```\n",
	"beside": "```go exercise=\"half\" name=\"beside-half\" points=2 role=\"test\"\nif !near(half(7), 3.5) || far(half(7), 3.5) || !strings.Contains(fmt.Sprint(half(5)), \"2.5\") {\n\tpanic(\"no\")\n}\n```\n",
}

// TestCheats: what submissions make of names that tests use gets no points, and takes none from honest work.
func TestCheats(t *testing.T) {
	const right, wrong = "func half(x float64) float64 { return x / 2 }", "func half(x float64) float64 { return -1e6 }"
	for tier, tests := range judges {
		l, err := lessons.Parse("l.md", []byte(tempting+tests))
		if err != nil {
			t.Fatal(err)
		}
		g, err := New(t.Context(), l, engineStart(t, nil), Limits{Time: time.Minute, Output: 100_000}, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			name   string
			first  string // a cell in front of the answer
			answer string
			points float64
		}{
			{"honest", "", right, 2},
			{"another judge", "func near(a, b float64) bool { return true }\nfunc far(a, b float64) bool { return false }", wrong, 0},
			{"another judge beside the answer", "", wrong + "\nfunc near(a, b float64) bool { return true }", 0},
			{"a judge who minds nothing", "", "func half(x float64) float64 { eps = 1e9; return 2.5 }", 0},
			{"other packages of their names", "type words struct{}\nfunc (words) Contains(a, b string) bool { return true }\nvar strings words\ntype numbers struct{}\nfunc (numbers) Abs(float64) float64 { return 0 }\nvar math numbers", wrong, 0},
			{"names that only look so", "strings := []string{\"a\", \"b\"}\nlen := 3", "func half(x float64) float64 { eps := 2.0; return x / eps }", 2},
			{"a package of another name", "import strings \"bytes\"", right, 2},
			{"a whole file", "", "package main\n\nimport \"math\"\n\n" + strings.Replace(right, "x / 2", "math.Ldexp(x, -1)", 1), 2},
			{"a text with lines like commands", "", strings.Replace(right, "return", "_ = `\n%d %%\n!\n`\n\treturn", 1), 2},
		} {
			t.Run(tier+"/"+row.name, func(t *testing.T) {
				cells := []submission.Cell{{Source: row.first}, {Names: []string{"half"}, Source: row.answer}}
				for _, together := range slices.Compact([]*together{g.together, nil}) {
					way := *g
					way.together = together
					a, err := way.Grade(t.Context(), cells, engineStart(t, nil))
					if err != nil {
						t.Fatal(err)
					}
					if a.Points != row.points {
						t.Errorf("%g points, want %g: %s", a.Points, row.points, reasons(a))
					}
				}
			})
		}
	}
}

func reasons(a *Attempt) string {
	var b strings.Builder
	for _, r := range a.Results {
		fmt.Fprintf(&b, "\n%s: %s %s", r.ID, r.Verdict, r.Reason)
		for _, c := range r.Cases {
			fmt.Fprintf(&b, "\n\t%s: %s %s", c.Name, c.Verdict, c.Reason)
		}
	}
	return b.String()
}
