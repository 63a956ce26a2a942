package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/nbformat"
)

// seededLesson has texts that can be found in what its cells are compiled to.
const seededLesson = "```go name=\"tools\" role=\"setup\"\nfunc shared() string { return \"given-to-all\" }\nfmt.Println(shared())\n```\n\n" +
	"```go name=\"more\"\nlong := shared() + \", and-more-of-it\"\n```\n\n" +
	"```go exercise=\"a\" name=\"a\" role=\"starter\"\nfunc a(x int) string {\n\t// BEGIN SOLUTION\n\tif x > 1 {\n\t\treturn shared() + \"in-the-solution\"\n\t}\n\t// END SOLUTION\n\treturn long\n}\n```\n\n" +
	"```go name=\"uses\" role=\"setup\"\nfunc uses() string { return \"with-the-answer\" + a(2) }\nfmt.Println(uses())\n```\n\n" +
	"```go name=\"half\" role=\"setup\"\nfunc half() string {\n\t// BEGIN HIDDEN TESTS\n\t_ = fmt.Sprint(\"not-for-students\")\n\t// END HIDDEN TESTS\n\treturn \"\"\n}\nfmt.Println(half())\n```\n\n" +
	"```go exercise=\"a\" name=\"test-a\" points=1 role=\"test\"\nif a(1) == \"in-the-test\" {\n\tpanic(\"no\")\n}\n```\n\n" +
	"```go exercise=\"a\" name=\"case-a\" points=1 role=\"test\"\ncheck.Case(\"two\", 1).Call(a, 2).Want(\"given-to-all\" + \"in-the-solution\")\n```\n"

// TestSeedOfALesson says what of a lesson's cells students' sessions find built, and that they build nothing of it themselves.
func TestSeedOfALesson(t *testing.T) {
	p := &Program{Stdin: strings.NewReader(""), Stdout: t.Output(), Stderr: t.Output()}
	l, err := lessons.Parse("l.md", []byte(seededLesson))
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := p.openRooms(t.Context(), t.TempDir(), nil, &gradeFlags{sandbox: "strict"})
	if err != nil {
		t.Fatal(err)
	}
	defer rooms.close()
	g, err := grade.New(t.Context(), l, rooms.author, grade.DefaultLimits, false)
	if err == nil {
		err = rooms.teach(g.Given())
	}
	if err != nil {
		t.Fatal(err)
	}
	seed := contents(t, rooms.seed)
	for text, want := range map[string]bool{
		"given-to-all": true, "and-more-of-it": true,
		"in-the-solution": false, "with-the-answer": false, "not-for-students": false, "in-the-test": false, "resident grade ": false,
	} {
		if bytes.Contains(seed, []byte(text)) != want {
			t.Errorf("%q in the seed: %v, want %v", text, !want, want)
		}
	}
	runner, end, err := rooms.students(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	sink := nbformat.NewCollector(nil)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range append(g.Given(), "!ls '"+cache+"'/resident/cells-*/*.so 2>/dev/null | wc -l") {
		if err := runner.Run(t.Context(), i+1, code, sink); err != nil {
			t.Fatal(err)
		}
	}
	if said := shown(sink); said != "given-to-all\n0\n" {
		t.Errorf("a student's session said %q", said)
	}
}

// contents are those of all files in a folder.
func contents(t *testing.T, dir string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
