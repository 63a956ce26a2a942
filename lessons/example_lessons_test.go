package lessons_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/resident-go/resident/lessons"
)

func read(t *testing.T, file string) *lessons.Lesson {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lessons.Parse(file, src)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLessonsArePlainGo runs each lesson as one ordinary Go program and holds it to its word.
func TestLessonsArePlainGo(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a model")
	}
	files, err := filepath.Glob("../examples/lessons/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no lessons: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			l := read(t, file)
			report, err := lessons.Run(t.Context(), l, &flat{dir: "testdata", lesson: l}, lessons.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range report.Failed() {
				t.Errorf("%v: %s", c.Cell.Pos, c.Problem)
			}
		})
	}
}
