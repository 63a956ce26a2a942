package lessons_test

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
)

func TestSetParameters(t *testing.T) {
	const defaults = "```go name=\"p\" tags=[\"parameters\"]\n" +
		"import \"time\"\n\nsteps, rate := 10, 0.5 // how far\nvar (\n\tname string\n\tlimit time.Duration = time.Second\n)\nconst fixed = 1\ntext := `a`\n```\n"
	for _, row := range []struct {
		src, param, want, err string
	}{
		{src: defaults, param: "steps=3", want: "// Parameters\nsteps = 3"},
		{src: defaults, param: "rate=1e-3", want: "// Parameters\nrate = 1e-3"},
		{src: defaults, param: "limit=2*time.Second", want: "// Parameters\nlimit = 2*time.Second"},
		{src: defaults, param: "name=O'Neill = 1", want: "// Parameters\nname = \"O'Neill = 1\""},
		{src: defaults, param: "text=", want: "// Parameters\ntext = \"\""},
		{src: defaults, param: "step=3", err: `a.md:1:1: set step: the cell declares no such variable; did you mean "steps"?`},
		{src: defaults, param: "fixed=3", err: "a.md:1:1: set fixed: the cell declares no such variable; known: limit, name, rate, steps, text"},
		{src: defaults, param: "steps=3; panic(1)", err: `a.md:1:1: set steps: want a Go expression such as 3, 0.5, true or "text" in quotes, got "3; panic(1)"`},
		{src: "# None\n", param: "steps=3", err: `a.md: set steps: no cell has the tag "parameters"`},
		{src: defaults, param: "steps", err: `parameter "steps": want name=value`},
		{src: defaults, param: "a b=1", err: `parameter "a b": want name=value`},
	} {
		l, err := lessons.Parse("a.md", []byte(row.src))
		if err != nil {
			t.Fatal(err)
		}
		v, err := lessons.ParseParameter(row.param)
		for range 2 { // the second time the cell is there already
			if err == nil {
				err = l.SetParameters([]lessons.Parameter{v})
			}
		}
		switch {
		case row.err != "":
			if err == nil || err.Error() != row.err {
				t.Errorf("%s: got error %v, want %s", row.param, err, row.err)
			}
		case err != nil || len(l.Cells) != 2 || l.Cells[1].Source != row.want || !l.Cells[1].Attrs.Has(lessons.TagInjected):
			t.Errorf("%s: got %+v (%v), want the code %q", row.param, l.Cells, err, row.want)
		}
	}
}

// TestParametersAreInReports: a notebook of the run shows what was set, as papermill's do.
func TestParametersAreInReports(t *testing.T) {
	l, err := lessons.Parse("a.md", []byte("```go tags=[\"parameters\"]\nx := 1\n```\n\n```go\nout done\n```\n"))
	if err == nil {
		err = l.SetParameters([]lessons.Parameter{{Name: "x", Value: "2"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := l.WriteNotebook(&b); err != nil || !strings.Contains(b.String(), `"injected-parameters"`) {
		t.Errorf("got %s (%v)", b.String(), err)
	}
}
