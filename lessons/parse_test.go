package lessons_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// pairs runs a function on every input of an archive, and compares what it returns with the want file behind it.
func pairs(t *testing.T, file, ext string, run func(t *testing.T, f txtar.File) string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var updated []txtar.File
	for _, f := range a.Files {
		name, isInput := strings.CutSuffix(f.Name, ext)
		if !isInput {
			continue
		}
		want := txtar.File{Name: name + ".want"}
		if i := slices.IndexFunc(a.Files, func(w txtar.File) bool { return w.Name == want.Name }); i >= 0 {
			want.Data = a.Files[i].Data
		}
		t.Run(name, func(t *testing.T) {
			got := run(t, f)
			if d := diff.Diff("want", want.Data, "got", []byte(got)); d != nil && !*update {
				t.Errorf("%s: %s\n%s", file, f.Name, d)
			}
			want.Data = []byte(got)
		})
		updated = append(updated, f, want)
	}
	if *update {
		a.Files = updated
		if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParse(t *testing.T) {
	pairs(t, "testdata/parse.txtar", ".md", func(t *testing.T, f txtar.File) string {
		l, err := lessons.Parse(f.Name, f.Data)
		if err != nil {
			return errorLines(t, err)
		}
		checkRanges(t, f.Data, l)
		return dump(l)
	})
}

func errorLines(t *testing.T, err error) string {
	var list lessons.ErrorList
	if !errors.As(err, &list) {
		t.Fatalf("want an ErrorList, got %T: %v", err, err)
	}
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "error %v\n", e)
	}
	return b.String()
}

// checkRanges holds the byte ranges to their promise: in order, apart, and around the cell's text.
func checkRanges(t *testing.T, src []byte, l *lessons.Lesson) {
	end := 0
	for _, c := range l.Cells {
		if c.Pos.Offset < end || c.End < c.Pos.Offset || c.End > len(src) {
			t.Errorf("cell %q: range %d to %d after one that ends at %d", c.Label(), c.Pos.Offset, c.End, end)
			continue
		}
		end = c.End
		first, _, _ := strings.Cut(c.Source, "\n")
		if text := string(src[c.Pos.Offset:c.End]); !strings.Contains(text, first) {
			t.Errorf("cell %q is not in its range: %q", c.Label(), text)
		}
	}
}

func dump(l *lessons.Lesson) string {
	var b strings.Builder
	if l.Meta.Title != "" {
		fmt.Fprintf(&b, "title %q\n", l.Meta.Title)
	}
	if l.Meta.Timeout+l.Meta.CellTimeout > 0 {
		fmt.Fprintf(&b, "timeout %v, of a cell %v\n", l.Meta.Timeout, l.Meta.CellTimeout)
	}
	for _, c := range l.Cells {
		fmt.Fprintf(&b, "%s %d:%d, text from %d:%d", c.Kind, c.Pos.Line, c.Pos.Col, c.Body.Line, c.Body.Col)
		if c.NoEval {
			b.WriteString(", noeval")
		}
		for _, a := range c.Attrs.All {
			fmt.Fprintf(&b, ", %s=%s", a.Key, a.Value)
		}
		fmt.Fprintf(&b, "\n\t%s\n", strings.ReplaceAll(fmt.Sprintf("%q", c.Source), `\n`, "\\n\n\t "))
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	a, err := txtar.ParseFile("testdata/parse.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range a.Files {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		l, err := lessons.Parse("f.md", src)
		if err != nil {
			errorLines(t, err)
			return
		}
		checkRanges(t, src, l)
	})
}
