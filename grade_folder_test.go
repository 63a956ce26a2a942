package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestGradeFolder: what sessions get of a folder is what its lesson says, however the folder and the files are called, and no more.
func TestGradeFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [draft] *")
	for _, name := range []string{"lesson.md", "go.mod", "data.csv", "data[1].csv", "deep/er/than/three/x.csv", "other.txt.gz"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := writeBytes(file, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	in := t.TempDir()
	folder, err := gradeFolder(in, dir, append(dataBeside(filepath.Join(dir, "lesson.md")), "deep/*/*/*/*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"go.mod": true, "data.csv": true, "data[1].csv": true, "deep/er/than/three/x.csv": true, "lesson.md": false, "other.txt.gz": false,
	} {
		if got := exists(filepath.Join(folder, name)); got != want {
			t.Errorf("%s: there is %v, want %v", name, got, want)
		}
	}
	if _, err := gradeFolder(in, dir, []string{"["}); err == nil {
		t.Error("a pattern that is none was taken")
	}
	if left, _ := os.ReadDir(in); len(left) != 1 {
		t.Errorf("there are %d folders, want the one that was filled", len(left))
	}
}
