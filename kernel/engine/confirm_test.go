package engine

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/imports"
	"golang.org/x/tools/txtar"
)

// TestConfirm runs cells and the same text as an ordinary program, and compares what both print.
func TestConfirm(t *testing.T) {
	files, err := filepath.Glob("testdata/confirm/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no rows", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			e := newTestEngine(t, Options{})
			var got strings.Builder
			for i, f := range a.Files {
				got.WriteString(runCell(t, e, i+1, string(f.Data)))
			}
			if want := goRun(t, flatten(t, a)); got.String() != want {
				t.Errorf("cells printed:\n%s\ngo run printed:\n%s", got.String(), want)
			}
		})
	}
}

// flatten makes one program of cells that are either declarations or statements.
func flatten(t *testing.T, a *txtar.Archive) string {
	var decls, body strings.Builder
	for _, f := range a.Files {
		src := string(f.Data)
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+src, 0); err == nil {
			decls.WriteString(src)
		} else {
			body.WriteString(src)
		}
	}
	src, err := imports.Process("main.go", []byte("package main\n"+decls.String()+"\nfunc main() {\n"+body.String()+"}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func goRun(t *testing.T, src string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(src), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "run", file).CombinedOutput()
	if err != nil {
		t.Fatalf("go run: %v\n%s\n%s", err, out, src)
	}
	return string(out)
}
