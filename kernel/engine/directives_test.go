package engine

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestDirectives runs testdata/directives/*.txt, rows as those of TestRows about which no program can be asked.
func TestDirectives(t *testing.T) {
	files, err := filepath.Glob("testdata/directives/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no rows", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runRows(t, a, file)
		})
	}
}
