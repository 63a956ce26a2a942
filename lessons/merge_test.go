package lessons_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

const mergeBase = "# T\n\n```go name=\"a\"\na()\n```\n\nBetween.\n\n```go\nb()\n```\n\n```go  name=\"c\"\nc()\n```\n\nEnd.\n"

func TestMerge(t *testing.T) {
	code := func(id, source string) nbformat.Cell {
		return nbformat.Cell{Type: nbformat.Code, ID: id, Source: source, Metadata: map[string]any{}}
	}
	swap := func(old, new string) string {
		if !strings.Contains(mergeBase, old) {
			t.Fatalf("%q is not in the lesson", old)
		}
		return strings.Replace(mergeBase, old, new, 1)
	}
	set := func(i int, source string) func(*nbformat.Notebook) {
		return func(nb *nbformat.Notebook) { nb.Cells[i].Source = source }
	}
	remove := func(i int) func(*nbformat.Notebook) {
		return func(nb *nbformat.Notebook) { nb.Cells = append(nb.Cells[:i:i], nb.Cells[i+1:]...) }
	}
	for _, row := range []struct {
		name, ours string
		edit       func(nb *nbformat.Notebook)
		want, err  string
	}{
		{name: "nothing", ours: mergeBase, edit: func(*nbformat.Notebook) {}, want: mergeBase},
		{name: "ours alone", ours: swap("a()", "a2()"), edit: func(*nbformat.Notebook) {}, want: swap("a()", "a2()")},
		{name: "theirs alone", ours: mergeBase, edit: set(4, "c2()"), want: swap("c()", "c2()")},
		{name: "both, at different places", ours: swap("a()", "a2()"), edit: set(4, "c2()"), want: strings.Replace(swap("a()", "a2()"), "c()", "c2()", 1)},
		{name: "both, alike", ours: swap("a()", "a2()"), edit: set(1, "a2()"), want: swap("a()", "a2()")},
		{name: "both", ours: swap("a()", "a2()"), edit: set(1, "a3()"), err: "l.md:3:1: a: both the lesson and the notebook have changed this cell"},
		{name: "both, in a cell without a name", ours: swap("b()", "b2()"), edit: set(3, "b3()"), err: "l.md:9:1: b2(): both the lesson and the notebook have changed this cell"},
		{name: "a cell without a name", ours: swap("# T", "# U"), edit: set(3, "b3()"), want: strings.Replace(swap("# T", "# U"), "b()", "b3()", 1)},
		{name: "an attribute", ours: mergeBase, edit: func(nb *nbformat.Notebook) { nb.Cells[4].Metadata["tags"] = []any{"x"} }, want: swap("  name=\"c\"", " name=\"c\" tags=[\"x\"]")},
		{name: "theirs removed", ours: mergeBase, edit: remove(1), want: swap("```go name=\"a\"\na()\n```\n\n", "\n")},
		{name: "theirs removed what we changed", ours: swap("a()", "a2()"), edit: remove(1), err: "l.md:3:1: a: the lesson has changed this cell, and the notebook does not have it any more"},
		{name: "we removed", ours: swap("```go name=\"a\"\na()\n```\n\n", ""), edit: func(*nbformat.Notebook) {}, want: swap("```go name=\"a\"\na()\n```\n\n", "")},
		{name: "we removed what they changed", ours: swap("```go name=\"a\"\na()\n```\n\n", ""), edit: set(1, "a3()"), err: "cell 2: a: the notebook has changed this cell, and the lesson does not have it any more"},
		{name: "they added", ours: swap("# T", "# U"), edit: func(nb *nbformat.Notebook) {
			nb.Cells = append(nb.Cells[:2:2], append([]nbformat.Cell{code("n1", "n1()"), code("n2", "n2()")}, nb.Cells[2:]...)...)
		}, want: strings.Replace(swap("# T", "# U"), "Between.", "```go\nn1()\n```\n\n```go\nn2()\n```\n\nBetween.", 1)},
		{name: "they added at the top, we at the end", ours: mergeBase + "\n\nMore.\n", edit: func(nb *nbformat.Notebook) {
			nb.Cells = append([]nbformat.Cell{code("n", "n()")}, nb.Cells...)
		}, want: "```go\nn()\n```\n\n" + mergeBase + "\n\nMore.\n"},
		{name: "they moved", ours: mergeBase, edit: func(nb *nbformat.Notebook) { nb.Cells[1], nb.Cells[4] = nb.Cells[4], nb.Cells[1] },
			err: "l.md: the notebook's cells stand in another order than the lesson's: move Between. in the lesson"},
		{name: "made of nothing", ours: mergeBase, edit: func(nb *nbformat.Notebook) { delete(nb.Metadata, "lesson") }, err: "l.md: the notebook was not made of a lesson: nobody knows what was changed in it"},
	} {
		l, err := lessons.Parse("l.md", []byte(mergeBase))
		if err != nil {
			t.Fatal(err)
		}
		var book bytes.Buffer
		if err := l.WriteNotebook(&book); err != nil {
			t.Fatal(err)
		}
		nb, err := nbformat.Read(&book)
		if err != nil {
			t.Fatal(err)
		}
		row.edit(nb)
		got, _, err := lessons.Merge("l.md", []byte(row.ours), nb)
		switch {
		case row.err != "":
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: got error %v, want %s", row.name, err, row.err)
			}
		case err != nil || string(got) != row.want:
			t.Errorf("%s: got %q (%v), want %q", row.name, got, err, row.want)
		}
	}
}
