package lessons_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
)

func TestBuild(t *testing.T) {
	pairs(t, "testdata/build.txtar", ".md", func(t *testing.T, f txtar.File) string {
		var b strings.Builder
		for _, a := range lessons.Audiences {
			built, err := build(f.Name, f.Data, a)
			if err != nil {
				return errorLines(t, err)
			}
			fmt.Fprintf(&b, "=== %s\n%s", a, built)
		}
		return b.String()
	})
}

// TestBuildKeepsBytes: what is in no region stays as it is, whatever it looks like.
func TestBuildKeepsBytes(t *testing.T) {
	src, err := os.ReadFile("../examples/lessons/training-vs-inference.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{
		"a lesson without regions": string(src),
		"nothing":                  "",
		"ends of lines":            "a\r\n\r\n```go\r\nx := 1\r\n```\r\nb",
		"a byte order mark":        "\ufeff# T\n\n```go\nx := 1\n```\n",
		"in a string":              "```go\ns := `\n// BEGIN SOLUTION\n`\n```\n",
		"in a fence of its own":    "```go .noeval\n// the mark is // BEGIN SOLUTION\n```\n",
	}
	for name, text := range rows {
		for _, a := range lessons.Audiences {
			got, err := build("t.md", []byte(text), a)
			if err != nil || !bytes.Equal(got, []byte(text)) {
				t.Errorf("%s, for %s: changed (%v)", name, a, err)
			}
		}
	}
}

// FuzzBuild: a build is a lesson again, has no borders left, and building it once more changes nothing.
func FuzzBuild(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/build.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(file.Data)
		f.Add(bytes.ReplaceAll(file.Data, []byte("\n"), []byte("\r\n")))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, a := range lessons.Audiences {
			once, err := build("f.md", src, a)
			if err != nil {
				continue
			}
			twice, err := build("f.md", once, a)
			if err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("for %s: %q becomes %q, and then %q (%v)", a, src, once, twice, err)
			}
		}
	})
}

func build(file string, src []byte, a lessons.Audience) ([]byte, error) {
	l, err := lessons.Parse(file, src)
	if err != nil {
		return nil, err
	}
	return l.Build(a)
}
