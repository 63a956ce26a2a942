package gradebook

import (
	"archive/zip"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons/grade"
)

// TestReturns reads the zip with pages that a platform hands out: those of students that came from there and were graded.
func TestReturns(t *testing.T) {
	b := &Book{Tasks: []TaskInfo{{Name: "steps"}, {Name: "sums"}}, Entries: []Entry{
		{Student: "Jane Doe_7", Task: "steps", Attempt: &grade.Attempt{File: "Jane Doe_7_assignsubmission_file_/x.ipynb"}},
		{Student: "anna", Task: "steps", Attempt: &grade.Attempt{File: "submitted/anna/steps/steps.ipynb"}},
		{Student: "anna", Task: "sums", Attempt: &grade.Attempt{File: "submitted/anna/sums/sums.ipynb"}},
		{Student: "doejohn_8", Task: "steps", Attempt: &grade.Attempt{File: "doejohn_8_9_x.ipynb", Broken: "torn"}},
		{Student: "torn_9", Task: "steps", Failed: "no disk", Attempt: &grade.Attempt{File: "torn_9_9_x.ipynb"}},
	}}
	folder := t.TempDir()
	if err := new(Class).Write(folder, b, nil, Manual{}); err != nil {
		t.Fatal(err)
	}
	zips, _ := filepath.Glob(filepath.Join(folder, "import", "*"))
	if len(zips) != 1 || filepath.Base(zips[0]) != "feedback-steps.zip" {
		t.Fatalf("%q", zips)
	}
	z, err := zip.OpenReader(zips[0])
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		page, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(page); err != nil || !strings.Contains(string(text), "</html>") {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if got := strings.Join(names, ", "); got != "Jane Doe_7_assignsubmission_file_/steps.html, doejohn_8_9_x.html" {
		t.Error(got)
	}
}
