//go:build gotests

package engine

import (
	"bufio"
	"bytes"
	"context"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// differ are programs of Go's tests that look at what is different in a cell, or cannot be in one.
var differ = map[string]string{
	"devirtualization_nil_panics.go": "the name of its file",
	"fixedbugs/bug348.go":            "the name of its file",
	"fixedbugs/issue17381.go":        "the name of main.main",
	"fixedbugs/issue21879.go":        "the name of main.main",
	"fixedbugs/issue22083.go":        "the name of its file",
	"fixedbugs/issue27201.go":        "the name of its file",
	"fixedbugs/issue4562.go":         "the name of its file",
	"fixedbugs/issue58300.go":        "the name of main.init",
	"fixedbugs/issue58300b.go":       "the name of main.init",
	"fixedbugs/issue7690.go":         "the name of its file",
	"fixedbugs/bug369.go":            "runs the go command on files of its own",
	"fixedbugs/issue10607.go":        "runs the go command on files of its own",
	"fixedbugs/issue21317.go":        "runs the go command on files of its own",
	"fixedbugs/issue5856.go":         "the name of its file",
	"fixedbugs/issue9355.go":         "runs the go command on files of its own",
	"linkobj.go":                     "runs the go command on files of its own",
	"fixedbugs/issue38093.go":        "for js",
	"fixedbugs/issue42032.go":        "a variable of a type of C's that is not complete",
	"fixedbugs/issue42076.go":        "a variable of a type of C's that is not complete",
	"fixedbugs/issue46903.go":        "a variable of a type of C's that is not complete",
	"nilptr.go":                      "where a variable lies in memory",
}

// TestGoTests runs those programs of Go's own tests (GOROOT/test) that are one file as cells, each in a session of its own. It takes some
// minutes: go test -tags gotests -run TestGoTests ./kernel/engine
func TestGoTests(t *testing.T) {
	root := filepath.Join(goRoot(t), "test")
	var programs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" && isProgram(path) {
			name, _ := filepath.Rel(root, path)
			programs = append(programs, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || len(programs) < 500 {
		t.Fatal("this Go came without its tests:", len(programs), err)
	}
	for _, name := range programs {
		if why := differ[name]; why != "" {
			t.Logf("%s: %s", name, why)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runProgramAsCell(t, filepath.Join(root, name))
		})
	}
}

// isProgram reports whether a file's first comment is "run": it is to be run without arguments and to print what is in a file beside it.
func isProgram(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line != "" && !strings.HasPrefix(line, "//go:build") {
			return line == "// run"
		}
	}
	return false
}

func runProgramAsCell(t *testing.T, path string) {
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	e := newTestEngine(t, Options{Dir: filepath.Dir(path)})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out collector // println writes to stderr, and the order of the two is nobody's to say
	err = e.Run(ctx, 1, withoutPackage(string(src), f), &out)
	if err != nil && !strings.HasPrefix(err.Error(), "Exit: the cell called os.Exit(0)") {
		t.Fatal(err)
	}
	want, err := os.ReadFile(strings.TrimSuffix(path, ".go") + ".out")
	if err != nil {
		return // it says by its exit code, or a panic, that something is wrong
	}
	if got := out.String(); sortedLines([]byte(got)) != sortedLines(want) {
		t.Errorf("printed %q, expected %q", got, want)
	}
}

func sortedLines(b []byte) string {
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	slices.SortFunc(lines, bytes.Compare)
	return string(bytes.Join(lines, []byte("\n")))
}
