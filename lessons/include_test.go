package lessons_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/resident-go/resident/lessons"
)

var includeFiles = fstest.MapFS{
	"sgd.go": {Data: []byte("// Package sgd walks downhill.\npackage sgd\n\nimport \"math\"\n\n// #region step\nfunc Step(x float64) float64 {\n\t// #region body\n" +
		"\t// BEGIN SOLUTION\n\treturn x - 0.1*math.Sin(x)\n\t// END SOLUTION\n\t// #endregion\n}\n// #endregion\n")},
	"more/all.go": {Data: []byte("package all\n\nfunc all() {\n\t//resident:include sgd.go#body\n}\n")},
	"circle.go":   {Data: []byte("package c\n\n//region a\n//resident:include circle.go#b\n//endregion\n//region b\n//resident:include circle.go#a\n//endregion\n")},
	"open.go":     {Data: []byte("package o\n\n// #region a\nx\n")},
	"twice.go":    {Data: []byte("package o\n\n// #region a\n// #endregion\n// #region a\n// #endregion\n")},
	"deep.go":     {Data: []byte("package d\n\n//resident:include ../../etc.go\n")},
}

func TestInclude(t *testing.T) {
	for _, row := range []struct{ to, want, err string }{
		{to: "sgd.go#step", want: "func Step(x float64) float64 {\n\t// BEGIN SOLUTION\n\treturn x - 0.1*math.Sin(x)\n\t// END SOLUTION\n}"},
		{to: "sgd.go#body", want: "// BEGIN SOLUTION\nreturn x - 0.1*math.Sin(x)\n// END SOLUTION"},
		{to: "more/all.go", want: "func all() {\n\t// BEGIN SOLUTION\n\treturn x - 0.1*math.Sin(x)\n\t// END SOLUTION\n}"},
		{to: "sgd.go#stop", err: `sgd.go has no region "stop": a comment // #region stop begins one`},
		{to: "absent.go", err: "there is no such file in the lesson's folder"},
		{to: "circle.go#a", err: "circle.go#b: circle.go#a: the files include each other in a circle: circle.go#a, circle.go#b, circle.go#a"},
		{to: "open.go#a", err: `the region "a" of open.go is not closed: // #endregion is missing`},
		{to: "twice.go#a", err: `twice.go has two regions "a"`},
		{to: "deep.go", err: `../../etc.go: "../../etc.go" leaves the lesson's folder: want a file in it, such as "sgd.go#step"`},
	} {
		l, err := lessons.Parse("a.md", []byte("```go name=\"a\" include=\""+row.to+"\"\n```\n"))
		if err != nil {
			t.Errorf("%s: %v", row.to, err)
			continue
		}
		switch err := l.Include(includeFiles); {
		case row.err != "":
			if want := "a.md:1:16: include " + row.to + ": " + row.err; err == nil || err.Error() != want {
				t.Errorf("%s: got error %v, want %s", row.to, err, want)
			}
		case err != nil || l.Cells[0].Source != row.want:
			t.Errorf("%s: got %q (%v), want %q", row.to, l.Cells[0].Source, err, row.want)
		}
	}
}

// TestIncludeTooMuch: files that take in each other twice come to more than any memory holds.
func TestIncludeTooMuch(t *testing.T) {
	files := fstest.MapFS{"r40.go": {Data: []byte("package r\n\nx := 1\n")}}
	for n := range 40 {
		next := fmt.Sprintf("//resident:include r%d.go\n", n+1)
		files[fmt.Sprintf("r%d.go", n)] = &fstest.MapFile{Data: []byte("package r\n\n" + next + next)}
	}
	l, err := lessons.Parse("a.md", []byte("```go name=\"a\" include=\"r0.go\"\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Include(files); err == nil || !strings.HasSuffix(err.Error(), "the files that it takes in come to more than 16777216 bytes") {
		t.Errorf("got %v", err)
	}
}

// TestIncludeBuild: what students get does not lead to the file with the solution.
func TestIncludeBuild(t *testing.T) {
	l, err := lessons.Parse("a.md", []byte("# T\n\n```go name=\"a\" include=\"sgd.go#step\" timeout=\"1s\"\n```\n\nEnd.\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Build(lessons.ForStudents); err == nil || !strings.Contains(err.Error(), "the file was not read") {
		t.Errorf("before the file is read: got %v", err)
	}
	if _, err := lessons.Run(t.Context(), l, commands{}, lessons.Options{}); err == nil {
		t.Error("a run without the file's code: want an error")
	}
	if err := l.Include(includeFiles); err != nil {
		t.Fatal(err)
	}
	built, err := l.Build(lessons.ForStudents)
	want := "# T\n\n```go name=\"a\" timeout=\"1s\"\nfunc Step(x float64) float64 {\n\t// YOUR CODE HERE\n\tpanic(\"not implemented yet\")\n}\n```\n\nEnd.\n"
	if err != nil || !bytes.Equal(built, []byte(want)) {
		t.Errorf("got %q (%v), want %q", built, err, want)
	}
}

// folder is files in memory.
func folder(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}
