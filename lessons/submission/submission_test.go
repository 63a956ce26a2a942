package submission

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPlace tells from names alone whose a file is.
func TestPlace(t *testing.T) {
	for _, row := range []struct{ file, student, assignment, base string }{
		{"submitted/anna/steps/steps.ipynb", "anna", "steps", "steps"},
		{"anna/steps/x.ipynb", "anna", "steps", "x"},
		{"steps/anna/x.ipynb", "anna", "steps", "x"},
		{"steps/anna.ipynb", "anna", "steps", "anna"},
		{"submitted/steps/anna (1).ipynb", "anna", "steps", "anna"},
		{"submitted/anna/other/x.ipynb", "anna", "other", "x"},
		{"inbound/anna+steps+2026-11-25 10:00:00.000000 UTC/x.ipynb", "anna", "steps", "x"},
		{"anna+steps+2026-11-25 10:00:00 UTC+aB3x/x.ipynb", "anna", "steps", "x"},
		{"doejane_12345_67890_steps-2.ipynb", "doejane_12345", "", "steps"},
		{"doejane_LATE_12345_67890_my_steps.ipynb", "doejane_12345", "", "my_steps"},
		{"doejane_12345_67890_work/deep/steps.ipynb", "doejane_12345", "", "steps"},
		{"Jane Doe_12345_assignsubmission_file_/steps (1).ipynb", "Jane Doe_12345", "", "steps"},
		{"Jane Doe_12345_assignsubmission_file_steps.ipynb", "Jane Doe_12345", "", "steps"},
		{"anna/deep/steps.ipynb", "anna", "", "steps"},
		{"anna.ipynb", "anna", "", "anna"},
	} {
		s := place(row.file, []string{"steps"})
		if s.Student != row.student || s.Assignment != row.assignment || s.Base != row.base {
			t.Errorf("%s: student %q, assignment %q, base %q; want %q, %q, %q", row.file, s.Student, s.Assignment, s.Base, row.student, row.assignment, row.base)
		}
	}
}

// TestReturnName names what platforms take back.
func TestReturnName(t *testing.T) {
	for _, row := range []struct{ file, want string }{
		{"Jane Doe_12345_assignsubmission_file_/steps (1).ipynb", "Jane Doe_12345_assignsubmission_file_/steps.html"},
		{"moodle/Jane Doe_12345_assignsubmission_file/deep/x.ipynb", "Jane Doe_12345_assignsubmission_file/steps.html"},
		{"Jane Doe_12345_assignsubmission_file_x.ipynb", "Jane Doe_12345_assignsubmission_file_steps.html"},
		{"Jane Doe_12345_assignsubmission_file_work/x.ipynb", "Jane Doe_12345_assignsubmission_file_steps.html"},
		{"Jane Doe_12345_assignsubmission_onlinetext_/onlinetext.html", "Jane Doe_12345_assignsubmission_onlinetext_/steps.html"},
		{"canvas/doejane_LATE_12345_67890_my_steps-2.ipynb", "doejane_LATE_12345_67890_my_steps-2.html"},
		{"doejane_12345_67890_work/deep/steps.ipynb", "doejane_12345_67890_work.html"},
		{"submitted/anna/steps/steps.ipynb", ""},
		{"anna.ipynb", ""},
	} {
		if got, ok := ReturnName(row.file, "steps.html"); got != row.want || ok != (row.want != "") {
			t.Errorf("%s: %q, want %q", row.file, got, row.want)
		}
	}
}

func TestStamp(t *testing.T) {
	want := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-11-25 10:00:00.000000 UTC", "2026-11-25 10:00:00 UTC\n", "2026-11-25T10:00:00Z", "2026-11-25 12:00:00.000000 +0200", "2026-11-25 11:00:00.000000 Europe/Berlin",
	} {
		if got, ok := stamp(text); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "soon", "2026-13-40 10:00:00 UTC", "x ../../../etc/passwd"} {
		if got, ok := stamp(text); ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

const notebook = `{"nbformat": 4, "nbformat_minor": 5, "metadata": {"lesson": {"source": {"version": "v1"}}}, "cells": [
	{"cell_type": "code", "id": "a1", "metadata": {"lesson": {"name": "step"}, "nbgrader": {"grade_id": "old"}}, "execution_count": null, "outputs": [], "source": "x := 1\r\ny := 2"},
	{"cell_type": "raw", "id": "a2", "metadata": {}, "source": "raw"},
	{"cell_type": "markdown", "id": "a3", "metadata": {"lesson": 7, "nbgrader": []}, "source": "why"}]}`

// folder writes files; a name that ends with -> TARGET is a link.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name, target, link := strings.Cut(name, " -> ")
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		var err error
		if link {
			err = os.Symlink(target, name)
		} else {
			err = os.WriteFile(name, []byte(text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, place string) string {
	t.Helper()
	found, err := Read(place, []string{"steps"})
	if err != nil {
		return "error: " + strings.TrimPrefix(err.Error(), place)
	}
	defer found.Close()
	var b strings.Builder
	for _, s := range found.Submissions {
		load(t, &s)
		fmt.Fprintf(&b, "%s: %d cells", s.Student, len(s.Cells))
		if s.Problem != "" {
			fmt.Fprintf(&b, ", %s", s.Problem)
		}
		b.WriteString("\n")
	}
	for _, w := range found.Warnings {
		b.WriteString("warning: " + w + "\n")
	}
	return strings.TrimSpace(b.String())
}

// load reads a submission again, with its cells.
func load(t *testing.T, s *Submission) {
	t.Helper()
	if s.Data != nil || s.Cells != nil {
		t.Errorf("%s was kept in memory", s.File)
	}
	if err := s.Load(); err != nil {
		t.Fatal(err)
	}
	if s.Problem == "" {
		s.Parse()
	}
}

// TestLoad reads files again that are another one by then, or gone.
func TestLoad(t *testing.T) {
	dir := folder(t, map[string]string{"anna/x.ipynb": notebook, "bert/x.ipynb": notebook, "cleo/x.ipynb": notebook})
	found, err := Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "anna/x.ipynb"), []byte("{}"), 0o666), os.Remove(filepath.Join(dir, "bert/x.ipynb"))); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"read anna/x.ipynb again: it has changed meanwhile", "read bert/x.ipynb again: openat bert/x.ipynb: no such file or directory", "<nil>"} {
		if err := found.Submissions[i].Load(); fmt.Sprint(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestRead(t *testing.T) {
	big := filepath.Join(folder(t, map[string]string{"anna/steps.ipynb": "{"}))
	if err := os.Truncate(filepath.Join(big, "anna/steps.ipynb"), 100<<20); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, place, want string }{
		{"a folder", folder(t, map[string]string{"anna/x.ipynb": notebook, "anna/.ipynb_checkpoints/x.ipynb": notebook, "bert/y.ipynb": "\ufeff" + notebook, "__MACOSX/z.ipynb": "x"}),
			"anna: 2 cells\nbert: 2 cells"},
		{"links", folder(t, map[string]string{"anna/x.ipynb -> /etc/passwd": "", "bert -> /etc": "", "carl/x.ipynb": notebook}),
			"anna: 0 cells, it is no file, but a link or a device\ncarl: 2 cells\nwarning: anna/x.ipynb: left out: it is no file, but a link or a device\nwarning: bert: left out: it is no file, but a link or a device"},
		{"not notebooks", folder(t, map[string]string{"anna/x.ipynb": "", "bert/x.ipynb": "\xff\xfe{", "carl/x.ipynb": "[]", "dora/x.ipynb": `{"nbformat": 9}`, "emil/x.txt": "?"}),
			"anna: 0 cells, not a notebook: the file is empty\n" +
				"bert: 0 cells, not a notebook: line 1, column 1: not UTF-8\n" +
				"carl: 0 cells, not a notebook: expected a JSON object, got a list\n" +
				"dora: 0 cells, nbformat 9 is newer than this program: 3.0 to 4.5 can be read\n" +
				"warning: emil: no notebook (.ipynb) was handed in, but x.txt"},
		{"nbgrader's", folder(t, map[string]string{"submitted/anna/steps/steps.ipynb": notebook, "submitted/anna/steps/data.csv": "", "submitted/anna/sums/sums.go": "", "submitted/bert/steps/steps.html": "", "submitted/bert/steps/timestamp.txt": "",
			"source/steps/steps.ipynb": notebook, "release/steps/steps.ipynb": notebook, "release/steps/data.csv": "", "autograded/anna/steps/steps.ipynb": notebook, "feedback/anna/steps/steps.html": ""}),
			"anna: 2 cells\nanna: 0 cells, no notebook (.ipynb) was handed in, but sums.go\nbert: 0 cells, no notebook (.ipynb) was handed in, but steps.html"},
		{"deep JSON", folder(t, map[string]string{"anna/x.ipynb": strings.Repeat("[", 1<<20)}), "anna: 0 cells, not JSON:"},
		{"too large", big, "anna: 0 cells, the file has 104857600 bytes, at most 20971520 are read"},
		{"nothing", folder(t, map[string]string{"README.txt": "hello"}), "error: : no submissions: want notebooks (.ipynb), in folders or zips"},
		{"a lesson file", folder(t, map[string]string{"anna/steps.md": "```go name=\"step\"\nx := 1\n```\n", "bert/README.md": "```go nam=1\n```\n"}),
			"anna: 1 cells\nwarning: bert/README.md: left out: it is no lesson: README.md:1:7: unknown attribute \"nam\"; did you mean \"name\"?"},
	} {
		if got := read(t, row.place); !strings.HasPrefix(got, row.want) || row.name != "deep JSON" && got != row.want {
			t.Errorf("%s:\n%s\nwant:\n%s", row.name, got, row.want)
		}
	}
}

// zipped makes a zip; a name that ends with -> TARGET is a link.
func zipped(t *testing.T, names []string, text func(name string) string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		content := ""
		if link, target, ok := strings.Cut(name, " -> "); ok {
			h.Name, content = link, target
			h.SetMode(fs.ModeSymlink | 0o777)
		} else {
			content = text(name)
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZip(t *testing.T) {
	inner := zipped(t, []string{"work/steps.ipynb"}, func(string) string { return notebook })
	data := zipped(t, []string{
		"submitted/anna/steps/steps.ipynb", "submitted/anna/steps/timestamp.txt", "../../etc/cron.d/x.ipynb", "/abs/x.ipynb", `..\win\x.ipynb`, "bert/x.ipynb -> /etc/passwd",
		"doejane_1_2_work.zip", "emil_1_2_bad.zip", "kim_3_4_essay.pdf", "kim_3_5_essay.doc", "doejane_1_6_notes.txt", "Lea Lux_7_assignsubmission_onlinetext_/onlinetext.html", "pictures/x.png",
	}, func(name string) string {
		switch {
		case strings.HasSuffix(name, "work.zip"):
			return string(inner)
		case strings.HasSuffix(name, "bad.zip"):
			return "PK"
		case strings.HasSuffix(name, ".txt"):
			return "2026-11-25 10:00:00.000000 UTC"
		}
		return notebook
	})
	file := filepath.Join(t.TempDir(), "all.zip")
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	want := `bert: 0 cells, it is no file, but a link or a device
doejane_1: 2 cells
emil_1: 0 cells, the zip cannot be read: zip: not a valid zip file
anna: 2 cells
Lea Lux_7: 0 cells, no notebook (.ipynb) was handed in, but onlinetext.html
kim_3: 0 cells, no notebook (.ipynb) was handed in, but kim_3_4_essay.pdf
warning: ../../etc/cron.d/x.ipynb: left out: the name leads out of the archive
warning: ../win/x.ipynb: left out: the name leads out of the archive
warning: /abs/x.ipynb: left out: the name leads out of the archive
warning: bert/x.ipynb: left out: it is no file, but a link or a device
warning: emil_1_2_bad.zip: left out: zip: not a valid zip file
warning: pictures: no notebook (.ipynb) was handed in, but x.png`
	if got := read(t, file); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	found, err := Read(file, []string{"steps"})
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	last := &found.Submissions[len(found.Submissions)-3]
	load(t, last)
	if last.Received.IsZero() || last.Version != "v1" || fmt.Sprint(last.Cells) != "[{[a1 step old] false x := 1\ny := 2} {[a3] true why}]" {
		t.Errorf("%v %q %v", last.Received, last.Version, last.Cells)
	}
}

// A zip whose content is not as long as it says, and one that is mostly nothing, packed.
func TestZipBomb(t *testing.T) {
	zeros := strings.Repeat(" ", maxFile+1)
	data := zipped(t, []string{"anna_1_2_x.ipynb"}, func(string) string { return zeros })
	outer := zipped(t, []string{"bert_1_2_x.zip"}, func(string) string {
		return string(zipped(t, []string{"a.ipynb", "b.ipynb"}, func(string) string { return zeros[:maxFile-1] }))
	})
	for _, row := range []struct {
		data []byte
		want string
	}{
		{data, "anna_1: 0 cells, the file has 20971521 bytes, at most 20971520 are read"},
		{outer, "bert_1: 0 cells, not a notebook: the file is empty\nbert_1: 0 cells, the file has 20971519 bytes, at most 20971520 are read\nwarning: bert_1_2_x/b.ipynb: left out: the zip holds more than 20971520 bytes"},
	} {
		file := filepath.Join(t.TempDir(), "x.zip")
		if err := os.WriteFile(file, row.data, 0o666); err != nil {
			t.Fatal(err)
		}
		if got := read(t, file); got != row.want {
			t.Errorf("got:\n%s\nwant:\n%s", got, row.want)
		}
	}
}

// FuzzFill reads whatever somebody hands in.
func FuzzFill(f *testing.F) {
	f.Add([]byte(notebook), true)
	f.Add([]byte("```go name=\"a\"\nx\n```\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, isNotebook bool) {
		s := Submission{File: "x.md"}
		if isNotebook {
			s.File = "x.ipynb"
		}
		s.fill(data)
		if s.Problem != "" && s.Cells != nil {
			t.Errorf("cells %v, and the problem %q", s.Cells, s.Problem)
		}
	})
}
