package lessons_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
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
	exchange := func(i, j int) func(*nbformat.Notebook) {
		return func(nb *nbformat.Notebook) { nb.Cells[i], nb.Cells[j] = nb.Cells[j], nb.Cells[i] }
	}
	const moved = "# T\n\n```go  name=\"c\"\nc()\n```\n\nBetween.\n\n```go\nb()\n```\n\n```go name=\"a\"\na()\n```\n\nEnd.\n"
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
		{name: "they moved", ours: mergeBase, edit: exchange(1, 4), want: moved},
		{name: "they moved, and we changed", ours: swap("a()", "a2()"), edit: exchange(1, 4), want: strings.Replace(moved, "a()", "a2()", 1)},
		{name: "they moved and changed", ours: mergeBase, edit: func(nb *nbformat.Notebook) { exchange(1, 4)(nb); set(4, "a2()")(nb) }, want: strings.Replace(moved, "a()", "a2()", 1)},
		{name: "they moved prose to the end", ours: mergeBase, edit: func(nb *nbformat.Notebook) {
			nb.Cells = append(append(nb.Cells[:2:2], nb.Cells[3:]...), nb.Cells[2])
		}, want: strings.Replace(mergeBase, "\nBetween.\n", "", 1) + "\n\nBetween.\n"},
		{name: "they moved, and we added", ours: swap("End.", "Soon.\n\n```go\nn()\n```\n\nEnd."), edit: exchange(1, 4),
			want: strings.Replace(moved, "Between.", "Soon.\n\n```go\nn()\n```\n\nBetween.", 1)},
		{name: "we moved", ours: moved, edit: func(*nbformat.Notebook) {}, want: moved},
		{name: "we moved, and they changed", ours: moved, edit: set(1, "a2()"), want: strings.Replace(moved, "a()", "a2()", 1)},
		{name: "we moved and changed, and they changed another", ours: strings.Replace(moved, "a()", "a2()", 1), edit: set(4, "c2()"), want: strings.Replace(strings.Replace(moved, "a()", "a2()", 1), "c()", "c2()", 1)},
		{name: "we moved a cell without a name, and they changed", ours: "# T\n\n```go\nb()\n```\n\n```go name=\"a\"\na()\n```\n\nBetween.\n\n```go  name=\"c\"\nc()\n```\n\nEnd.\n", edit: set(1, "a2()"),
			want: "# T\n\n```go\nb()\n```\n\n```go name=\"a\"\na2()\n```\n\nBetween.\n\n```go  name=\"c\"\nc()\n```\n\nEnd.\n"},
		{name: "both moved, alike", ours: moved, edit: exchange(1, 4), want: moved},
		{name: "both moved", ours: moved, edit: exchange(1, 3), err: "both the lesson and the notebook have moved cells: put them into one order"},
		{name: "they moved what we removed", ours: swap("```go\nb()\n```\n\n", ""), edit: exchange(1, 3),
			want: "# T\n\n\nBetween.\n\n```go name=\"a\"\na()\n```\n\n```go  name=\"c\"\nc()\n```\n\nEnd.\n"},
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

// FuzzMerge: whatever the three sides are, a merge is a lesson or an error; a side that has changed nothing leaves the other as it is.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(mergeBase), []byte(mergeBase), 1, "changed()")
	f.Add([]byte(mergeBase), []byte("# T\n\nMore.\n"), 0, "a\n\n\nb")
	f.Add([]byte(edited), []byte(edited), 2, "```go\nx\n```")
	f.Fuzz(func(t *testing.T, base, ours []byte, i int, text string) {
		l, err := lessons.Parse("l.md", base)
		if err != nil || unresolved(l) {
			return
		}
		var book bytes.Buffer
		if err := l.WriteNotebook(&book); err != nil {
			t.Fatal(err)
		}
		nb, err := nbformat.Read(&book)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lessons.Parse("l.md", ours); err == nil {
			if got, _, err := lessons.Merge("l.md", ours, nb); err != nil || !bytes.Equal(got, ours) {
				t.Fatalf("nothing was changed in the notebook of %q, and %q becomes %q (%v)", base, ours, got, err)
			}
		}
		if len(nb.Cells) == 0 {
			return
		}
		nb.Cells[uint(i)%uint(len(nb.Cells))].Source = text
		if got, _, err := lessons.Merge("l.md", ours, nb); err == nil {
			if _, err := lessons.Parse("l.md", got); err != nil {
				t.Fatalf("%q is no lesson: %v", got, err)
			}
		}
	})
}

// TestMergeOfParts merges assembled lessons with notebooks in which nothing, or one cell of code, was changed.
func TestMergeOfParts(t *testing.T) {
	merged := 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 3))
		base, ours := assemble(r), assemble(r)
		l, err := lessons.Parse("l.md", base)
		if err != nil {
			continue
		}
		var book bytes.Buffer
		if err := l.WriteNotebook(&book); err != nil {
			t.Fatal(err)
		}
		nb, err := nbformat.Read(&book)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lessons.Parse("l.md", ours); err == nil {
			if got, _, err := lessons.Merge("l.md", ours, nb); err != nil || !bytes.Equal(got, ours) {
				t.Fatalf("seed %d: nothing was changed in the notebook of %q, and %q becomes %q (%v)", seed, base, ours, got, err)
			}
		}
		i := slices.IndexFunc(nb.Cells, func(c nbformat.Cell) bool { return c.Type == nbformat.Code })
		if i < 0 || l.Cells[i].Want != nil {
			continue
		}
		nb.Cells[i].Source = "changed()"
		got, _, err := lessons.Merge("l.md", base, nb)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		m, err := lessons.Parse("l.md", got)
		if err != nil || len(m.Cells) != len(l.Cells) || m.Cells[i].Source != "changed()" {
			t.Fatalf("seed %d: cell %d of %q was changed, and it becomes %q (%v)", seed, i, base, got, err)
		}
		merged++
	}
	if merged < 50 {
		t.Errorf("only %d lessons were merged", merged)
	}
}

// TestMergeOfMoves merges assembled lessons with notebooks whose cells were shuffled: all of them are there, in the notebook's order; and a lesson that was shuffled
// itself takes over what was changed in a notebook that was not.
func TestMergeOfMoves(t *testing.T) {
	merged := 0
	for seed := range uint64(1200) {
		r := rand.New(rand.NewPCG(seed, 4))
		base := assemble(r)
		l, err := lessons.Parse("l.md", base)
		if err != nil || unresolved(l) {
			continue
		}
		nb := notebookOf(t, l)
		r.Shuffle(len(nb.Cells), func(i, j int) { nb.Cells[i], nb.Cells[j] = nb.Cells[j], nb.Cells[i] })
		shuffled, _, err := lessons.Merge("l.md", base, nb)
		if err != nil && strings.Contains(err.Error(), "cannot stand in a lesson") {
			continue // what was the end of the file, such as a fence that nobody closes, stands before something now
		}
		if err != nil {
			t.Fatalf("seed %d: %q shuffled: %v", seed, base, err)
		}
		m, err := lessons.Parse("l.md", shuffled)
		if err != nil || !slices.Equal(sources(m.Cells), inNotebook(nb)) {
			t.Fatalf("seed %d: %q shuffled as %q becomes %q (%v)", seed, base, inNotebook(nb), shuffled, err)
		}
		nb = notebookOf(t, l)
		i := slices.IndexFunc(nb.Cells, func(c nbformat.Cell) bool { return c.Type == nbformat.Code })
		if i < 0 || l.Cells[i].Want != nil || l.Cells[i].Attrs.Name == "" {
			continue
		}
		nb.Cells[i].Source = "changed()"
		got, _, err := lessons.Merge("l.md", shuffled, nb)
		if err != nil {
			t.Fatalf("seed %d: the lesson was shuffled, a cell was changed in the notebook: %v", seed, err)
		}
		want := sources(m.Cells)
		want[slices.IndexFunc(m.Cells, func(c *lessons.Cell) bool { return c.Attrs.Name == l.Cells[i].Attrs.Name })] = "changed()"
		if m, err = lessons.Parse("l.md", got); err != nil || !slices.Equal(sources(m.Cells), want) {
			t.Fatalf("seed %d: %q, changed in the notebook of %q, becomes %q (%v)", seed, shuffled, base, got, err)
		}
		merged++
	}
	if merged < 30 {
		t.Errorf("only %d lessons were merged", merged)
	}
}

func notebookOf(t *testing.T, l *lessons.Lesson) *nbformat.Notebook {
	t.Helper()
	var book bytes.Buffer
	if err := l.WriteNotebook(&book); err != nil {
		t.Fatal(err)
	}
	nb, err := nbformat.Read(&book)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

func sources(cells []*lessons.Cell) (all []string) {
	for _, c := range cells {
		all = append(all, c.Source)
	}
	return all
}

// inNotebook are the sources of a notebook's cells, with code that is only shown as a lesson has it.
func inNotebook(nb *nbformat.Notebook) (all []string) {
	l, err := lessons.FromNotebook("l.md", nb)
	if err != nil {
		panic(err) // it was made of a lesson
	}
	return sources(l.Cells)
}
