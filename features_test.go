package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reference is a test in FEATURES.md: a folder and a Go test, or a file and, mostly, a piece of it.
var reference = regexp.MustCompile("`([^`#]+)(?:#([^`]+))?`")

// TestFeatures looks for the tests that the table of features names: our cell of each row has one, or says no.
func TestFeatures(t *testing.T) {
	text, err := os.ReadFile("FEATURES.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		ours := strings.TrimSpace(cells[len(cells)-1])
		if !strings.HasPrefix(line, "|") || ours == "resident" || ours == "---" {
			continue
		}
		rows++
		if len(cells) != 7 {
			t.Errorf("%d columns, expected 7: %s", len(cells), line)
		}
		named := reference.FindAllStringSubmatch(ours, -1)
		if len(named) == 0 && ours != "not yet" {
			t.Errorf("%s: our cell %q names no test and does not say \"not yet\"", strings.TrimSpace(cells[0]), ours)
		}
		for _, m := range named {
			if !isThere(m[1], m[2]) {
				t.Errorf("%s: %s is not there", strings.TrimSpace(cells[0]), m[0])
			}
		}
	}
	if rows < 50 {
		t.Errorf("%d rows were found, expected more: is the table still one?", rows)
	}
}

// isThere reports whether a file has a text in it, or a folder a Go test of that name.
func isThere(path, what string) bool {
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		files, _ = filepath.Glob(filepath.Join(path, "*_test.go"))
		what = "func " + what + "("
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), what) {
			return true
		}
	}
	return false
}
