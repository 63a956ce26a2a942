package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatch checks a lesson, changes it, and waits for what is found.
func TestWatch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.md")
	write := func(text string) {
		t.Helper()
		if err := writeBytes(file, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("# Fine\n")
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	p := &Program{Stdin: strings.NewReader(""), Stdout: in, Stderr: in}
	ended := make(chan int, 1)
	go func() { ended <- p.Run(ctx, []string{"check", "--watch", file}); in.Close() }()

	lines := bufio.NewScanner(out)
	await := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("%q was not printed", text)
	}
	await("a.md: ok in ")
	await("waiting for changes")
	write("A [link](#nowhere).\n")
	await("a.md:1:3: the link #nowhere leads nowhere")
	await("waiting for changes")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	await("no such file")
	await("waiting for changes")
	write("# Fine again\n")
	await("a.md: ok in ")
	await("waiting for changes")
	cancel()
	go io.Copy(io.Discard, out)
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d, want %d", code, exitOK)
	}
}

// TestWatchCourse: a change in the folder of one of its lessons is a change of the course.
func TestWatchCourse(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := writeBytes(filepath.Join(dir, name), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "part"), 0o777); err != nil {
		t.Fatal(err)
	}
	write("course.yaml", "chapters:\n  - file: part/a.md\n")
	write("part/a.md", "# Fine\n")
	p := &Program{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	ctx, cancel := context.WithCancel(t.Context())
	var runs [][]string
	file := filepath.Join(dir, "course.yaml")
	err := p.watch(ctx, []string{file}, func(files []string) error {
		if runs = append(runs, files); len(runs) == 2 {
			cancel()
			return nil
		}
		write("part/a.md", "# Changed\n")
		return nil
	})
	if err != nil || len(runs) != 2 || len(runs[1]) != 1 || runs[1][0] != file {
		t.Errorf("got %q (%v), want two checks of the course", runs, err)
	}
}

// TestWatchOwn has cells that write into the folder: one file with each run, and one file more with each. They are run once more for it, and then wait for people.
func TestWatchOwn(t *testing.T) {
	dir := t.TempDir()
	file, data := filepath.Join(dir, "a.md"), filepath.Join(dir, "data.csv")
	write := func(name, text string) {
		t.Helper()
		if err := writeBytes(name, []byte(text)); err != nil {
			t.Error(err)
		}
	}
	write(file, "first")
	write(data, "first")
	ctx, cancel := context.WithCancel(t.Context())
	var runs []string
	people := []func(){ // each is done while nothing runs
		func() { write(file, "second") },
		func() { write(data, "second") },
		cancel,
	}
	said, out := io.Pipe()
	p := &Program{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: out}
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if lines.Text() == "waiting for changes" {
				people[0]()
				people = people[1:]
			}
		}
	}()
	err := p.watch(ctx, []string{file}, func([]string) error {
		lesson, err := os.ReadFile(file)
		input, bad := os.ReadFile(data)
		runs = append(runs, string(lesson)+" "+string(input))
		write(filepath.Join(dir, "out.csv"), runs[len(runs)-1])
		write(filepath.Join(dir, fmt.Sprintf("model-%d.bin", len(runs))), "")
		return errors.Join(err, bad)
	})
	out.Close()
	want := "first first, first first, second first, second first, second second, second second"
	if got := strings.Join(runs, ", "); err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

// TestAfter says which changes begin a run: those of a run that followed a run's changes do not, but for a lesson's own text.
func TestAfter(t *testing.T) {
	w := &watching{files: []string{"a/a.md", "b.md"}, folders: map[string][]string{"a/a.md": {"a"}, "b.md": {"."}}, texts: map[string]bool{"a/a.md": true, "b.md": true}, own: map[string]bool{}}
	for i, row := range []struct{ changed, due, written string }{
		{"", "", ""},
		{"a/x a/y", "a/a.md", ""},
		{"a/x", "", "a/x"},
		{"a/x a/y", "a/a.md", ""}, // behind a wait: y may be somebody's, x is not
		{"a/y b.md c", "b.md", "a/y c"},
		{"a/y c d", "b.md", ""},
		{"a/a.md", "a/a.md", ""},
		{"elsewhere/x", "", ""},
	} {
		changed := map[string]bool{}
		for _, name := range strings.Fields(row.changed) {
			changed[name] = true
		}
		due, written := w.after(changed)
		if strings.Join(due, " ") != row.due || strings.Join(written, " ") != row.written {
			t.Errorf("%d: due %q, written by cells %q, want %q and %q", i, due, written, row.due, row.written)
		}
		if len(due) == 0 {
			w.follows = false
		}
	}
}
