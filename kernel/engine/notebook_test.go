package engine

import (
	"bytes"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// row is a cell with what it shows.
type row struct {
	n                  int
	code, input, shows string
	unlike             string // why a program does otherwise
}

// unlikeMark is in the name of a "shows" section when a program does otherwise; the reason follows it.
const unlikeMark = ", unlike a program: "

func isShows(name string) bool { return name == "shows" || strings.HasPrefix(name, "shows"+unlikeMark) }

func (r *row) hasResult() bool { return strings.Contains(r.shows, "[result] ") }
func (r *row) refused() bool   { return strings.HasPrefix(r.shows, "[CompileError]") }

// notebook is a file of rows, flattened.
type notebook struct {
	name    string
	root    string // folder of its module
	module  string // path of that
	dir     string // folder of its program
	rows    []row
	files   map[string][]byte // other files, as they are at first
	refused map[int]string    // folders of programs with a cell that Go refuses, by cell
	broken  string            // why there is no program
	binary  string
	got     map[int]string // what a program shows, by cell
}

// newFlatModule makes a module for the programs of notebooks that bring none. They can import the folder runtime of ours, as a
// module without requirements.
func newFlatModule(t *testing.T) string {
	root, ours := t.TempDir(), t.TempDir()
	folder, err := filepath.Abs("../../runtime")
	if err == nil {
		err = os.Symlink(folder, filepath.Join(ours, "runtime"))
	}
	if err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, filepath.Join(ours, "go.mod"), []byte("module "+modulePath+"\n\ngo 1.26\n"))
	mod := fmt.Sprintf("module flat\n\ngo 1.26\n\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n", modulePath, ours)
	writeTestFile(t, filepath.Join(root, "go.mod"), []byte(mod))
	addShow(t, root)
	return root
}

// addShow gives a module a package that writes results as the kernel does.
func addShow(t *testing.T, root string) {
	files, err := filepath.Glob("../display/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		writeTestFile(t, filepath.Join(root, "show", filepath.Base(f)), bytes.Replace(data, []byte("package display"), []byte("package show"), 1))
	}
}

// openNotebook reads a file of rows.
func openNotebook(t *testing.T, file, shared string) *notebook {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	nb := &notebook{
		name: strings.TrimSuffix(filepath.Base(file), ".txt"), root: shared, module: "flat",
		files: map[string][]byte{}, refused: map[int]string{}, got: map[int]string{},
	}
	nb.read(a)
	nb.dir = filepath.Join(shared, nb.name)
	if nb.files["go.mod"] != nil || nb.files["go.work"] != nil {
		nb.ownModule(t)
	}
	if err := os.MkdirAll(nb.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, data := range nb.files {
		writeTestFile(t, filepath.Join(nb.dir, name), data)
	}
	return nb
}

func (nb *notebook) read(a *txtar.Archive) {
	input := ""
	for _, f := range a.Files {
		switch {
		case f.Name == "cell":
			nb.rows = append(nb.rows, row{n: len(nb.rows) + 1, code: strings.TrimSuffix(string(f.Data), "\n"), input: input})
			input = ""
		case isShows(f.Name):
			r := &nb.rows[len(nb.rows)-1]
			r.shows = string(f.Data)
			_, r.unlike, _ = strings.Cut(f.Name, unlikeMark)
		case f.Name == "input":
			input = string(f.Data)
		case nb.files[f.Name] == nil:
			nb.files[f.Name] = f.Data
		}
	}
}

// ownModule completes a notebook's folder to a module that can hold its program.
func (nb *notebook) ownModule(t *testing.T) {
	nb.root = t.TempDir()
	nb.dir = nb.root
	if nb.files["go.mod"] == nil {
		nb.files["go.mod"] = []byte("module flat\n\ngo 1.26\n")
		nb.files["go.work"] = append(slices.Clip(nb.files["go.work"]), "use .\n"...)
	}
	first, _, _ := strings.Cut(string(nb.files["go.mod"]), "\n")
	nb.module = strings.TrimPrefix(first, "module ")
	addShow(t, nb.root)
}

// importer returns what finds the types of packages for the type checker.
func (nb *notebook) importer() func(*token.FileSet) types.Importer {
	exports := map[string]string{}
	find := func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			cmd := exec.Command("go", "list", "-e", "-export", "-deps", "-trimpath", "-f", "{{.ImportPath}} {{.Export}}", path)
			cmd.Dir = nb.dir
			out, _ := cmd.Output() // what is missing is an error of the cell
			for line := range strings.Lines(string(out)) {
				path, export, _ := strings.Cut(strings.TrimSpace(line), " ")
				exports[path] = export
			}
		}
		if exports[path] == "" {
			return nil, fmt.Errorf("there is no package %s", path)
		}
		return os.Open(exports[path])
	}
	return func(fset *token.FileSet) types.Importer { return importer.ForCompiler(fset, "gc", find) }
}
