package lessons_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
)

// needy has two exercises, one whose cells say what they need and one whose cells do not.
const needy = "# T\n\n" +
	"```go name=\"tools\"\nout tools\n```\n\n" +
	"```go name=\"school\" tags=[\"parameters\"]\nvar epochs = 3\n```\n\n" +
	"```go deps=[\"tools\"] exercise=\"one\" name=\"helper\"\nout helper\n```\n\n" +
	"```go deps=[] exercise=\"one\" name=\"answer-one\"\n// BEGIN SOLUTION\nout one\n// END SOLUTION\n```\n\n" +
	"```go deps=[\"tools\"] exercise=\"one\" name=\"test-one\" role=\"test\"\nout one\n// Output: one\n```\n\n" +
	"```go exercise=\"two\" name=\"answer-two\" role=\"starter\"\nout two\n```\n\n" +
	"```go exercise=\"two\" name=\"test-two\" role=\"test\"\nout two\n// Output: two\n```\n"

func TestOnly(t *testing.T) {
	for _, row := range []struct {
		names, want string // separated by spaces
		err         string
	}{
		{"tools", "tools", ""},
		{"answer-one", "helper answer-one tools", ""}, // the exercise's own cells above it, and what they need
		{"one", "tools helper answer-one test-one", ""},
		{"test-one", "tools helper answer-one test-one", ""},
		{"two", "tools school school* helper answer-one answer-two test-two", ""},
		{"tools test-one", "tools helper answer-one test-one", ""},
		{"tols", "", `a.md: no cell and no exercise has the name "tols"; did you mean "tools"?`},
	} {
		l, err := lessons.Parse("a.md", []byte(needy))
		if err == nil {
			err = l.SetParameters([]lessons.Parameter{{Name: "epochs", Value: "5"}})
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Only(strings.Fields(row.names)...); row.err != "" || err != nil {
			if err == nil || err.Error() != row.err {
				t.Errorf("%s: error %v, want %s", row.names, err, row.err)
			}
			continue
		}
		report, err := lessons.Run(t.Context(), l, commands{}, lessons.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var ran []string
		for i, c := range report.Cells {
			switch {
			case c.Count == 0:
			case c.Cell.Attrs.Name == "":
				ran = append(ran, l.Cells[i-1].Attrs.Name+"*")
			default:
				ran = append(ran, c.Cell.Attrs.Name)
			}
		}
		want := strings.Fields(row.want)
		slices.Sort(want)
		if slices.Sort(ran); !slices.Equal(ran, want) {
			t.Errorf("%s: ran %v, want %v", row.names, ran, want)
		}
	}
}
