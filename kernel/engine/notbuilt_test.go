package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNotBuilt: where a cell cannot be built, the session goes on with its values when it can again.
func TestNotBuilt(t *testing.T) {
	e := newTestEngine(t, Options{})
	runCell(t, e, 1, "x := 7")
	cells := filepath.Join(t.TempDir(), "cells") // not those of everybody
	e.builder.cache = &cache{dir: cells, limit: 1 << 30}
	unique := func(i int) string { return fmt.Sprintf("// %s %d\nx + %d", t.TempDir(), i, i) }
	if got := runCell(t, e, 2, unique(1)); got != "[result] 8\n" {
		t.Errorf("without the cache's folder a cell shows %s", got)
	}
	// The folder of the cells is a file, as it would be a disk that is full.
	if err := os.RemoveAll(cells); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cells, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	err := e.Run(t.Context(), 3, unique(2), &recorder{})
	var lives interface{ SessionLives() bool }
	if !errors.As(err, &lives) || !lives.SessionLives() || !strings.Contains(err.Error(), "the cell could not be built: ") {
		t.Errorf("a cell that cannot be built ends with %v", err)
	}
	if err := os.Remove(cells); err != nil {
		t.Fatal(err)
	}
	if got := runCell(t, e, 4, unique(3)); got != "[result] 10\n" {
		t.Errorf("the cell after it shows %s", got)
	}
}

// TestFolderGone: the working directory of a session is deleted.
func TestFolderGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	e := newTestEngine(t, Options{Dir: dir})
	runCell(t, e, 1, "x := 7")
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	rows := []struct{ code, shows string }{
		{"x + 1", "[result] 8\n"},
		{"!pwd", "%sh: the working directory " + dir + " is gone: %cd goes to another\n"},
		{"%restart\nlen(\"lives\")", "[stderr]resident: the working directory " + dir + " is gone; cells run in " + os.TempDir() + "\n[result] 5\n"},
		{"!pwd", os.TempDir() + "\n"},
	}
	for i, r := range rows {
		if got := runCell(t, e, i+2, r.code); !strings.Contains(got, r.shows) {
			t.Errorf("%s: shows %s\nexpected %s", r.code, got, r.shows)
		}
	}
}
