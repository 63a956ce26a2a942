package lessons_test

import (
	"bytes"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// TestVersion: the version follows a lesson into what students get and hand in, and does not depend on how it is spelled.
func TestVersion(t *testing.T) {
	parse := func(src string) *lessons.Lesson {
		t.Helper()
		l, err := lessons.Parse("a.md", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := parse("# T\n\n```go name=\"a\" points=1 role=\"test\"\nx := 1 // SOLUTION\n```\n")
	version := l.Version()
	if len(version) != 64 {
		t.Errorf("version %q is no SHA-256", version)
	}
	if got := parse("# T\n\n```go  role=\"test\"  points=1.0 name=\"a\"\nx:=1 // SOLUTION\n```\n").Version(); got != version {
		t.Errorf("in another spelling the version is %s, want %s", got, version)
	}
	if got := parse("# T\n\n```go name=\"a\" points=1 role=\"test\"\nx := 2 // SOLUTION\n```\n").Version(); got == version {
		t.Error("another solution has the same version")
	}
	students, err := l.For(lessons.ForStudents)
	if err != nil {
		t.Fatal(err)
	}
	var book bytes.Buffer
	if err := students.WriteNotebook(&book); err != nil {
		t.Fatal(err)
	}
	nb, err := nbformat.Read(&book)
	if err != nil {
		t.Fatal(err)
	}
	nb.Cells[1].Source = "x := 1"
	submitted, err := lessons.FromNotebook("a.ipynb", nb)
	if err != nil || submitted.Version() != version {
		t.Errorf("the submission has the version %q (%v), want %s", submitted.Version(), err, version)
	}

	include := func(code string) string {
		t.Helper()
		l := parse("```go include=\"a.go\"\n```\n")
		files := map[string]string{"a.go": "package a\n\n" + code}
		if err := l.Include(folder(files)); err != nil {
			t.Fatal(err)
		}
		return l.Version()
	}
	if include("var x = 1\n") == include("var x = 2\n") {
		t.Error("other code in the file that is included has the same version")
	}
}
