package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/resident-go/resident/kernel/wire"
	"github.com/resident-go/resident/nbformat"
)

// TestExecute runs one cell in a new kernel, and compares all that is published for it, and the reply.
func TestExecute(t *testing.T) {
	silent := dict{"silent": true}
	rows := []struct {
		name, code string
		options    dict
		published  string // between busy and idle
		reply      string
	}{
		{"print", `out hello, world\n`, nil, `input 1 "out hello, world\\n"; stdout "hello, world\n"`, "ok 1"},
		{"stderr", "err oops", nil, `input 1 "err oops"; stderr "oops"`, "ok 1"},
		{"order is kept", "out a\nout b\nerr c\nshow d\nout e\nresult f", nil,
			`input 1 "out a\nout b\nerr c\nshow d\nout e\nresult f"; stdout "ab"; stderr "c"; display_data map[text/plain:d] map[]; stdout "e"; result 1 map[text/plain:f]`, "ok 1"},
		{"failure shows one error", "out before\nfail badly", nil,
			`input 1 "out before\nfail badly"; stdout "before"; error Failed: badly`, "error 1 Failed"},
		{"display with an id", "html d1 <b>\nupdate d1 <i>", nil,
			`input 1 "html d1 <b>\nupdate d1 <i>"; display_data map[text/html:<b>] map[display_id:d1]; update_display_data map[text/html:<i>] map[display_id:d1]`, "ok 1"},
		{"clear", "out a\nclear\nout b", nil,
			`input 1 "out a\nclear\nout b"; stdout "a"; clear_output {"wait":true}; stdout "b"`, "ok 1"},
		{"empty cell", "", nil, `input 1 ""`, "ok 1"},
		{"silent", "out a\nresult b\nclear", silent, ``, "ok 0"},
		{"silent failure", "out a\nfail x", silent, ``, "error 0 Failed"},
		{"not stored", "out a", dict{"store_history": false}, `input 0 "out a"; stdout "a"`, "ok 0"},
		{"half a character", "out \xe2\x82", nil, `input 1 "out ��"; stdout "��"`, "ok 1"},
		{"input not allowed", "ask x", dict{"allow_stdin": false},
			`input 1 "ask x"; error InputError: ` + errNobodyToAsk.Error(), "error 1 InputError"},
		{"mistake of ours", "out a\npanic", nil,
			`input 1 "out a\npanic"; stdout "a"; error InternalError: the kernel failed on this: oh no (details are in its log)`, "error 1 InternalError"},
		{"a cell that cannot be built", "full", nil, `input 1 "full"; error BuildError: run: the disk is full; the session keeps its values`, "error 1 BuildError"},
		{"broken engine", "broken", nil, `input 1 "broken"; error EngineError: the worker is lost`, "error 1 EngineError"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			f := serveKernel(t, nil).front("f")
			id := f.execute(r.code, r.options)
			want := "busy; " + r.published + "; idle"
			if r.published == "" {
				want = "busy; idle"
			}
			if got := showAll(f.published(id)); got != want {
				t.Errorf("published %s\nwant      %s", got, want)
			}
			if got := show(f.reply(wire.Shell, id)); got != r.reply {
				t.Errorf("reply %s, want %s", got, r.reply)
			}
			// Whatever happened, the next cell runs.
			if got, want := show(f.reply(wire.Shell, f.execute("out x"))), "ok"; !strings.HasPrefix(got, want) {
				t.Errorf("next cell: %s", got)
			}
		})
	}
}

// TestTerms: the metadata of a request says what its cell runs under, as JupyterLab sends it.
func TestTerms(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	for _, row := range []struct{ metadata, want string }{
		{`{"cellId":"a","lesson":{"memory":"1GB","name":"a","seed":7},"tags":[]}`, `stdout "seed 7, 1000000000 bytes"`},
		{`{"cellId":"b"}`, `stdout "none"`},
		{`{"lesson":{"memory":"all"}}`, `error MetadataError: the cell's metadata.lesson.memory: want a size such as "256MB" or "1.5GiB", from 1MB on, got "all"`},
	} {
		if got := showAll(f.published(f.executeWith(wire.Object(row.metadata), "terms"))[2:3]); got != row.want {
			t.Errorf("%s: published %s, want %s", row.metadata, got, row.want)
		}
	}
}

func TestErrorReplyRepeatsTheError(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	id := f.execute("fail badly")
	want := `"ename":"Failed","evalue":"badly","traceback":["Cell In[1], line 1"]`
	if got := string(f.reply(wire.Shell, id).Content); !strings.Contains(got, want) {
		t.Errorf("reply %s, want %s in it", got, want)
	}
	if got := string(f.published(id)[2].Content); got != "{"+want+"}" {
		t.Errorf("error %s, want %s", got, want)
	}
}

func TestUserExpressions(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	expressions := dict{"good": "result 7", "none": "", "bad": "fail x"}
	want := map[string]string{
		"good": `{"data":{"text/plain":"7"},"metadata":{},"status":"ok"}`,
		"none": `{"data":{},"metadata":{},"status":"ok"}`,
		"bad":  `{"status":"error","ename":"Failed","evalue":"x","traceback":["Cell In[1], line 1"]}`,
	}
	id := f.execute("out a", dict{"user_expressions": expressions})
	var got struct {
		Expressions map[string]json.RawMessage `json:"user_expressions"`
	}
	if err := json.Unmarshal(f.reply(wire.Shell, id).Content, &got); err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		if g := string(got.Expressions[name]); g != w {
			t.Errorf("%s: got %s, want %s", name, g, w)
		}
	}
	if got := showAll(f.published(id)); strings.Contains(got, "result") {
		t.Errorf("published %s", got)
	}
	id = f.execute("fail", dict{"user_expressions": expressions})
	if got := string(f.reply(wire.Shell, id).Content); !strings.Contains(got, `"user_expressions":{}`) {
		t.Errorf("after a failure: %s", got)
	}
}

// TestPayload has cells with what their replies carry for the person in front.
func TestPayload(t *testing.T) {
	rows := []struct{ code, want string }{
		{"out a", `[]`},
		{"page help", `[{"data":{"text/plain":"help"},"source":"page","start":0}]`},
		{"next x := 1\nnext x := 2", `[{"replace":false,"source":"set_next_input","text":"x := 2"}]`},
		{"replace y\npage help", `[{"data":{"text/plain":"help"},"source":"page","start":0},{"replace":true,"source":"set_next_input","text":"y"}]`},
		{"next x\nfail", `[]`},
	}
	f := serveKernel(t, nil).front("f")
	for _, r := range rows {
		var got struct{ Payload json.RawMessage }
		if err := json.Unmarshal(f.reply(wire.Shell, f.execute(r.code)).Content, &got); err != nil {
			t.Fatal(err)
		}
		if string(got.Payload) != r.want {
			t.Errorf("%q: payload %s, expected %s", r.code, got.Payload, r.want)
		}
	}
}

func TestAbort(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	first := f.execute("wait a\nfail")
	s.reached("a")
	second := f.execute("out never")
	info := f.send(wire.Shell, "kernel_info_request", dict{})
	third := f.execute("out never")
	s.received(third)
	s.open("a")
	if got := show(f.reply(wire.Shell, first)); got != "error 1 Failed" {
		t.Errorf("first cell: %s", got)
	}
	for _, id := range []string{second, third} {
		if got := show(f.reply(wire.Shell, id)); got != "aborted" {
			t.Errorf("waiting cell: %s, want aborted", got)
		}
		if got := showAll(f.published(id)); got != "busy; idle" {
			t.Errorf("waiting cell published %s", got)
		}
	}
	if got := show(f.reply(wire.Shell, info)); got != "kernel_info_reply" {
		t.Errorf("waiting kernel_info: %s", got)
	}
	if got := show(f.reply(wire.Shell, f.execute("out after"))); got != "ok 2" {
		t.Errorf("cell sent after the failure: %s, want ok 2", got)
	}
}

func TestPrepare(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	f.execute("wait a")
	s.reached("a")
	next := f.execute("out next")
	e := <-s.engines
	for over := deadlineIn(patience); ; {
		e.mu.Lock()
		prepared := fmt.Sprint(e.prepared)
		e.mu.Unlock()
		if prepared == "[out next]" {
			break
		}
		if over() {
			t.Fatalf("prepared %s", prepared)
		}
	}
	s.open("a")
	f.reply(wire.Shell, next)
}

// TestControlDuringACell: everything but shell answers while a cell runs.
func TestControlDuringACell(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	cell := f.execute("wait a")
	s.reached("a")
	for _, msgType := range []string{"kernel_info_request", "connect_request", "usage_request"} {
		id := f.send(wire.Control, msgType, dict{})
		f.reply(wire.Control, id)
		if got := showAll(f.published(id)); got != "busy; idle" {
			t.Errorf("%s published %s", msgType, got)
		}
	}
	s.heartbeat("beat \x00\xff")
	s.open("a")
	f.reply(wire.Shell, cell)
}

func TestInterrupt(t *testing.T) {
	ways := map[string]func(f *front){
		"message":          func(f *front) { f.reply(wire.Control, f.send(wire.Control, "interrupt_request", dict{})) },
		"message on shell": func(f *front) { f.reply(wire.Shell, f.send(wire.Shell, "interrupt_request", dict{})) },
		"SIGINT":           func(*front) { signalInterrupt() },
	}
	for name, interrupt := range ways {
		t.Run(name, func(t *testing.T) {
			s := serveKernel(t, nil)
			f := s.front("f")
			interrupt(f) // with nothing running: nothing happens
			id := f.execute("out before\nwait a\nout after")
			s.reached("a")
			interrupt(f)
			want := `busy; input 1 "out before\nwait a\nout after"; stdout "before"; error Interrupted: the cell was interrupted; idle`
			if got := showAll(f.published(id)); got != want {
				t.Errorf("published %s\nwant      %s", got, want)
			}
			if got := show(f.reply(wire.Shell, f.execute("out x"))); got != "ok 2" {
				t.Errorf("next cell: %s", got)
			}
		})
	}
}

// signalInterrupt returns when the signal has come: nobody would catch it when the kernel has ended.
func signalInterrupt() {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, os.Interrupt)
	defer signal.Stop(heard)
	syscall.Kill(syscall.Getpid(), syscall.SIGINT)
	<-heard
}

func TestShutdown(t *testing.T) {
	for _, channel := range []string{wire.Control, wire.Shell} {
		t.Run(channel, func(t *testing.T) {
			s := serveKernel(t, nil)
			f := s.front("f")
			cell := f.execute("wait a")
			s.reached("a")
			waiting := f.execute("out never")
			s.received(waiting)
			id := f.send(channel, "shutdown_request", dict{"restart": true})
			if got := show(f.reply(channel, id)); got != "shutdown_reply ok true" {
				t.Errorf("reply %s", got)
			}
			if got := showAll(f.published(id)); got != "busy; shutdown_reply ok true; idle" {
				t.Errorf("published %s", got)
			}
			s.wait()
			if got := show(f.reply(wire.Shell, cell)); got != "error 1 Interrupted" {
				t.Errorf("running cell: %s", got)
			}
			if got := show(f.reply(wire.Shell, waiting)); got != "aborted" {
				t.Errorf("waiting cell: %s", got)
			}
		})
	}
}

// TestShutdownOfAStuckCell: a cell that hears nothing does not keep the kernel.
func TestShutdownOfAStuckCell(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	f.execute("stuck a")
	s.reached("a")
	f.send(wire.Control, "shutdown_request", dict{"restart": false})
	s.wait()
}

func TestSIGTERM(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	f.reply(wire.Shell, f.execute("out x"))
	syscall.Kill(syscall.Getpid(), syscall.SIGTERM)
	s.wait()
}

// TestStarting: the kernel introduces itself while its engine starts, and a cell that waits shows why.
func TestStarting(t *testing.T) {
	g := &gates{}
	told, finish := make(chan func(string)), make(chan struct{})
	s := serveKernel(t, func(ctx context.Context, progress func(string)) (Engine, error) {
		told <- progress
		<-finish
		return newScripted(g), nil
	})
	f := s.front("f")
	progress := <-told
	progress("long ago")
	progress("linking the worker")
	for _, channel := range []string{wire.Shell, wire.Control} {
		f.reply(channel, f.send(channel, "kernel_info_request", dict{}))
	}
	if got := string(f.reply(wire.Shell, f.send(wire.Shell, "is_complete_request", dict{"code": "x"})).Content); got != `{"status":"complete","indent":""}` {
		t.Errorf("is_complete while starting: %s", got)
	}
	id := f.execute("out done")
	f.await(wire.IOPub, func(m *wire.Message) bool { return show(m) == `stderr "linking the worker\n"` })
	progress("nearly")
	f.await(wire.IOPub, func(m *wire.Message) bool { return show(m) == `stderr "nearly\n"` })
	close(finish)
	want := `busy; input 1 "out done"; stderr "linking the worker\nnearly\n"; stdout "done"; idle`
	if got := showAll(f.published(id)); got != want {
		t.Errorf("published %s\nwant      %s", got, want)
	}
}

// TestShutdownWhileStarting: a start that cannot be cancelled does not keep the kernel.
func TestShutdownWhileStarting(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	s := serveKernel(t, func(context.Context, func(string)) (Engine, error) {
		<-never
		return nil, errors.New("ended")
	})
	f := s.front("f")
	f.reply(wire.Control, f.send(wire.Control, "shutdown_request", dict{"restart": false}))
	s.wait()
}

func TestInterruptWhileStarting(t *testing.T) {
	s := serveKernel(t, func(ctx context.Context, progress func(string)) (Engine, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	f := s.front("f")
	id := f.execute("out x")
	f.await(wire.IOPub, func(m *wire.Message) bool { return m.ParentID() == id && m.Header.Type == "execute_input" })
	f.send(wire.Control, "interrupt_request", dict{})
	if got := show(f.reply(wire.Shell, id)); got != "error 1 Interrupted" {
		t.Errorf("reply %s", got)
	}
}

// TestStartAgain: an engine that could not start is tried again by the next cell, and says each time what was wrong.
func TestStartAgain(t *testing.T) {
	tries := 0
	s := serveKernel(t, func(context.Context, func(string)) (Engine, error) {
		if tries++; tries < 3 {
			return nil, errors.New("no go command in PATH")
		}
		return newScripted(&gates{}), nil
	})
	f := s.front("f")
	for _, want := range []string{"error 1 StartError", "error 2 StartError", "ok 3"} {
		id := f.execute("out x")
		if got := show(f.reply(wire.Shell, id)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestBadMessages: what is malformed or not signed is dropped with a line in the log, and the next message is answered.
func TestBadMessages(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	other := wire.NewCodec("another key")
	m, err := f.session.Publish(nil, request{"execute_request", dict{"code": "out never"}})
	if err != nil {
		t.Fatal(err)
	}
	m.Identities = nil
	unsigned, err := other.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		want string
		send func(channel string)
	}{
		{"no <IDS|MSG>", func(c string) { f.sendRaw(c, [][]byte{[]byte("hello")}) }},
		{"wrong signature", func(c string) { f.sendRaw(c, unsigned) }},
		{`unknown type "hello_request"`, func(c string) { f.send(c, "hello_request", dict{}) }},
		{"restart is missing", func(c string) { f.send(c, "shutdown_request", dict{}) }},
		{"code is missing", func(c string) { f.send(wire.Shell, "execute_request", dict{}) }},
		{"cursor_pos is missing", func(c string) { f.send(wire.Shell, "complete_request", dict{"code": ""}) }},
		{"comm_id is missing", func(c string) { f.send(wire.Shell, "comm_open", dict{}) }},
	}
	for _, r := range rows {
		for _, channel := range []string{wire.Shell, wire.Control} {
			r.send(channel)
			f.reply(channel, f.send(channel, "kernel_info_request", dict{}))
			f.reply(wire.Shell, f.send(wire.Shell, "kernel_info_request", dict{}))
			if !strings.Contains(s.log.String(), r.want) {
				t.Errorf("no %q in the log", r.want)
			}
		}
	}
	f.send(wire.Stdin, "input_reply", dict{"value": "for nobody"})
	s.probe(s.conn.Shell)
	s.probe(s.conn.IOPub)
	if got := show(f.reply(wire.Shell, f.execute("out x"))); got != "ok 1" {
		t.Errorf("cell after all that: %s", got)
	}
}

func TestBackgroundOutput(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	e := <-s.engines
	id := f.execute("out cell")
	f.published(id)
	e.background.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: "later"})
	m := f.await(wire.IOPub, func(m *wire.Message) bool { return show(m) == `stdout "later"` })
	if m.ParentID() != id {
		t.Errorf("background output has parent %q, want %q", m.ParentID(), id)
	}
	if _, err := e.background.Input("?", false); err == nil {
		t.Error("background code could ask")
	}
}

// TestTwoFronts: each gets its own replies, both see what is published.
func TestTwoFronts(t *testing.T) {
	s := serveKernel(t, nil)
	a, b := s.front("a"), s.front("b")
	fromA, fromB := a.execute("out a"), b.execute("out b")
	for _, f := range []*front{a, b} {
		f.published(fromA)
		f.published(fromB)
	}
	a.reply(wire.Shell, fromA)
	b.reply(wire.Shell, fromB)
	for _, f := range []*front{a, b} {
		f.mu.Lock()
		n := len(f.got[wire.Shell])
		f.mu.Unlock()
		if n != 1 {
			t.Errorf("%s has %d replies, want 1", f.session.ID, n)
		}
	}
}
