package cell

import (
	"errors"
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestGenerated runs testdata/*.txt: the cells of a session, each followed by the Go files that it becomes, or by what
// is wrong with it.
func TestGenerated(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no rows", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			session, n := NewSession(), 0
			var out []txtar.File
			for _, f := range a.Files {
				if f.Name != "cell" {
					continue
				}
				n++
				var got []txtar.File
				session, got = generate(session, fmt.Sprintf("cell%d.go", n), strings.TrimSuffix(string(f.Data), "\n"), exports(t))
				out = append(append(out, f), got...)
			}
			want, got := string(txtar.Format(a)), string(txtar.Format(&txtar.Archive{Comment: a.Comment, Files: out}))
			if got == want {
				return
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("generated:\n%s\nexpected:\n%s", got, want)
		})
	}
}

func generate(s *Session, file, source string, pkgs Packages) (*Session, []txtar.File) {
	u, err := s.Compile(file, source, pkgs)
	var bad *Error
	if errors.As(err, &bad) {
		var b strings.Builder
		for _, d := range bad.List {
			line, col := d.Position()
			fmt.Fprintf(&b, "%s:%d:%d: %s\n", d.Origin.File, line, col, d.Message)
			if d.Hint != "" {
				fmt.Fprintf(&b, "\thint: %s\n", d.Hint)
			}
		}
		return s, []txtar.File{{Name: "errors", Data: []byte(b.String())}}
	}
	var list []txtar.File
	for _, n := range u.Notes {
		list = append(list, txtar.File{Name: "note", Data: []byte(n + "\n")})
	}
	for _, f := range u.Files {
		list = append(list, txtar.File{Name: f.Name, Data: []byte(strings.ReplaceAll(f.Text, u.Key, "KEY"))})
	}
	return u.Next, list
}

// testPackages are a few packages with their export data as the go command builds it.
type testPackages struct {
	files map[string]string // by import path
	imp   types.Importer
}

var exports = func() func(t testing.TB) Packages {
	list := sync.OnceValues(func() ([]byte, error) {
		return exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", rtPath,
			"fmt", "strings", "os", "math", "math/rand", "math/rand/v2", "errors", "sort", "sync").Output()
	})
	return func(t testing.TB) Packages {
		out, err := list()
		if err != nil {
			t.Fatal(err)
		}
		p := &testPackages{files: map[string]string{}}
		for line := range strings.Lines(string(out)) {
			path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
			p.files[path] = file
		}
		p.imp = importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
			return os.Open(p.files[path])
		})
		return p
	}
}()

func (p *testPackages) Import(path string) (*types.Package, error) {
	if p.files[path] == "" {
		return nil, fmt.Errorf("package %s is not in std", path)
	}
	return p.imp.Import(path)
}

func (p *testPackages) Imported(path string) (*types.Package, error) { return p.Import(path) }

func (p *testPackages) Embed(pattern string) ([]EmbedFile, error) {
	return nil, fmt.Errorf("pattern %s: no matching files found", pattern)
}

func (p *testPackages) Cgo([]File) (string, error) { return "", fmt.Errorf("no C here") }

func (p *testPackages) Find(name string) []string {
	if name == "rand" {
		return []string{"math/rand/v2", "math/rand"}
	}
	if p.files[name] != "" {
		return []string{name}
	}
	return nil
}

// Beside has sync go with sort.
func (p *testPackages) Beside(imports []string) []string {
	if slices.Contains(imports, "sort") {
		return []string{"sync"}
	}
	return nil
}

func (p *testPackages) Names() []string { return slices.Collect(maps.Keys(p.files)) }
func (p *testPackages) Paths() []string { return slices.Collect(maps.Keys(p.files)) }

// FuzzCompile checks that no source, however broken, makes the analysis panic, and that its errors have places.
func FuzzCompile(f *testing.F) {
	for _, src := range []string{
		"x := 1\nx", "func f() {}", "type T struct{}\nfunc (t T) m() {}", "for i := range 3 {\n}", "x, y := f(), `", "const (\n a = iota\n b\n)",
		"import \"fmt\"\nfmt.Println(1)", "package p\nfunc main() {}", "if x := 1; x > 0 {\n} else {\n}", "}", "func (", "a:\ngoto a", "var _, x = 1, 2;", "é := 'x'\n\x00",
	} {
		f.Add(src)
	}
	pkgs := exports(f)
	f.Fuzz(func(t *testing.T, src string) {
		s := NewSession()
		for range 2 { // the second time every name is declared again
			u, err := s.Compile("cell.go", src, pkgs)
			var bad *Error
			if errors.As(err, &bad) {
				for _, d := range bad.List {
					if line, col := d.Position(); line < 1 || col < 1 || d.Message == "" {
						t.Errorf("diagnostic at %d:%d: %q", line, col, d.Message)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			s = u.Next
		}
		s.Complete(src, len(src)/2, pkgs)
	})
}
