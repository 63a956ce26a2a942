package lessons_test

import (
	"os"
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
	l := read(t, "../examples/lessons/training-vs-inference.md")
	report, err := lessons.Run(t.Context(), l, &flat{dir: ".", lesson: l}, lessons.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Failed() {
		t.Errorf("%v: %s", c.Cell.Pos, c.Problem)
	}
	if page := os.Getenv("LESSON_PAGE"); page != "" {
		f, err := os.Create(page)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := (lessons.Page{}).WriteHTML(f, report); err != nil {
			t.Fatal(err)
		}
	}
}
