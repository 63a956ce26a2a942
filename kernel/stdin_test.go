package kernel

import (
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/wire"
)

func (f *front) question(id string) *wire.Message {
	f.t.Helper()
	return f.await(wire.Stdin, func(m *wire.Message) bool { return m.ParentID() == id })
}

// TestInput: each row is how a front end answers. parent tells whether the answer names its question; some do not.
func TestInput(t *testing.T) {
	rows := []struct {
		name, code, question string
		parent               bool
		answer               dict
		want                 string // the last output
	}{
		{"answer", "ask name?", `ask "name?" false`, false, dict{"value": "Ada"}, `stdout "[Ada]"`},
		{"answer with its parent", "ask name?", `ask "name?" false`, true, dict{"value": "Ada", "status": "ok"}, `stdout "[Ada]"`},
		{"password", "secret pw", `ask "pw" true`, true, dict{"value": "x"}, `stdout "[x]"`},
		{"empty", "ask ", `ask "" false`, false, dict{"value": ""}, `stdout "[]"`},
		{"end of input", "ask ?", `ask "?" false`, false, dict{"value": "\x04"}, `error InputError: EOF`},
		{"front end fails", "ask ?", `ask "?" false`, false, dict{"status": "error", "ename": "E", "evalue": "v"},
			`error InputError: ask for input: the front end answered: E: v`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			f := serveKernel(t, nil).front("f")
			id := f.execute(r.code)
			q := f.question(id)
			if got := show(q); got != r.question {
				t.Errorf("question %s, want %s", got, r.question)
			}
			if !r.parent {
				q = nil
			}
			f.sendTo(wire.Stdin, q, "input_reply", r.answer)
			ms := f.published(id)
			if got := show(ms[len(ms)-2]); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

// TestInputAfterOutput: what was printed before the question is shown before it.
func TestInputAfterOutput(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	id := f.execute("out who are you?\nask ")
	f.question(id)
	f.await(wire.IOPub, func(m *wire.Message) bool { return show(m) == `stdout "who are you?"` })
	f.send(wire.Stdin, "input_reply", dict{"value": ""})
	f.published(id)
}

// TestStaleAnswers: an answer that came before the question, one to an earlier question, and one of somebody else who
// was not asked are not the answer.
func TestStaleAnswers(t *testing.T) {
	s := serveKernel(t, nil)
	f, other := s.front("f"), s.front("other")
	f.send(wire.Stdin, "input_reply", dict{"value": "too early"})
	waitLog(t, s, "nobody waits for", 1)
	id := f.execute("ask 1\nask 2")
	first := f.question(id)
	f.sendTo(wire.Stdin, first, "input_reply", dict{"value": "one"})
	second := f.await(wire.Stdin, func(m *wire.Message) bool { return show(m) == `ask "2" false` })
	f.sendTo(wire.Stdin, first, "input_reply", dict{"value": "one again"})
	waitLog(t, s, "nobody waits for", 2)
	other.send(wire.Stdin, "input_reply", dict{"value": "not asked"})
	waitLog(t, s, "nobody waits for", 3)
	f.sendTo(wire.Stdin, second, "input_reply", dict{"value": "two"})
	if got := showAll(f.published(id)); !strings.Contains(got, `stdout "[one][two]"`) {
		t.Errorf("published %s", got)
	}
}

// TestQuestionsOfTwoShells: cells of two shells ask the same front end, and neither takes the other's answer, or its question away.
func TestQuestionsOfTwoShells(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	sub, third := f.createSubshell(), f.createSubshell()
	main := f.execute("ask main")
	first := f.question(main)
	id := f.sendIn(sub, "execute_request", dict{"code": "ask sub", "allow_stdin": true})
	second := f.question(id)
	gone := f.sendIn(third, "execute_request", dict{"code": "ask third", "allow_stdin": true})
	f.question(gone)
	f.send(wire.Control, "delete_subshell_request", dict{"subshell_id": third})
	f.published(gone)
	f.sendTo(wire.Stdin, first, "input_reply", dict{"value": "one"})
	f.sendTo(wire.Stdin, second, "input_reply", dict{"value": "two"})
	for id, want := range map[string]string{main: `stdout "[one]"`, id: `stdout "[two]"`} {
		if got := showAll(f.published(id)); !strings.Contains(got, want) {
			t.Errorf("published %s, want %s", got, want)
		}
	}
}

func TestInterruptWhileAsking(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	id := f.execute("ask ?")
	f.question(id)
	f.send(wire.Control, "interrupt_request", dict{})
	if got := show(f.reply(wire.Shell, id)); !strings.HasPrefix(got, "error 1") {
		t.Errorf("reply %s", got)
	}
	if got := show(f.reply(wire.Shell, f.execute("out x"))); got != "ok 2" {
		t.Errorf("next cell: %s", got)
	}
}

// TestAskedIsGone: a front end is asked and leaves. Its cell fails, and that of another is not kept waiting.
func TestAskedIsGone(t *testing.T) {
	s := serveKernel(t, nil)
	f, other := s.front("f"), s.front("other")
	id := f.execute("ask ?")
	f.question(id)
	next := other.execute("out x")
	f.sockets[wire.Stdin].Close()
	if got := show(f.reply(wire.Shell, id)); got != "error 1 InputError" {
		t.Errorf("reply %s", got)
	}
	if got := showAll(f.published(id)); !strings.Contains(got, "the front end that was asked is gone") {
		t.Errorf("published %s", got)
	}
	if got := show(other.reply(wire.Shell, next)); !strings.HasPrefix(got, "ok") && !strings.HasPrefix(got, "aborted") {
		t.Errorf("the cell of the other front end: %s", got)
	}
}

// waitLog waits until the log has a text n times.
func waitLog(t *testing.T, s *served, want string, n int) {
	t.Helper()
	deadline := deadlineIn(patience)
	for strings.Count(s.log.String(), want) < n {
		if deadline() {
			t.Fatalf("the log has no %d times %q:\n%s", n, want, s.log)
		}
	}
}
