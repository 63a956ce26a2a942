package lessons_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

// TestNotebook writes lessons as notebooks, asks the official schema about them, and reads them back: what a run depends on
// must be the same.
func TestNotebook(t *testing.T) {
	for _, file := range []string{"testdata/run.txtar", "testdata/page.txtar", "testdata/parse.txtar"} {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			l, err := lessons.Parse(f.Name, f.Data)
			if err != nil || !strings.HasSuffix(f.Name, ".md") {
				continue
			}
			t.Run(f.Name, func(t *testing.T) { roundTrip(t, l) })
		}
	}
}

func roundTrip(t *testing.T, l *lessons.Lesson) {
	report, _ := lessons.Run(t.Context(), l, commands{}, lessons.Options{})
	var book bytes.Buffer
	if err := report.WriteNotebook(&book); err != nil {
		t.Fatal(err)
	}
	nb, err := nbformat.Read(&book)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(nb); err != nil {
		t.Fatal(err)
	}
	for i, c := range nb.Cells {
		if want := report.Cells[i].Outputs; len(c.Outputs) != len(want) && c.Type == nbformat.Code {
			t.Errorf("cell %d: %d outputs, want %d", i+1, len(c.Outputs), len(want))
		}
	}
	back, err := lessons.FromNotebook(l.File, nb)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := essence(back), essence(l); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// essence is dump without positions, and with attributes in the order of their keys.
func essence(l *lessons.Lesson) string {
	plain := *l
	plain.Cells = nil
	for _, c := range l.Cells {
		e := &lessons.Cell{Kind: c.Kind, NoEval: c.NoEval, Source: c.Source, Attrs: c.Attrs}
		e.Attrs.All = slices.SortedFunc(slices.Values(c.Attrs.All), func(a, b lessons.Attr) int {
			return strings.Compare(a.Key, b.Key)
		})
		for i, a := range e.Attrs.All {
			var v any
			if err := json.Unmarshal(a.Value, &v); err != nil {
				panic(err) // it was parsed before
			}
			e.Attrs.All[i].Value, _ = json.Marshal(v)
		}
		plain.Cells = append(plain.Cells, e)
	}
	return dump(&plain)
}

// TestReadOnly: what readers are not to change is so in front ends; nbgrader hears of what is locked.
func TestReadOnly(t *testing.T) {
	for _, row := range []struct {
		attrs            string
		editable, graded bool
	}{
		{`name="a"`, true, false}, {`frozen=true name="a"`, false, false}, {`lock=true name="a"`, false, true}, {`name="a" role="setup"`, false, true}, {`frozen=false name="a"`, true, false},
	} {
		l, err := lessons.Parse("a.md", []byte("```go "+row.attrs+"\nx := 1\n```\n"))
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
		m := nb.Cells[0].Metadata
		editable, deletable := m["editable"] != false, m["deletable"] != false
		if _, graded := m["nbgrader"]; editable != row.editable || deletable != row.editable || graded != row.graded {
			t.Errorf("%s: editable %v, deletable %v, nbgrader %v", row.attrs, editable, deletable, graded)
		}
	}
}

// TestNotebookByJupytext reads a notebook as jupytext makes it of a lesson: front matter in a raw cell, attributes at the top
// of the metadata, among those of others.
func TestNotebookByJupytext(t *testing.T) {
	l := &lessons.Lesson{}
	nb, err := nbformat.Read(strings.NewReader(`{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
		{"cell_type": "raw", "id": "a", "metadata": {}, "source": "---\nlesson:\n  title: From the raw cell\n---"},
		{"cell_type": "code", "id": "b", "execution_count": null, "outputs": [], "source": "out 1.01\n// Output: 1",
		 "metadata": {"name": "first", "tol": 0.1, "tags": ["x"], "collapsed": true, "timeout": 3}}]}`))
	if err == nil {
		l, err = lessons.FromNotebook("a.ipynb", nb)
	}
	if err != nil {
		t.Fatal(err)
	}
	const want = "title \"From the raw cell\"\n" +
		"code 2:0, text from 2:0, name=\"first\", tags=[\"x\"], tol=0.1\n\t\"out 1.01\\n\n\t // Output: 1\"\n"
	if got := dump(l); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
