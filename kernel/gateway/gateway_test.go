package gateway

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/resident-go/resident/kernel/wire"
)

// TestChannels: a cell's output comes through in both protocols, and buffers get as far as the kernel.
func TestChannels(t *testing.T) {
	s := serve(t, nil)
	id := s.start().ID
	for _, protocols := range [][]string{nil, {wire.WebSocketV1}, {"something else", wire.WebSocketV1}} {
		t.Run(fmt.Sprint(protocols), func(t *testing.T) {
			c := s.dial(id, protocols...)
			if text := c.prints("say hello <&> \u2028 ⌘"); text != "hello <&> \u2028 ⌘" {
				t.Errorf("printed %q", text)
			}
			request := c.execute("say with buffers", []byte("one"), nil, []byte("three"))
			c.until("the answer", func(_ string, m *wire.Message) bool {
				return m.ParentID() == request && m.Header.Type == "execute_reply"
			})
		})
	}
}

// TestBadMessages: what is no message is dropped, and what follows is not.
func TestBadMessages(t *testing.T) {
	s := serve(t, nil)
	c := s.dial(s.start().ID)
	for _, text := range []string{"", "{}", "null", `{"channel":"iopub","header":{"msg_id":"1","msg_type":"status"}}`, `{"channel":"shell","header":{}}`} {
		if err := c.ws.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if text := c.prints("say still here"); text != "still here" {
		t.Errorf("printed %q", text)
	}
	if !strings.Contains(s.logs.String(), "message dropped") {
		t.Errorf("the log does not tell: %s", s.logs)
	}
}

// TestTwoClients: all see what a kernel publishes, answers go to who has asked.
func TestTwoClients(t *testing.T) {
	s := serve(t, nil)
	id := s.start().ID
	one, other := s.dial(id), s.dial(id, wire.WebSocketV1)
	other.prints("say ready")
	request := one.execute("say to all")
	if m := other.until("the stream", func(_ string, m *wire.Message) bool {
		return m.ParentID() == request && (m.Header.Type == "stream" || m.Header.Type == "execute_reply")
	}); m.Header.Type != "stream" {
		t.Errorf("the other client got %v", m)
	}
}

// TestStalled: a client that does not read is told to come back another time; another one on the same kernel misses nothing.
func TestStalled(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred megabytes, and the seconds that a kernel waits for its clients")
	}
	s := serve(t, nil)
	id := s.start().ID
	reader, sleeper := s.dial(id), s.dial(id)
	sleeper.prints("say ready")
	request, got := reader.execute("flood"), 0
	reader.until("the end of the flood", func(_ string, m *wire.Message) bool {
		if stream, err := wire.Parse[wire.Stream](m); err == nil && m.Header.Type == "stream" && m.ParentID() == request {
			got += len(stream.Text)
		}
		return m.ParentID() == request && isStatus(m, idle)
	})
	if got != floods*floodPiece {
		t.Errorf("the reader got %d bytes of %d", got, floods*floodPiece)
	}
	if code := sleeper.closed(); code != websocket.StatusTryAgainLater {
		t.Errorf("the sleeper was sent away with %v", code)
	}
	if text := reader.prints("say still here"); text != "still here" {
		t.Errorf("printed %q", text)
	}
}

func TestInterrupt(t *testing.T) {
	s := serve(t, nil)
	id := s.start().ID
	c := s.dial(id)
	c.execute("wait")
	c.until("its output", func(_ string, m *wire.Message) bool { return m.Header.Type == "stream" })
	s.becomes(id, busy)
	want[any](s, http.StatusNoContent, "POST", "/api/kernels/"+id+"/interrupt", "")
	m := c.until("the reply", func(_ string, m *wire.Message) bool { return m.Header.Type == "execute_reply" })
	if !strings.Contains(string(m.Content), "Interrupted") {
		t.Errorf("the reply is %s", m.Content)
	}
}

// TestRestart: the same id, another process; a client stays connected and is not told of a crash.
func TestRestart(t *testing.T) {
	s := serve(t, nil)
	before := s.start()
	c := s.dial(before.ID)
	c.prints("say ready")
	after := want[kernelModel](s, 200, "POST", "/api/kernels/"+before.ID+"/restart", "")
	if after.ID != before.ID {
		t.Errorf("the id is %s, was %s", after.ID, before.ID)
	}
	id := c.execute("say again")
	c.until("the output", func(_ string, m *wire.Message) bool {
		if isStatus(m, restarting) {
			t.Error("the client is told that the kernel has ended by itself")
		}
		return m.Header.Type == "stream" && m.ParentID() == id
	})
}

// TestCrash: a kernel that ends is started again, but not for ever.
func TestCrash(t *testing.T) {
	s := serve(t, nil)
	id := s.start().ID
	c := s.dial(id)
	for range maxCrashes {
		c.execute("exit")
		c.until("the news", func(_ string, m *wire.Message) bool { return isStatus(m, restarting) })
		if text := c.prints("say back"); text != "back" {
			t.Fatalf("printed %q", text)
		}
	}
	c.execute("exit")
	c.until("the end", func(_ string, m *wire.Message) bool { return isStatus(m, dead) })
	if code := c.closed(); code != websocket.StatusNormalClosure {
		t.Errorf("closed with %v", code)
	}
	want[any](s, http.StatusNotFound, "GET", "/api/kernels/"+id, "")
}

func TestShutdown(t *testing.T) {
	s := serve(t, nil)
	id := s.start().ID
	c := s.dial(id)
	c.prints("say hello")
	want[any](s, http.StatusNoContent, "DELETE", "/api/kernels/"+id, "")
	c.until("the end", func(_ string, m *wire.Message) bool { return isStatus(m, dead) })
	want[any](s, http.StatusNotFound, "GET", "/api/kernels/"+id, "")
	want[any](s, http.StatusNotFound, "DELETE", "/api/kernels/"+id, "")
	if got := want[[]kernelModel](s, 200, "GET", "/api/kernels", ""); len(got) != 0 {
		t.Errorf("there are %v", got)
	}
}

// TestLimit: when all kernels are in use, no other is started; one that nobody has been connected to for a while gives way.
func TestLimit(t *testing.T) {
	s := serve(t, func(c *Config) { c.MaxKernels = 2 })
	first, second := s.start().ID, s.start().ID
	status, answer := s.call("POST", "/api/kernels", "{}")
	if status != http.StatusServiceUnavailable || !strings.Contains(string(answer), "all 2 that are allowed are in use") {
		t.Fatalf("status %d: %s", status, answer)
	}
	s.dial(first).prints("say in use")
	s.clock.pass(2 * spare)
	third := s.start().ID
	var left []string
	for _, k := range s.kernels.list() {
		left = append(left, k.id)
	}
	if got := fmt.Sprint(left); strings.Contains(got, second) || !strings.Contains(got, first) || !strings.Contains(got, third) {
		t.Errorf("left are %v of first %s, second %s, third %s", left, first, second, third)
	}
}

// TestIdle: who has had nothing to do for long enough is shut down, connected or not; who works is not.
func TestIdle(t *testing.T) {
	s := serve(t, func(c *Config) { c.Idle = time.Hour })
	idle, used, busy := s.start().ID, s.start().ID, s.start().ID
	c := s.dial(busy)
	c.execute("wait")
	s.becomes(busy, "busy")
	s.clock.pass(30 * time.Minute)
	s.dial(used).prints("say something")
	s.clock.pass(31 * time.Minute)
	s.kernels.sweep()
	for id, lives := range map[string]bool{idle: false, used: true, busy: true} {
		if _, err := s.kernels.get(id); (err == nil) != lives {
			t.Errorf("idle %s, used %s, busy %s: %s: %v", idle, used, busy, id, err)
		}
	}
	want[any](s, http.StatusNoContent, "POST", "/api/kernels/"+busy+"/interrupt", "")
	c.until("the reply", func(_ string, m *wire.Message) bool { return m.Header.Type == "execute_reply" })
}

// TestFolder: a kernel works in the folder of its path, if that is below the root.
func TestFolder(t *testing.T) {
	s := serve(t, nil)
	root, err := filepath.EvalSymlinks(s.cfg.Root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "part"), 0o777); err != nil {
		t.Fatal(err)
	}
	rows := []struct{ path, dir string }{
		{"", root}, {"lesson.md", root}, {"part/lesson.md", filepath.Join(root, "part")}, {"nowhere/lesson.md", root},
		{"../lesson.md", root}, {"/etc/passwd", root}, {"part/../../x", root},
	}
	for _, row := range rows {
		k := want[kernelModel](s, http.StatusCreated, "POST", "/api/kernels", fmt.Sprintf(`{"path":%q}`, row.path))
		if dir := s.dial(k.ID).prints("where"); dir != row.dir {
			t.Errorf("%q works in %s, expected %s", row.path, dir, row.dir)
		}
		want[any](s, http.StatusNoContent, "DELETE", "/api/kernels/"+k.ID, "")
	}
}

// TestStartFails: each row is a command that makes no kernel.
func TestStartFails(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	broken := exec.Command(program, "kernel", "none")
	broken.Env = append(os.Environ(), "TEST_KERNEL=broken")
	rows := []struct {
		name    string
		command *exec.Cmd
		want    string
	}{
		{"no such program", exec.Command(filepath.Join(t.TempDir(), "none")), "start kernel: fork/exec"},
		{"one that ends", broken, "it ended before it had registered: exit status 3"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := serve(t, func(c *Config) { c.Command = func(string) *exec.Cmd { return row.command } })
			status, answer := s.call("POST", "/api/kernels", "")
			if status != http.StatusInternalServerError || !strings.Contains(string(answer), row.want) {
				t.Errorf("status %d: %s", status, answer)
			}
			if n := len(s.kernels.list()); n != 0 {
				t.Errorf("there are %d kernels", n)
			}
		})
	}
}

// TestShutdownWhileStarting: who shuts down a kernel that does not register does not wait for it, and neither does who closes the gateway.
func TestShutdownWhileStarting(t *testing.T) {
	t.Setenv("TEST_KERNEL", "silent")
	t.Setenv("TMPDIR", t.TempDir())
	for name, end := range map[string]func(s *served){
		"one": func(s *served) { s.kernels.list()[0].shutdown(t.Context()) },
		"all": func(s *served) { s.Close(t.Context()) },
	} {
		launched := make(chan bool, 1)
		s := serve(t, func(c *Config) {
			command := c.Command
			c.Command = func(file string) *exec.Cmd {
				launched <- true
				return command(file)
			}
		})
		answered := make(chan string, 1)
		go func() {
			status, answer := s.call("POST", "/api/kernels", "")
			answered <- fmt.Sprint(status, " ", string(answer))
		}()
		<-launched
		begin := time.Now()
		end(s)
		if got := <-answered; !strings.HasPrefix(got, "404 ") || !strings.Contains(got, errGone.Error()) {
			t.Errorf("%s: the start was answered %s", name, got)
		}
		if took := time.Since(begin); took > startGrace/2 {
			t.Errorf("%s: it took %v", name, took)
		}
		if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
			t.Errorf("%s: left are %v", name, left)
		}
	}
}

// TestClose: when the gateway closes, kernels that work end, too, and no socket is left.
func TestClose(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := serve(t, nil)
	c := s.dial(s.start().ID)
	c.execute("wait")
	c.until("its output", func(_ string, m *wire.Message) bool { return m.Header.Type == "stream" })
	process, err := s.kernels.list()[0].process(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Close(context.Background())
	c.until("the news", func(_ string, m *wire.Message) bool { return isStatus(m, dead) })
	select {
	case <-process.exited:
	default:
		t.Error("the process lives")
	}
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	want[any](s, http.StatusServiceUnavailable, "POST", "/api/kernels", "")
}
