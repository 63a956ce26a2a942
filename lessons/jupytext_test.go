package lessons_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// canonicalLesson is what a lesson looks like after a way through a notebook that keeps none of its bytes.
func canonicalLesson(t *testing.T, src []byte) []byte {
	t.Helper()
	out, err := throughNotebook(t, src, func(nb *nbformat.Notebook) {
		for i := range nb.Cells {
			if own, ok := nb.Cells[i].Metadata["lesson"].(map[string]any); ok {
				delete(own, "source")
			}
		}
		if own, ok := nb.Metadata["lesson"].(map[string]any); ok {
			delete(own, "source")
		}
	})
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return out
}

// TestJupytext asks jupytext about every lesson there is, well written: it keeps their bodies byte for byte, its notebooks of them are ours, and its
// Markdown of our notebooks is the same lesson.
func TestJupytext(t *testing.T) {
	python := os.Getenv("RESIDENT_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import jupytext").Run(); err != nil {
		t.Skipf("%s has no jupytext (set RESIDENT_PYTHON to one that has): %v", python, err)
	}
	dir, written := t.TempDir(), map[string]*lessons.Lesson{}
	for i, src := range corpus(t) {
		l, err := lessons.Parse("a.md", src)
		if err != nil || unresolved(l) || bytes.Contains(src, []byte("\r")) || bytes.Contains(src, []byte("\n````output")) {
			continue // to jupytext, prose has no fences of four
		}
		name := filepath.Join(dir, fmt.Sprintf("%d.md", i))
		src = canonicalLesson(t, bytes.ReplaceAll(src, []byte("```sh"), []byte("```text"))) // a shell's fence is a cell to jupytext
		if l, err = lessons.Parse(name, src); err != nil {
			t.Fatal(err)
		}
		var book bytes.Buffer
		if err := l.WriteNotebook(&book); err != nil {
			t.Fatal(err)
		}
		for file, data := range map[string][]byte{name: src, strings.TrimSuffix(name, "md") + "ours.ipynb": book.Bytes()} {
			if err := os.WriteFile(file, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		written[name] = l
	}
	if out, err := exec.Command(python, "testdata/through_jupytext.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, l := range written {
		compareJupytext(t, name, l)
	}
	if len(written) < 30 {
		t.Errorf("only %d lessons were compared", len(written))
	}
}

func compareJupytext(t *testing.T, name string, l *lessons.Lesson) {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	back, err := os.ReadFile(name + ".back")
	if err != nil {
		t.Fatal(err)
	}
	// Prose to jupytext, which has no stable number of blank lines behind it.
	shown := slices.ContainsFunc(l.Cells, func(c *lessons.Cell) bool { return c.NoEval })
	if got, want := body(back), body(src); got != want && !(shown && dense(got) == dense(want)) {
		t.Errorf("jupytext changes the body:\n%s", diff.Diff("want", []byte(want), "got", []byte(got)))
	}
	nb, err := lessons.ReadFile(name + ".ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cellsOf(nb), cellsOf(l); got != want && !shown {
		t.Errorf("jupytext's notebook has other cells:\n%s", diff.Diff("want", []byte(want), "got", []byte(got)))
	}
	made := strings.TrimSuffix(name, "md") + "ours.ipynb.made"
	text, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	again, err := lessons.Parse(made, text)
	if err != nil {
		t.Errorf("jupytext's lesson of our notebook: %v\n%s", err, text)
		return
	}
	if got, want := cellsOf(again), cellsOf(l); got != want {
		t.Errorf("jupytext's lesson of our notebook has other cells:\n%s", diff.Diff("want", []byte(want), "got", []byte(got)))
	}
}

// body is a lesson without its front matter.
func body(src []byte) string {
	_, rest, _ := strings.Cut(string(src), "\n---\n")
	return strings.TrimLeft(rest, "\n")
}

// cellsOf is essence without what stands in the front matter, which jupytext does not take from a notebook's metadata, and without the line ends that it
// leaves behind indented code.
func cellsOf(l *lessons.Lesson) string {
	cells := make([]*lessons.Cell, len(l.Cells))
	for i, c := range l.Cells {
		trimmed := *c
		if c.Kind == lessons.Prose {
			trimmed.Source = strings.TrimRight(c.Source, "\n")
		}
		cells[i] = &trimmed
	}
	return essence(&lessons.Lesson{Cells: cells})
}

var blankLines = regexp.MustCompile(`\n\n+`)

func dense(s string) string { return blankLines.ReplaceAllString(s, "\n") }
