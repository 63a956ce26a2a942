package grade

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/submission"
)

// TestByPlace has two questions in prose, and students whose answers lost their names.
func TestByPlace(t *testing.T) {
	const question = "<!-- #region kind=\"manual\" name=%q points=1 -->\n%s\n<!-- #endregion -->\n\n"
	text := "# Essay\n\nSome words.\n\n```go name=\"tools\"\nx := 1\n```\n\n" + fmt.Sprintf(question, "why", "Why does it rain?") + fmt.Sprintf(question, "how", "How does snow fall?") +
		"```go name=\"more\"\ny := 2\n```\n\n" + fmt.Sprintf(question, "when", "When does it stop?")
	l, err := lessons.Parse("l.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	g := &Grader{Lesson: l}
	if err := g.read(); err != nil {
		t.Fatal(err)
	}
	prose := func(texts ...string) (cells []submission.Cell) {
		for _, text := range texts {
			cells = append(cells, submission.Cell{Prose: true, Source: text})
		}
		return cells
	}
	tools, more := submission.Cell{Source: "x := 1"}, submission.Cell{Source: "y := 2"}
	for _, row := range []struct {
		name  string
		cells []submission.Cell
		want  string
	}{
		{"all of them", slices.Concat(prose("# Essay\n\nSome words."), []submission.Cell{tools}, prose("Clouds.", "Slowly."), []submission.Cell{more}, prose("Soon.")), "how=Slowly.|when=Soon.|why=Clouds."},
		{"one in two cells", slices.Concat([]submission.Cell{tools, more}, prose("Soon,", "I hope.")), "when=Soon,\n\nI hope."},
		{"one of two: who reads them will see which", slices.Concat([]submission.Cell{tools}, prose("Clouds."), []submission.Cell{more}), "how=Clouds.|why=Clouds."},
		{"one with its name", slices.Concat([]submission.Cell{tools, {Names: []string{"why"}, Prose: true, Source: "Clouds."}}, prose("Slowly."), []submission.Cell{more}), "how=Slowly.|why=Clouds."},
		{"the other way round", slices.Concat([]submission.Cell{more}, prose("Soon."), []submission.Cell{tools}), ""},
		{"empty", slices.Concat([]submission.Cell{tools}, prose(" ", "\n"), []submission.Cell{more}), ""},
		{"as it was given out", slices.Concat([]submission.Cell{tools}, prose("Why does it rain?", "# Essay\n\nSome words."), []submission.Cell{more}), "why=Why does it rain?"},
	} {
		m := g.match(row.cells)
		var parts []string
		for _, id := range slices.Sorted(maps.Keys(m.answers)) {
			parts = append(parts, id+"="+m.answers[id].Source)
		}
		if got := strings.Join(parts, "|"); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
