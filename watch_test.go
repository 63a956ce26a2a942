package main

import (
	"bufio"
	"context"
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
