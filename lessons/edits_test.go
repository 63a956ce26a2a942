package lessons_test

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

const edited = "---\nlesson:\n  title: T # stays\n---\n\nIntro  \nof two lines.\n\n```go  tol=1.0 name=\"a\"\nx()\n// Output: 1\n```\n\n<!-- #region Why name=\"why\" -->\n\nBecause.\n\n<!-- #endregion -->\n\n\n~~~go\ny()\n~~~\nEnd."

// TestEditedNotebook: what was not changed in a notebook keeps its bytes, what was is spliced in.
func TestEditedNotebook(t *testing.T) {
	replace := func(old, new string) string {
		if !strings.Contains(edited, old) {
			t.Fatalf("%q is not in the lesson", old)
		}
		return strings.Replace(edited, old, new, 1)
	}
	for _, row := range []struct {
		name string
		edit func(nb *nbformat.Notebook)
		want string
	}{
		{"nothing", func(*nbformat.Notebook) {}, edited},
		{"code", func(nb *nbformat.Notebook) { nb.Cells[1].Source = "z()\n// Output: 1" }, replace("x()", "z()")},
		{"a region", func(nb *nbformat.Notebook) { nb.Cells[2].Source = "So." }, replace("Because.", "So.")},
		{"prose", func(nb *nbformat.Notebook) { nb.Cells[0].Source = "Short." }, replace("Intro  \nof two lines.", "Short.")},
		{"the last one", func(nb *nbformat.Notebook) { nb.Cells[4].Source = "Over." }, replace("End.", "Over.")},
		{"fences in tildes", func(nb *nbformat.Notebook) { nb.Cells[3].Source = "y()\nz()" }, replace("y()\n", "y()\nz()\n")},
		{"an attribute", func(nb *nbformat.Notebook) { nb.Cells[1].Metadata["tags"] = []any{"b"} }, replace(`  tol=1.0 name="a"`, ` name="a" tags=["b"] tol=1`)},
		{"prose that needs a region", func(nb *nbformat.Notebook) { nb.Cells[0].Source = "a\n\n\nb" },
			replace("Intro  \nof two lines.", "<!-- #region -->\na\n\n\nb\n<!-- #endregion -->\n")},
		{"prose that looks like code", func(nb *nbformat.Notebook) { nb.Cells[4].Source = "```go\nx\n```" },
			replace("~~~\nEnd.", "~~~\n\n<!-- #region -->\n```go\nx\n```\n<!-- #endregion -->\n")},
		{"a cell less", func(nb *nbformat.Notebook) { nb.Cells = append(nb.Cells[:1], nb.Cells[2:]...) },
			replace("```go  tol=1.0 name=\"a\"\nx()\n// Output: 1\n```\n\n", "")},
		{"a cell more", func(nb *nbformat.Notebook) {
			nb.Cells = append(nb.Cells[:1:1], append([]nbformat.Cell{{Type: nbformat.Code, Source: "```\nnew()"}}, nb.Cells[1:]...)...)
		}, replace("```go  tol", "````go\n```\nnew()\n````\n\n```go  tol")},
		{"what Jupyter adds", func(nb *nbformat.Notebook) {
			nb.Metadata["language_info"] = map[string]any{"name": "go", "version": "1.26"}
			nb.Cells[1].Metadata["collapsed"], nb.Cells[1].Metadata["trusted"], nb.Cells[0].Metadata["tags"] = false, true, []any{}
			nb.Cells[1].Outputs, nb.Cells[1].ExecutionCount = []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "1"}}, 3
			nb.Cells[1].Metadata["lesson"].(map[string]any)["tol"] = 1.0
		}, edited},
		{"a copied cell", func(nb *nbformat.Notebook) {
			twin := nb.Cells[1]
			twin.ID = "another"
			nb.Cells = append(nb.Cells, twin)
		}, edited + "\n\n```go tol=1\nx()\n// Output: 1\n```\n"},
		{"what papermill injects", func(nb *nbformat.Notebook) {
			nb.Cells = append(nb.Cells, nbformat.Cell{Type: nbformat.Code, ID: "p", Source: "x = 1", Metadata: map[string]any{"tags": []any{"injected-parameters"}}})
		}, edited},
		{"points given in nbgrader's editor", func(nb *nbformat.Notebook) {
			nb.Cells[1].Metadata["nbgrader"] = map[string]any{"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "grade_id": "a", "points": 3}
		}, replace(`  tol=1.0 name="a"`, ` name="a" points=3 role="test" tol=1`)},
		{"the same in a cell that has a weight", func(nb *nbformat.Notebook) {
			m := nb.Cells[1].Metadata
			m["lesson"] = map[string]any{"name": "a", "tol": 1.0, "role": "test", "points": 4.0, "weight": 0.5}
			m["nbgrader"] = map[string]any{"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "grade_id": "a", "points": 2}
		}, replace(`  tol=1.0 name="a"`, ` name="a" points=4 role="test" tol=1 weight=0.5`)}, // 2 is what nbgrader was told: nothing was changed
		{"other points in a cell that has a weight", func(nb *nbformat.Notebook) {
			m := nb.Cells[1].Metadata
			m["lesson"] = map[string]any{"name": "a", "tol": 1.0, "role": "test", "points": 4.0, "weight": 0.5}
			m["nbgrader"] = map[string]any{"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "grade_id": "a", "points": 3}
		}, replace(`  tol=1.0 name="a"`, ` name="a" points=3 role="test" tol=1`)},
	} {
		back, err := throughNotebook(t, []byte(edited), row.edit)
		if err != nil || string(back) != row.want {
			t.Errorf("%s: got %q (%v), want %q", row.name, back, err, row.want)
		}
	}
}

func TestMarkdownRefuses(t *testing.T) {
	for _, row := range []struct {
		name, want string
		edit       func(nb *nbformat.Notebook)
	}{
		{"front matter", "a.md: metadata.lesson was changed: such changes belong into the lesson's front matter", func(nb *nbformat.Notebook) {
			nb.Metadata["lesson"].(map[string]any)["title"] = "U"
		}},
		{"the end of a region", "this cell cannot stand in a lesson: there it would be read otherwise", func(nb *nbformat.Notebook) {
			nb.Cells[0].Source = "a\n\n<!-- #endregion -->\n\nb"
		}},
		{"an attachment with a folder", `a.md: cell 1: attachment "../x.png": want the name of a file, without a folder`, func(nb *nbformat.Notebook) {
			nb.Cells[0].Attachments = map[string]map[string]any{"../x.png": {"image/png": "AAAA"}}
		}},
		{"an attachment that is none", `a.md: cell 1: attachment "x.png": illegal base64 data at input byte 0`, func(nb *nbformat.Notebook) {
			nb.Cells[0].Attachments = map[string]map[string]any{"x.png": {"image/png": "!"}}
		}},
		{"another language", "a.md: the notebook's language is python, want go", func(nb *nbformat.Notebook) {
			nb.Metadata["language_info"] = map[string]any{"name": "python"}
		}},
		{"a bad attribute", `a.md: cell 2: unknown attribute "naem"; did you mean "name"?`, func(nb *nbformat.Notebook) {
			nb.Cells[1].Metadata["lesson"].(map[string]any)["naem"] = "x"
		}},
	} {
		if _, err := throughNotebook(t, []byte(edited), row.edit); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %s", row.name, err, row.want)
		}
	}
}

// TestAttachments: what is attached becomes a file; two of one name become two.
func TestAttachments(t *testing.T) {
	picture := func(content string) map[string]map[string]any {
		return map[string]map[string]any{"image.png": {"image/png": content}}
	}
	nb := &nbformat.Notebook{Cells: []nbformat.Cell{
		{Type: nbformat.Markdown, Source: "![a](attachment:image.png)", Attachments: picture("AAAA")},
		{Type: nbformat.Markdown, Source: "![b](attachment:image.png)", Attachments: picture("BBBB")},
		{Type: nbformat.Markdown, Source: "![c](<attachment:my plot.svg>)", Attachments: map[string]map[string]any{"my plot.svg": {"image/svg+xml": []any{"<svg>\n", "</svg>"}}}},
	}}
	src, files, err := lessons.Markdown("a.md", nb)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"![a](image.png)\n\n\n![b](image-2.png)\n\n\n![c](<my plot.svg>)\n", "name: resident"} {
		if !strings.Contains(string(src), want) {
			t.Errorf("%q lacks %q", src, want)
		}
	}
	if string(files["image.png"]) != "\x00\x00\x00" || string(files["image-2.png"]) != "\x04\x10\x41" || string(files["my plot.svg"]) != "<svg>\n</svg>" {
		t.Errorf("got the files %q", files)
	}
}

// TestForeign makes lessons of notebooks that others wrote: by hand in JupyterLab, with nbgrader, by jupytext.
func TestForeign(t *testing.T) {
	const front = "---\njupyter:\n  kernelspec:\n    display_name: Go (resident)\n    language: go\n    name: resident\n---\n\n"
	for _, row := range []struct{ name, book, want string }{
		{"JupyterLab", `{"nbformat": 4, "nbformat_minor": 2, "metadata": {"kernelspec": {"name": "gophernotes", "display_name": "Go", "language": "go"}}, "cells": [
			{"cell_type": "markdown", "metadata": {"slideshow": {"slide_type": "slide"}}, "source": ["# T\n"]},
			{"cell_type": "code", "metadata": {"collapsed": true, "scrolled": false, "tags": [], "ExecuteTime": {"start": "x"}}, "execution_count": 3, "outputs": [], "source": ["x := 1\n", "x"]},
			{"cell_type": "raw", "metadata": {}, "source": "\\latex"},
			{"cell_type": "markdown", "metadata": {}, "source": ""},
			{"cell_type": "markdown", "metadata": {}, "source": "` + "```go\\ny\\n```" + `"}]}`,
			front + "<!-- #region slideshow={\"slide_type\": \"slide\"} -->\n# T\n<!-- #endregion -->\n\n```go\nx := 1\nx\n```\n\n<!-- #raw -->\n\\latex\n<!-- #endraw -->\n\n<!-- #region -->\n```go\ny\n```\n<!-- #endregion -->\n"},
		{"nbgrader", `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
			{"cell_type": "code", "id": "a", "metadata": {"nbgrader": {"schema_version": 3, "grade": false, "solution": true, "locked": false, "task": false, "grade_id": "mean"}}, "execution_count": null, "outputs": [], "source": "f()"},
			{"cell_type": "code", "id": "b", "metadata": {"nbgrader": {"schema_version": 3, "grade": true, "solution": false, "locked": true, "task": false, "grade_id": "mean-check", "points": 2.0, "checksum": "0123456789abcdef0123456789abcdef"}}, "execution_count": null, "outputs": [], "source": "t()"},
			{"cell_type": "markdown", "id": "c", "metadata": {"nbgrader": {"schema_version": 3, "grade": true, "solution": true, "locked": false, "task": false, "grade_id": "why", "points": 1}}, "source": "Why?"},
			{"cell_type": "markdown", "id": "d", "metadata": {"nbgrader": {"schema_version": 3, "grade": false, "solution": false, "locked": true, "task": true, "grade_id": "draw", "points": 3}}, "source": "Draw."},
			{"cell_type": "code", "id": "e", "metadata": {"nbgrader": {"schema_version": 3, "grade": false, "solution": false, "locked": true, "task": false, "grade_id": "fixed"}}, "execution_count": null, "outputs": [], "source": "u()"}]}`,
			front + "```go name=\"mean\" role=\"starter\"\nf()\n```\n\n```go name=\"mean-check\" points=2 role=\"test\"\nt()\n```\n\n<!-- #region kind=\"manual\" name=\"why\" points=1 -->\nWhy?\n<!-- #endregion -->\n\n" +
				"<!-- #region kind=\"task\" name=\"draw\" points=3 -->\nDraw.\n<!-- #endregion -->\n\n```go lock=true name=\"fixed\"\nu()\n```\n"},
		{"jupytext", `{"nbformat": 4, "nbformat_minor": 5, "metadata": {"jupytext": {}}, "cells": [
			{"cell_type": "raw", "id": "r", "metadata": {}, "source": "---\nlesson:\n  title: T # why\n---"},
			{"cell_type": "code", "id": "b", "metadata": {"name": "a", "tol": 1e-06, "x-mine": [1]}, "execution_count": null, "outputs": [], "source": "out 1\n// Output: 1"}]}`,
			"---\nlesson:\n  title: T # why\njupyter:\n  kernelspec:\n    display_name: Go (resident)\n    language: go\n    name: resident\n---\n\n```go name=\"a\" tol=1e-06 x-mine=[1]\nout 1\n// Output: 1\n```\n"},
	} {
		nb, err := nbformat.Read(strings.NewReader(row.book))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := lessons.Markdown("a.md", nb)
		if err != nil || string(got) != row.want {
			t.Errorf("%s: got\n%s(%v), want\n%s", row.name, got, err, row.want)
		}
	}
}
