package course_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/playground"
)

// TestPlayground: the page of the one chapter that computes carries what it needs, the other does not.
func TestPlayground(t *testing.T) {
	in := t.TempDir()
	for name, text := range map[string]string{
		"course.yaml": "title: A\nchapters:\n  - file: a.md\n  - file: b.md\n",
		"a.md":        "# A\n\n```go role=\"playground\"\nx()\n```\n",
		"b.md":        "# B\n\n```go\nx()\n```\n",
	} {
		if err := os.WriteFile(filepath.Join(in, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c, err := course.Read(filepath.Join(in, "course.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	model := fstest.MapFS{"config.json": {}, "tokenizer.json": {}, "model.safetensors": {}}
	pages := map[string]string{}
	err = c.Build(t.Context(), course.Options{
		For: course.HTML,
		Run: func(_ context.Context, l *lessons.Lesson) (*lessons.Report, error) { return lessons.Unrun(l), nil },
		Playground: func(_ context.Context, l *lessons.Lesson) (*playground.Parts, error) {
			if !l.HasPlayground() {
				return nil, nil
			}
			return &playground.Parts{Model: model}, nil
		},
		Write: func(name string, data []byte) error {
			pages[name] = string(data)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"a.html": true, "b.html": false} {
		if got := strings.Contains(pages[name], `class="playground"`) && strings.Contains(pages[name], `id="playground-program"`); got != want {
			t.Errorf("%s computes: %v, want %v", name, got, want)
		}
	}
}
