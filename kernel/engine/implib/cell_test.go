//go:build linux && (amd64 || arm64)

package implib_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestCells links each cell against its import library, runs it in a process that holds the worker library, and compares
// with the same file run as an ordinary program.
func TestCells(t *testing.T) {
	tc := newToolchain(t)
	for _, file := range cells(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			library, err := tc.buildCell(t.TempDir(), file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tc.run(tc.host, library)
			if err != nil {
				t.Fatal(err)
			}
			want, err := tc.run("go", "run", file)
			if err != nil {
				t.Fatal(err)
			}
			if got != want || want == "" {
				t.Errorf("as a cell it prints\n%s\nas a program\n%s", got, want)
			}
		})
	}
}

// cells are the paths of the cells in the module of the test.
func cells(t testing.TB) []string {
	files, err := filepath.Glob("testdata/cells/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no cells", err)
	}
	for i := range files {
		files[i] = strings.TrimPrefix(files[i], "testdata/")
	}
	return files
}
