package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/nbformat"
)

// The test program is the sandbox's stages, and the inside of each session, by name.
func TestMain(m *testing.M) {
	sandbox.Stage()
	if len(os.Args) > 2 && os.Args[1] == "inside" {
		if err := insides[os.Args[2]](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// insides are what a session may meet in its sandbox.
var insides = map[string]func() error{
	"honest":  func() error { return serve(script{}, nil) },
	"failing": func() error { return serve(nil, errors.New("no worker")) },
	"silent":  func() error { select {} },
	"gone":    func() error { return errors.New("last words") },

	// These have been taken over by what they run.
	"babble":  func() error { return forge("hello\n") },
	"endless": func() error { return forge("{\"Output\":{\"Text\":\"" + strings.Repeat("x", 8<<20)) },
	"flood":   func() error { return forge(strings.Repeat("{\"Output\":{\"Text\":\"x\"}}\n", 1<<20)) },
	"lines":   func() error { return forge("{\"Output\":{\"Text\":\"" + strings.Repeat(`\n`, 1<<17) + "\"}}\n") },
	"nested":  func() error { return forge("{\"Output\":{\"Data\":{\"x\":" + strings.Repeat("[", 1<<18) + "\n") },
	"other":   func() error { return forge("{\"Done\":{\"ID\":7}}\n{\"Done\":{\"ID\":1,\"Error\":\"forged\"}}\n") },
	"stuck":   func() error { return forge("") },
	"leaving": func() error { forge(""); return nil },
}

func serve(r lessons.Runner, err error) error {
	return Serve(context.Background(), func(context.Context) (lessons.Runner, func() error, error) {
		return r, func() error { return nil }, err
	})
}

// forge says that it is ready, takes a request and answers it with this.
func forge(answer string) error {
	conn := os.NewFile(socketFD, "session")
	io.WriteString(conn, "{\"Ready\":true}\n")
	conn.Read(make([]byte, 1<<16))
	if answer == "" {
		return os.ErrClosed
	}
	io.WriteString(conn, answer)
	select {}
}

// script is a runner whose cells say what to do.
type script struct{}

func (script) Run(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	switch code {
	case "print":
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: fmt.Sprint("cell ", count, "\n")})
	case "show":
		sink.Output(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{"application/x+json": map[string]any{"a": []any{"b", true, nil}}, "text/plain": "x"}})
	case "clear":
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: "gone"})
		sink.ClearOutput(false)
	case "ask":
		text, err := sink.Input("name? ", true)
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: fmt.Sprint(text, " ", err == io.EOF)})
	case "fail":
		return &nbformat.CellError{EName: "panic", EValue: "boom", Traceback: []string{"line 1"}}
	case "break":
		return errors.New("the worker cannot be started")
	case "wait":
		<-ctx.Done()
		return &nbformat.CellError{EName: "Interrupted"}
	case "deaf":
		select {}
	}
	return nil
}

func open(t *testing.T, inside string, grace time.Duration) (*Session, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{
		Command: sandbox.Command{
			Argv: []string{exe, "inside", inside}, Dirs: []sandbox.Dir{{Path: exe}},
			Limits: sandbox.Limits{OutBytes: 1 << 20, OutLines: 1 << 16, Wall: 10 * time.Minute},
		},
		Grace: grace,
	})
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func TestRun(t *testing.T) {
	s, err := open(t, "honest", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range []struct {
		code, said, ends string
	}{
		{"print", "cell 1\n", ""},
		{"show", `map[application/x+json:map[a:[b true <nil>]] text/plain:x]`, ""},
		{"clear", "", ""},
		{"ask", "name? true false", ""},
		{"ask", "true", ""},
		{"fail", "", "panic: boom"},
		{"break", "", "the engine in the sandbox: the worker cannot be started"},
		{"print", "cell 8\n", ""},
	} {
		c := nbformat.NewCollector(nil)
		c.Ask = func(prompt string, password bool) (string, error) {
			if i == 3 {
				return fmt.Sprint(prompt, password), nil
			}
			return "", io.EOF
		}
		err := s.Run(t.Context(), i+1, row.code, c)
		var said strings.Builder
		for _, o := range c.Outputs() {
			said.WriteString(o.Text)
			if o.Data != nil {
				fmt.Fprint(&said, o.Data)
			}
		}
		if strings.TrimSpace(said.String()) != strings.TrimSpace(row.said) {
			t.Errorf("%s said %q, want %q", row.code, said.String(), row.said)
		}
		if got := fmt.Sprint(err); err == nil && row.ends != "" || err != nil && got != row.ends {
			t.Errorf("%s ended with %q, want %q", row.code, got, row.ends)
		}
	}
}

// A session that cannot be opened says why.
func TestOpen(t *testing.T) {
	for inside, want := range map[string]string{"failing": "no worker", "gone": "last words"} {
		if _, err := open(t, inside, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", inside, err, want)
		}
	}
}

// What is cancelled ends, as a cell or with its sandbox.
func TestInterrupt(t *testing.T) {
	for code, want := range map[string]string{"wait": "Interrupted: ", "deaf": "wall clock"} {
		s, err := open(t, "honest", 100*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if code == "wait" {
			s.grace = time.Minute
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Run(ctx, 1, code, nbformat.NewCollector(nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", code, err, want)
		}
	}
}

// ending is an inside that answers each request, and is gone.
type ending struct{ s *Session }

func (e ending) Write(b []byte) (int, error) {
	err := e.s.take(&said{Done: &outcome{ID: e.s.runs, Cell: &nbformat.CellError{EName: "panic", EValue: "boom"}}})
	close(e.s.gone)
	return len(b), err
}

// What a session says of a cell before it ends counts, whichever of the two is noticed first.
func TestLastWord(t *testing.T) {
	for range 100 { // of several channels that are ready one is taken at random
		s := &Session{gone: make(chan struct{})}
		s.out = &writer{w: ending{s}}
		if err := s.Run(t.Context(), 1, "fail", nbformat.NewCollector(nil)); err == nil || err.Error() != "panic: boom" {
			t.Fatalf("the cell ended with %v", err)
		}
	}
}

// An inside that has been taken over can end its own session, and nothing else.
func TestForged(t *testing.T) {
	for inside, want := range map[string]string{
		"babble": "SandboxEnded: what came out of the sandbox is no message", "nested": "SandboxEnded: what came out of the sandbox is no message",
		"endless": "output bytes|SandboxEnded", "flood": "output", "lines": "output lines",
		"other": "the engine in the sandbox: forged", "stuck": "SandboxEnded", "leaving": "SandboxEnded",
	} {
		t.Run(inside, func(t *testing.T) {
			s, err := open(t, inside, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Run(t.Context(), 1, "print", nbformat.NewCollector(nil))
			ok := false
			for _, w := range strings.Split(want, "|") {
				ok = ok || err != nil && strings.Contains(err.Error(), w)
			}
			if !ok {
				t.Errorf("%v, want %q", err, want)
			}
			if inside == "other" {
				return // it lives on
			}
			if err := s.Run(t.Context(), 2, "print", nbformat.NewCollector(nil)); err == nil {
				t.Error("a session that has ended runs cells")
			}
		})
	}
}
