package engine

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/nbformat"
)

// With -exec "qemu-aarch64 -L /usr/aarch64-linux-gnu" and GOARCH=arm64 CC=aarch64-linux-gnu-gcc in the environment the
// rows run for another architecture.
var through = flag.String("exec", "", "run the workers through this command")

var mode = flag.String("engine", "", "run the rows with this engine: slim or plugin (default: the one that is chosen here)")

// testCache is shared by the tests, so that the worker is built once.
func testCache(t testing.TB) string {
	if dir := os.Getenv("RESIDENT_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "resident")
}

func newTestEngine(t testing.TB, o Options) *Engine {
	t.Helper()
	o.Source = os.DirFS("../..")
	if o.CacheDir == "" {
		o.CacheDir = testCache(t)
	}
	if o.Mode == "" {
		o.Mode = *mode
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	o.Exec = strings.Fields(*through)
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := e.Wait(t.Context(), func(s string) { t.Log(s) }); err != nil {
		t.Fatal(err)
	}
	return e
}

// recorder writes what a cell shows as text.
type recorder struct {
	mu     sync.Mutex
	b      strings.Builder
	input  []string
	onText func(string)
}

func (r *recorder) Output(o nbformat.Output) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch o.Type {
	case nbformat.Stream:
		if o.Name == "stderr" {
			r.b.WriteString("[stderr]")
		}
		r.b.WriteString(o.Text)
		if r.onText != nil {
			r.onText(o.Text)
		}
	case nbformat.ErrorOutput:
		fmt.Fprintf(&r.b, "[background %s: %s]\n", o.EName, o.EValue)
	default:
		fmt.Fprintf(&r.b, "[%s] %v\n", map[nbformat.OutputType]string{nbformat.DisplayData: "display", nbformat.ExecuteResult: "result"}[o.Type], o.Data["text/plain"])
	}
}

func (r *recorder) ClearOutput(bool) { r.b.WriteString("[clear]\n") }

func (r *recorder) Input(prompt string, _ bool) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.input) == 0 {
		return "", io.EOF
	}
	line := r.input[0]
	r.input = r.input[1:]
	return line, nil
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

var (
	colours = regexp.MustCompile("\x1b\\[[0-9;]*m")
	// waiting is what a cell says when a module takes long, as it does on a busy machine; tell_test.go is about that.
	waiting = regexp.MustCompile(`(?m)^\[stderr\]resident: .* \.\.\.\n`)
	// seconds are what package testing says tests took.
	seconds = regexp.MustCompile(`\(\d+\.\d\ds\)`)
	// ourLines are places in our own packages, whose lines move whenever they are edited.
	ourLines = regexp.MustCompile(`(\(resident/[^:()]+\.go):\d+\)`)
)

// runCell runs a cell and returns what it showed, its error at the end.
func runCell(t *testing.T, e *Engine, n int, code string, input ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	rec := &recorder{input: input}
	return shownWith(t, n, rec, e.Run(ctx, n, code, rec))
}

// shownWith is what a cell has shown, and its error.
func shownWith(t *testing.T, n int, rec *recorder, err error) string {
	t.Helper()
	out := seconds.ReplaceAllString(waiting.ReplaceAllString(rec.String(), ""), "(0.00s)")
	var ce *nbformat.CellError
	switch {
	case errors.As(err, &ce):
		traceback := colours.ReplaceAllString(strings.Join(ce.Traceback, "\n"), "")
		out += fmt.Sprintf("[%s] %s\n", ce.EName, ourLines.ReplaceAllString(traceback, "$1)"))
	case err != nil:
		t.Fatalf("cell %d broke the engine: %v", n, err)
	}
	return out
}

// TestRows runs testdata/*.txt: each file is a session; its sections are cells and, after each, what it shows.
func TestRows(t *testing.T) {
	for _, file := range rowFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runRows(t, a, file)
		})
	}
}

func rowFiles(t *testing.T) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no rows", err)
	}
	// As with Go files, a name that ends in an architecture is for that one.
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_amd64.txt") && testArch() != "amd64" })
}

func writeTestFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// testArch is the architecture that cells are built for.
func testArch() string {
	if arch := os.Getenv("GOARCH"); arch != "" {
		return arch
	}
	return runtime.GOARCH
}

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// runRows runs the "cell" sections of an archive and compares with the "shows" sections after them, in which $DIR is the
// notebook's folder. An "input" section before a cell holds the lines it reads. Other sections are files in that
// folder, written when their turn comes; nobody else may write them.
func runRows(t *testing.T, a *txtar.Archive, file string) {
	n := 0
	var input []string
	var e *Engine
	dir := t.TempDir()
	files := map[string]string{}
	for i := 0; i < len(a.Files); i++ {
		f := &a.Files[i]
		switch {
		case f.Name == "input":
			input = strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n")
		case f.Name == "cell":
			n++
			if e == nil {
				e = newTestEngine(t, Options{Dir: dir})
			}
			got := runCell(t, e, n, strings.TrimSuffix(string(f.Data), "\n"), input...)
			got = strings.ReplaceAll(got, dir, "$DIR")
			input = nil
			if got != "" && !strings.HasSuffix(got, "\n") {
				got += "\n"
			}
			if i+1 < len(a.Files) && isShows(a.Files[i+1].Name) {
				i++
			} else {
				a.Files = append(a.Files[:i+1], append([]txtar.File{{Name: "shows"}}, a.Files[i+1:]...)...)
				i++
			}
			if want := string(a.Files[i].Data); got != want {
				if *update {
					a.Files[i].Data = []byte(got)
				} else {
					t.Errorf("cell %d:\n%s\nshowed:\n%s\nexpected:\n%s", n, f.Data, got, want)
				}
			}
		case isShows(f.Name):
			t.Fatal("a shows section without a cell before it")
		default:
			files[f.Name] = string(f.Data)
			writeTestFile(t, filepath.Join(dir, f.Name), f.Data)
		}
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s was changed to %q, %v", name, got, err)
		}
	}
	if *update {
		if data := txtar.Format(a); !bytes.Equal(data, nil) {
			os.WriteFile(file, data, 0o666)
		}
	}
}
