package zmtp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

const patience = 2 * time.Minute // for what must happen; how fast is not these tests' business

// endpoints are the rows of every test that runs on both transports.
func endpoints(t *testing.T) map[string]string {
	return map[string]string{
		"tcp": "tcp://127.0.0.1:0",
		"ipc": "ipc://" + filepath.Join(t.TempDir(), "s-1"),
	}
}

func dialAddr(s interface{ Addr() net.Addr }) string {
	a := s.Addr()
	if a.Network() == "unix" {
		return "ipc://" + a.String()
	}
	return "tcp://" + a.String()
}

// logs collects what a socket logs.
type logs struct {
	mu    sync.Mutex
	lines []string
	added chan string
}

func newLogs() *logs { return &logs{added: make(chan string, 100)} }

func (l *logs) logf(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	l.added <- line
}

func (l *logs) wait(t *testing.T, want string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line := <-l.added:
			if strings.Contains(line, want) {
				return
			}
		case <-timeout:
			t.Fatalf("no log line with %q, got %q", want, l.lines)
		}
	}
}

func closeSocket(t *testing.T, s interface{ Close(context.Context) error }) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// client is one of zmq4's own sockets.
func client(t *testing.T, make func(context.Context, ...zmq4.Option) zmq4.Socket, addr string, id string) zmq4.Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	s := make(ctx, zmq4.WithID(zmq4.SocketIdentity(id)))
	t.Cleanup(func() { s.Close(); cancel() })
	if err := s.Dial(addr); err != nil {
		t.Fatal(err)
	}
	return s
}

// raw is a connection after its handshake: bytes go through net, whole messages through zmtp.
type raw struct {
	net  net.Conn
	zmtp *zmq4.Conn
}

func dialRaw(t *testing.T, s interface{ Addr() net.Addr }) net.Conn {
	t.Helper()
	c, err := net.Dial(s.Addr().Network(), s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

func dialOpen(t *testing.T, s interface{ Addr() net.Addr }, typ zmq4.SocketType, id string) raw {
	t.Helper()
	c := dialRaw(t, s)
	z, err := zmq4.Open(c, null.Security(), typ, zmq4.SocketIdentity(id), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw{c, z}
}

func (r raw) recv(t *testing.T) [][]byte {
	t.Helper()
	m, err := r.zmtp.RecvMsg()
	if err != nil {
		t.Fatal(err)
	}
	return m.Frames
}

func (r raw) send(t *testing.T, frames ...string) {
	t.Helper()
	if err := r.zmtp.SendMsg(zmq4.NewMsgFromString(frames)); err != nil {
		t.Fatal(err)
	}
}

func bytesOf(frames ...string) [][]byte {
	var b [][]byte
	for _, f := range frames {
		b = append(b, []byte(f))
	}
	return b
}

func wantFrames(t *testing.T, got [][]byte, want ...string) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(b []byte, s string) bool { return string(b) == s }) {
		t.Errorf("got %.100q, want %.100q", got, want)
	}
}

func newRouter(t *testing.T, endpoint string, opts Options) *Router {
	t.Helper()
	r, err := ListenRouter(endpoint, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSocket(t, r) })
	return r
}

func newXPub(t *testing.T, endpoint string, welcome func([]byte) [][]byte, opts Options) *XPub {
	t.Helper()
	x, err := ListenXPub(endpoint, welcome, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSocket(t, x) })
	return x
}

func receive(t *testing.T, r *Router) [][]byte {
	t.Helper()
	select {
	case m := <-r.Messages():
		return m
	case <-time.After(patience):
		t.Fatal("no message arrived")
		return nil
	}
}

func TestRouterAndDealer(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 50<<16)
	rows := [][]string{{"hello"}, {"", "a", ""}, {strings.Repeat("x", 255)}, {strings.Repeat("x", 256), "y"}, {big, "after"}}
	for name, endpoint := range endpoints(t) {
		t.Run(name, func(t *testing.T) {
			r := newRouter(t, endpoint, Options{})
			d := client(t, zmq4.NewDealer, dialAddr(r), "me")
			for _, row := range rows {
				if err := d.Send(zmq4.NewMsgFromString(row)); err != nil {
					t.Fatal(err)
				}
				got := receive(t, r)
				wantFrames(t, got, append([]string{"me"}, row...)...)
				if err := r.Send(got); err != nil {
					t.Fatal(err)
				}
				back, err := d.Recv()
				if err != nil {
					t.Fatal(err)
				}
				wantFrames(t, back.Frames, row...)
			}
			if err := r.Send(bytesOf("nobody", "x")); !errors.Is(err, ErrNoPeer) {
				t.Errorf("send to nobody: got error %v, want %v", err, ErrNoPeer)
			}
			ended, end := context.WithCancel(t.Context())
			end()
			if err := r.WaitFor(ended, []byte("late")); !errors.Is(err, ErrNoPeer) {
				t.Errorf("wait for nobody: got error %v, want %v", err, ErrNoPeer)
			}
			waited := make(chan error)
			go func() { waited <- r.WaitFor(t.Context(), []byte("late")) }()
			client(t, zmq4.NewDealer, dialAddr(r), "other")
			client(t, zmq4.NewDealer, dialAddr(r), "late")
			if err := <-waited; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNamelessPeers have identities given by the router, each its own.
func TestNamelessPeers(t *testing.T) {
	r := newRouter(t, "tcp://127.0.0.1:0", Options{})
	for _, name := range []string{"one", "two"} {
		c := dialOpen(t, r, zmq4.Dealer, "")
		c.send(t, name)
		m := receive(t, r)
		defer func() {
			if err := r.Send(m); err != nil {
				t.Error(err)
			}
			wantFrames(t, c.recv(t), name)
		}()
	}
}

// TestOneIdentity has two clients with one identity, and then one of them that has come back: nobody misses a reply.
func TestOneIdentity(t *testing.T) {
	r := newRouter(t, "tcp://127.0.0.1:0", Options{})
	old := dialOpen(t, r, zmq4.Dealer, "same")
	old.send(t, "first")
	first := receive(t, r)
	young := dialOpen(t, r, zmq4.Dealer, "same")
	young.send(t, "second")
	for _, m := range [][][]byte{receive(t, r), first} {
		if err := r.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []raw{old, young} {
		wantFrames(t, c.recv(t), "second")
		wantFrames(t, c.recv(t), "first")
	}
	old.send(t, "third")
	third := receive(t, r)
	old.net.Close()
	back := dialOpen(t, r, zmq4.Dealer, "same")
	back.send(t, "fourth")
	receive(t, r)
	if err := r.Send(third); err != nil {
		t.Fatal(err)
	}
	wantFrames(t, back.recv(t), "third")
	wantFrames(t, young.recv(t), "third")
}

// TestSilentPeer: a connection that says nothing keeps nobody else waiting, however long it is waited for, and is dropped after the deadline. (Who speaks is not asked
// to have spoken by a deadline: the machine may be busy.)
func TestSilentPeer(t *testing.T) {
	r := newRouter(t, "tcp://127.0.0.1:0", Options{HandshakeTimeout: 2 * patience})
	dialRaw(t, r)
	client(t, zmq4.NewDealer, dialAddr(r), "me").Send(zmq4.NewMsgString("x"))
	wantFrames(t, receive(t, r), "me", "x")

	l := newLogs()
	silent := dialRaw(t, newRouter(t, "tcp://127.0.0.1:0", Options{HandshakeTimeout: 50 * time.Millisecond, Logf: l.logf}))
	if _, err := io.Copy(io.Discard, silent); err != nil {
		t.Errorf("the silent connection ended with %v, expected its end", err)
	}
	l.wait(t, "timeout")
}

// TestHalfSent: a message of which only a part arrives is not delivered, whether the rest is still to come or the
// connection ends; others go on.
func TestHalfSent(t *testing.T) {
	r := newRouter(t, "tcp://127.0.0.1:0", Options{})
	part := append([]byte{flagMore, 5}, "first"...)
	for _, rest := range [][]byte{nil, {0}, {0, 100}, append([]byte{0, 100}, "not all"...)} {
		c := dialOpen(t, r, zmq4.Dealer, "half")
		if _, err := c.net.Write(append(part, rest...)); err != nil {
			t.Fatal(err)
		}
		for _, end := range []func(){func() {}, func() { c.net.Close() }} {
			end()
			d := dialOpen(t, r, zmq4.Dealer, "whole")
			d.send(t, "x")
			wantFrames(t, receive(t, r), "whole", "x")
		}
	}
}

// TestProbe: a front end that connects and closes, to see whether the port is open, is not worth a line in the log.
func TestProbe(t *testing.T) {
	l := newLogs()
	r := newRouter(t, "tcp://127.0.0.1:0", Options{Logf: l.logf})
	for range 10 {
		dialRaw(t, r).Close()
	}
	closeSocket(t, r)
	if len(l.lines) > 0 {
		t.Errorf("logged %q, want nothing", l.lines)
	}
}

func greeting(mechanism string) []byte {
	g := make([]byte, greetingSize)
	g[0], g[9], g[10] = 0xFF, 0x7F, 3
	copy(g[12:], mechanism)
	return g
}

func ready(metadata string) []byte {
	body := "\x05READY" + metadata
	return append([]byte{flagCommand, byte(len(body))}, body...)
}

func frame(flags byte, size uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{flags | flagLong}, size)
}

// TestMalformedHandshake: each row is what a broken peer sends first. Its connection ends; the socket lives on.
func TestMalformedHandshake(t *testing.T) {
	dealer := "\x0bSocket-Type\x00\x00\x00\x06DEALER"
	rows := []struct {
		name string
		sent []byte
	}{
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: a browser that is lost here\r\n\r\n\r\n\r\n")},
		{"old ZMTP", append([]byte{0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1}, make([]byte, 53)...)},
		{"CURVE", greeting("CURVE")},
		{"unknown socket type", append(greeting("NULL"), ready("\x0bSocket-Type\x00\x00\x00\x04NOPE")...)},
		{"wrong socket type", append(greeting("NULL"), ready("\x0bSocket-Type\x00\x00\x00\x03SUB")...)},
		{"no socket type", append(greeting("NULL"), ready("")...)},
		{"name longer than the metadata", append(greeting("NULL"), ready("\xffx")...)},
		{"name without a value", append(greeting("NULL"), ready("\x01x")...)},
		{"value longer than the metadata", append(greeting("NULL"), ready("\x01x\x7f\xff\xff\xff")...)},
		{"half of the metadata", append(greeting("NULL"), ready(dealer[:3])...)},
		{"not READY", append(greeting("NULL"), flagCommand, 6, 5, 'H', 'E', 'L', 'L', 'O')},
		{"a message for READY", append(greeting("NULL"), 0, 1, 'x')},
		{"huge READY", append(greeting("NULL"), frame(flagCommand, 1<<62)...)},
		{"identity with a zero byte", append(greeting("NULL"), ready(dealer+"\x08Identity\x00\x00\x00\x02\x00x")...)},
	}
	r := newRouter(t, "tcp://127.0.0.1:0", Options{})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := dialRaw(t, r)
			if _, err := c.Write(row.sent); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) {
				t.Error("the connection was not closed")
			}
			d := dialOpen(t, r, zmq4.Dealer, "next")
			d.send(t, "x")
			wantFrames(t, receive(t, r), "next", "x")
		})
	}
}

// TestMalformedFrames: each row is what a peer sends after a proper handshake.
func TestMalformedFrames(t *testing.T) {
	rows := []struct {
		name, want string
		sent       []byte
	}{
		{"huge frame", "limit", frame(0, 1<<63)},
		{"frame above the limit", "limit", frame(0, 1<<20+1)},
		{"message above the limit", "limit", slices.Concat(frame(flagMore, 1<<19), make([]byte, 1<<19), frame(flagMore, 1<<19), make([]byte, 1<<19), frame(0, 1))},
		{"endless empty frames", "limit", bytes.Repeat([]byte{flagMore, 0}, 1<<15)},
		{"huge command", "limit", frame(flagCommand, 1<<40)},
		{"empty command", "malformed command", []byte{flagCommand, 0}},
		{"command name too long", "malformed command", []byte{flagCommand, 2, 9, 'x'}},
		{"unknown flags", "unknown flags", []byte{0x80, 0}},
	}
	l := newLogs()
	r := newRouter(t, "tcp://127.0.0.1:0", Options{MaxMessage: 1 << 20, Logf: l.logf})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := dialOpen(t, r, zmq4.Dealer, "broken")
			if _, err := c.net.Write(row.sent); err != nil {
				t.Log(err) // it may have been cut off in the middle
			}
			l.wait(t, row.want)
			d := dialOpen(t, r, zmq4.Dealer, "next")
			d.send(t, "x")
			wantFrames(t, receive(t, r), "next", "x")
		})
	}
}

func TestPing(t *testing.T) {
	r := newRouter(t, "tcp://127.0.0.1:0", Options{})
	c := dialOpen(t, r, zmq4.Dealer, "me")
	if err := c.zmtp.SendCmd(zmq4.CmdPing, []byte("\x00\x00context")); err != nil {
		t.Fatal(err)
	}
	pong, err := c.zmtp.RecvCmd()
	if err != nil || pong.Name != zmq4.CmdPong || string(pong.Body) != "context" {
		t.Errorf("got %s %q, %v, want PONG with the context", pong.Name, pong.Body, err)
	}
	c.send(t, "after")
	wantFrames(t, receive(t, r), "me", "after")
}

func TestHeartbeat(t *testing.T) {
	rep, err := ListenRep("tcp://127.0.0.1:0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeSocket(t, rep)
	req := client(t, zmq4.NewReq, dialAddr(rep), "")
	if err := req.Send(zmq4.NewMsgString("ping\x00\xff")); err != nil {
		t.Fatal(err)
	}
	m, err := req.Recv()
	if err != nil {
		t.Fatal(err)
	}
	wantFrames(t, m.Frames, "ping\x00\xff")
	// A DEALER may speak to a REP, too, with or without the empty frame in front.
	d := dialOpen(t, rep, zmq4.Dealer, "")
	d.send(t, "", "a", "b")
	wantFrames(t, d.recv(t), "", "a", "b")
}

func TestIPCStaleFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s-1")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ListenRouter("ipc://"+path, Options{}); err == nil {
		t.Error("the socket file of a living process was taken over")
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false) // as after SIGKILL
	ln.Close()
	r := newRouter(t, "ipc://"+path, Options{})
	c := dialOpen(t, r, zmq4.Dealer, "me")
	c.send(t, "x")
	wantFrames(t, receive(t, r), "me", "x")
}

func TestBadEndpoints(t *testing.T) {
	for _, endpoint := range []string{"", "tcp", "udp://127.0.0.1:0", "tcp://127.0.0.1:99999", "ipc:///does/not/exist/x"} {
		r, err := ListenRouter(endpoint, Options{})
		if r != nil || err == nil || !strings.Contains(err.Error(), endpoint) {
			t.Errorf("%q: got %v and error %v, want one that names it", endpoint, r, err)
		}
	}
}
