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
