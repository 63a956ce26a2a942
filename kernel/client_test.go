package kernel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/resident-go/resident/kernel/wire"
)

const patience = 2 * time.Minute // for what must happen; how fast is not these tests' business

const testKey = "6f0ba8b2-8ac1-4bdb-8ea2-aa2fd9c4d1f0"

// served is a kernel that runs in this process, with the scripted engine unless start is given.
type served struct {
	t       *testing.T
	conn    connection
	gates   gates
	engines chan *scripted
	log     *lockedBuffer
	trace   *lockedBuffer
	cancel  func()
	done    chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

type startFunc = func(ctx context.Context, progress func(string)) (Engine, error)

func serveKernel(t *testing.T, start startFunc) *served {
	t.Helper()
	dir := t.TempDir()
	s := &served{t: t, log: &lockedBuffer{}, trace: &lockedBuffer{}, done: make(chan error, 1), engines: make(chan *scripted, 10)}
	s.conn = connection{Transport: "ipc", IP: filepath.Join(dir, "k"), Shell: 1, IOPub: 2, Stdin: 3, Control: 4, HB: 5,
		Key: testKey, SignatureScheme: "hmac-sha256"}
	raw, err := json.Marshal(s.conn)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "connection.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if start == nil {
		start = func(context.Context, func(string)) (Engine, error) {
			e := newScripted(&s.gates)
			s.engines <- e
			return e, nil
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() {
		s.done <- Serve(ctx, Config{
			ConnectionFile: file, Start: start, Log: s.log, Trace: s.trace, HistoryFile: filepath.Join(dir, "history"),
		})
	}()
	t.Cleanup(func() {
		cancel()
		s.wait()
		if strings.Contains(s.trace.String(), "INVALID") {
			t.Errorf("the trace has invalid messages:\n%s", s.trace)
		}
		if t.Failed() {
			t.Logf("log:\n%s\ntrace:\n%s", s.log, s.trace)
		}
	})
	return s
}

// wait waits for the end of the kernel.
func (s *served) wait() {
	s.t.Helper()
	select {
	case err := <-s.done:
		if err != nil {
			s.t.Errorf("Serve: %v", err)
		}
		s.done <- nil
	case <-time.After(patience):
		s.t.Fatal("the kernel did not end")
	}
}

// reached waits until a cell stands at a gate.
func (s *served) reached(gate string) {
	s.t.Helper()
	reached, _ := s.gates.get(gate)
	select {
	case <-reached:
	case <-time.After(patience):
		s.t.Fatalf("no cell came to the gate %s; log:\n%s\ntrace:\n%s", gate, s.log, s.trace)
	}
}

// received waits until the kernel has read a request from its socket.
func (s *served) received(id string) {
	s.t.Helper()
	over := deadlineIn(patience)
	for !strings.Contains(s.trace.String(), "_request id="+id+" ") {
		if over() {
			s.t.Fatalf("request %s was not read", id)
		}
	}
}

func (s *served) open(gate string) {
	_, open := s.gates.get(gate)
	close(open)
}

// front is a front end: zmq4's client sockets. Every message it gets is checked against the protocol.
type front struct {
	t       *testing.T
	codec   *wire.Codec
	session *wire.Session
	sockets map[string]zmq4.Socket

	mu      sync.Mutex
	changed *sync.Cond
	got     map[string][]*wire.Message // by channel
	seen    map[string]bool            // signatures
	late    bool
}

func (s *served) front(id string) *front {
	s.t.Helper()
	f := &front{t: s.t, codec: wire.NewCodec(testKey), session: &wire.Session{ID: id, Username: "u", Now: time.Now},
		sockets: map[string]zmq4.Socket{}, got: map[string][]*wire.Message{}, seen: map[string]bool{}}
	f.changed = sync.NewCond(&f.mu)
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	// The kernel may not have bound yet.
	quick, patient := zmq4.WithDialerRetry(5*time.Millisecond), zmq4.WithDialerMaxRetries(int(patience/(5*time.Millisecond)))
	for channel, port := range map[string]int{wire.Shell: s.conn.Shell, wire.Control: s.conn.Control, wire.Stdin: s.conn.Stdin} {
		f.connect(channel, zmq4.NewDealer(ctx, zmq4.WithID(zmq4.SocketIdentity(id)), quick, patient), s.conn.endpoint(port))
	}
	sub := zmq4.NewSub(ctx, quick, patient)
	f.connect(wire.IOPub, sub, s.conn.endpoint(s.conn.IOPub))
	if err := sub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		s.t.Fatal(err)
	}
	first := f.await(wire.IOPub, func(*wire.Message) bool { return true })
	if got := show(first); got != `iopub_welcome ""` {
		s.t.Fatalf("the first message on iopub is %s", got)
	}
	return f
}

func (f *front) connect(channel string, s zmq4.Socket, endpoint string) {
	f.t.Helper()
	if err := s.Dial(endpoint); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { s.Close() })
	f.sockets[channel] = s
	go f.receive(channel, s)
}

func (f *front) receive(channel string, s zmq4.Socket) {
	for {
		raw, err := s.Recv()
		if err != nil {
			return
		}
		m, err := f.codec.Decode(raw.Frames)
		if err == nil {
			err = wire.Check(channel, m)
		}
		f.mu.Lock()
		if err != nil {
			f.t.Errorf("received %v", err)
		}
		at := slices.IndexFunc(raw.Frames, func(b []byte) bool { return string(b) == "<IDS|MSG>" })
		if signature := string(raw.Frames[at+1]); f.seen[signature] {
			f.t.Errorf("the same signature twice: %s", m)
		} else {
			f.seen[signature] = true
		}
		f.got[channel] = append(f.got[channel], m)
		f.changed.Broadcast()
		f.mu.Unlock()
	}
}

// await waits for a message that fits.
func (f *front) await(channel string, fits func(*wire.Message) bool) *wire.Message {
	f.t.Helper()
	timer := time.AfterFunc(patience, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.late = true
		f.changed.Broadcast()
	})
	defer timer.Stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		if i := slices.IndexFunc(f.got[channel], fits); i >= 0 {
			return f.got[channel][i]
		}
		if f.late {
			f.t.Fatalf("the message expected on %s did not come; there are %s", channel, showAll(f.got[channel]))
		}
		f.changed.Wait()
	}
}

// request is any message of a front end.
type request struct {
	msgType string
	content any
}

func (r request) MsgType() string              { return r.msgType }
func (r request) MarshalJSON() ([]byte, error) { return json.Marshal(r.content) }

func (f *front) send(channel, msgType string, content any) (id string) {
	f.t.Helper()
	return f.sendTo(channel, nil, msgType, content)
}

func (f *front) sendTo(channel string, parent *wire.Message, msgType string, content any) (id string) {
	f.t.Helper()
	return f.sendMessage(channel, parent, request{msgType, content}, "")
}

// sendIn sends a request to a subshell.
func (f *front) sendIn(subshell, msgType string, content any) (id string) {
	f.t.Helper()
	return f.sendMessage(wire.Shell, nil, request{msgType, content}, subshell)
}

func (f *front) sendMessage(channel string, parent *wire.Message, c wire.Content, subshell string) (id string) {
	f.t.Helper()
	m, err := f.session.Publish(parent, c)
	if err != nil {
		f.t.Fatal(err)
	}
	m.Identities = nil
	frames, err := wire.NewCodec("").Encode(m)
	if err != nil {
		f.t.Fatal(err)
	}
	if subshell != "" {
		m.Header.SubshellID = subshell
		if frames[2], err = json.Marshal(m.Header); err != nil {
			f.t.Fatal(err)
		}
	}
	if m, err = wire.NewCodec("").Decode(frames); err != nil {
		f.t.Fatal(err)
	}
	if frames, err = f.codec.Encode(m); err != nil {
		f.t.Fatal(err)
	}
	f.sendRaw(channel, frames)
	return m.Header.ID
}

func (f *front) sendRaw(channel string, frames [][]byte) {
	f.t.Helper()
	if err := f.sockets[channel].Send(zmq4.NewMsgFrom(frames...)); err != nil {
		f.t.Fatal(err)
	}
}

type dict = map[string]any

func (f *front) execute(code string, options ...dict) (id string) {
	f.t.Helper()
	content := dict{"code": code, "silent": false, "store_history": true, "user_expressions": dict{}, "allow_stdin": true, "stop_on_error": true}
	for _, o := range options {
		for k, v := range o {
			content[k] = v
		}
	}
	return f.send(wire.Shell, "execute_request", content)
}

// executeWith runs a cell with this metadata.
func (f *front) executeWith(metadata wire.Object, code string) (id string) {
	f.t.Helper()
	content := dict{"code": code, "silent": false, "store_history": true, "user_expressions": dict{}, "allow_stdin": true, "stop_on_error": true}
	return f.sendMessage(wire.Shell, nil, struct {
		request
		wire.Enclosure
	}{request{"execute_request", content}, wire.Enclosure{Metadata: metadata}}, "")
}

func (f *front) reply(channel, id string) *wire.Message {
	f.t.Helper()
	return f.await(channel, func(m *wire.Message) bool { return m.ParentID() == id })
}

// published waits for idle and returns everything on iopub that belongs to a request. Printed text that follows each other is one message: how it is cut
// depends on how long printing it took.
func (f *front) published(id string) []*wire.Message {
	f.t.Helper()
	f.await(wire.IOPub, func(m *wire.Message) bool { return m.ParentID() == id && show(m) == "idle" })
	f.mu.Lock()
	defer f.mu.Unlock()
	var ms []*wire.Message
	for _, m := range f.got[wire.IOPub] {
		switch n := len(ms); {
		case m.ParentID() != id:
		case n > 0 && joins(ms[n-1], m):
			ms[n-1] = joined(ms[n-1], m)
		default:
			ms = append(ms, m)
		}
	}
	return ms
}

// printed is the content of a stream message.
func printed(m *wire.Message) (s struct {
	Name string `json:"name"`
	Text string `json:"text"`
}) {
	json.Unmarshal(m.Content, &s) // it has been checked
	return s
}

func joins(a, b *wire.Message) bool {
	return a.Header.Type == "stream" && b.Header.Type == "stream" && printed(a).Name == printed(b).Name
}

func joined(a, b *wire.Message) *wire.Message {
	whole, s := *a, printed(a)
	s.Text += printed(b).Text
	whole.Content, _ = json.Marshal(s)
	return &whole
}

func showAll(ms []*wire.Message) string {
	var s []string
	for _, m := range ms {
		s = append(s, show(m))
	}
	return strings.Join(s, "; ")
}

// number is what a message counts, "" when it has no count.
func number(count *int) string {
	if count == nil {
		return ""
	}
	return strconv.Itoa(*count)
}

// show is a message as tests write it.
func show(m *wire.Message) string {
	var c struct {
		State     string `json:"execution_state"`
		Count     *int   `json:"execution_count"`
		Code      string
		Name      string
		Text      string
		Data      dict
		Transient dict
		Status    string
		EName     string
		EValue    string
		Sub       string `json:"subscription"`
		Restart   bool
		Prompt    string
		Password  bool
		CommID    string `json:"comm_id"`
	}
	if err := json.Unmarshal(m.Content, &c); err != nil {
		return m.Header.Type + " " + string(m.Content)
	}
	switch m.Header.Type {
	case "status":
		return c.State
	case "execute_input":
		return fmt.Sprintf("input %s %q", number(c.Count), c.Code)
	case "stream":
		return fmt.Sprintf("%s %q", c.Name, c.Text)
	case "error":
		return fmt.Sprintf("error %s: %s", c.EName, c.EValue)
	case "execute_result":
		return fmt.Sprintf("result %s %v", number(c.Count), c.Data)
	case "display_data", "update_display_data":
		return fmt.Sprintf("%s %v %v", m.Header.Type, c.Data, c.Transient)
	case "execute_reply":
		return strings.Join(strings.Fields(c.Status+" "+number(c.Count)+" "+c.EName), " ")
	case "iopub_welcome":
		return fmt.Sprintf("iopub_welcome %q", c.Sub)
	case "input_request":
		return fmt.Sprintf("ask %q %v", c.Prompt, c.Password)
	case "shutdown_reply":
		return fmt.Sprintf("shutdown_reply %s %v", c.Status, c.Restart)
	case "clear_output", "comm_open", "comm_msg", "comm_close":
		return m.Header.Type + " " + string(m.Content)
	}
	return m.Header.Type
}

// heartbeat sends one beat and waits for it to come back.
func (s *served) heartbeat(beat string) {
	s.t.Helper()
	req := zmq4.NewReq(context.Background())
	defer req.Close()
	if err := req.Dial(s.conn.endpoint(s.conn.HB)); err != nil {
		s.t.Fatal(err)
	}
	if err := req.Send(zmq4.NewMsgString(beat)); err != nil {
		s.t.Fatal(err)
	}
	if m, err := req.Recv(); err != nil || string(m.Bytes()) != beat {
		s.t.Errorf("heartbeat %q came back as %q, %v", beat, m.Bytes(), err)
	}
}

// probe connects to a socket and closes, as VS Code does.
func (s *served) probe(port int) {
	s.t.Helper()
	c, err := net.Dial("unix", strings.TrimPrefix(s.conn.endpoint(port), "ipc://"))
	if err != nil {
		s.t.Fatal(err)
	}
	io.Copy(io.Discard, io.LimitReader(c, 10))
	c.Close()
}

// deadlineIn returns a function that tells whether the time is over. Who looks again and again is held back a little, and takes no processor from what it waits for.
func deadlineIn(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { <-time.After(time.Millisecond); return time.Now().After(end) }
}
