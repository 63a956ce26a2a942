package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/resident-go/resident/kernel/wire"
)

// call sends a request with the token and returns the answer.
func (s *served) call(method, path, body string) (status int, answer []byte) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "token "+testToken)
	a, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	answer, err = io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a.StatusCode, bytes.TrimSpace(answer)
}

// want is call for an answer with this status, decoded.
func want[T any](s *served, status int, method, path, body string) (v T) {
	s.t.Helper()
	got, answer := s.call(method, path, body)
	if got != status {
		s.t.Fatalf("%s %s: status %d, expected %d: %s", method, path, got, status, answer)
	}
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &v); err != nil {
			s.t.Fatalf("%s %s: %s: %v", method, path, answer, err)
		}
	}
	return v
}

func (s *served) start() kernelModel {
	s.t.Helper()
	return want[kernelModel](s, http.StatusCreated, "POST", "/api/kernels", `{"name":"words"}`)
}

// becomes waits until the gateway knows that a kernel is in a state: it listens for itself, and may hear of it later than a client.
func (s *served) becomes(id, state string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		got := want[kernelModel](s, http.StatusOK, "GET", "/api/kernels/"+id, "").State
		if got == state {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the kernel is %s, want %s", got, state)
		}
	}
}

// socket is a WebSocket to a kernel.
type socket struct {
	t       *testing.T
	ws      *websocket.Conn
	session *wire.Session
}

func (s *served) dial(id string, subprotocols ...string) *socket {
	s.t.Helper()
	ws, _, err := websocket.Dial(s.t.Context(), s.http.URL+"/api/kernels/"+id+"/channels?session_id=abc", &websocket.DialOptions{
		Subprotocols: subprotocols, HTTPHeader: http.Header{"Authorization": {"token " + testToken}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(wire.MaxMessage)
	return &socket{s.t, ws, &wire.Session{ID: newID(), Username: "test", Now: s.clock.Now}}
}

// executeRequest is a request that only clients make.
type executeRequest struct {
	Code           string `json:"code"`
	wire.Enclosure `json:"-"`
}

func (executeRequest) MsgType() string { return "execute_request" }

func (c *socket) execute(code string, buffers ...[]byte) (id string) {
	c.t.Helper()
	return c.executeIn("", code, buffers...)
}

// executeIn runs the code of the cell with this id.
func (c *socket) executeIn(cell, code string, buffers ...[]byte) (id string) {
	c.t.Helper()
	r := executeRequest{Code: code}
	if cell != "" {
		r.Metadata = wire.Object(`{"cellId":"` + cell + `"}`)
	}
	m, err := c.session.Request(r)
	if err != nil {
		c.t.Fatal(err)
	}
	m.Buffers = buffers
	data, binary, err := wire.EncodeWebSocket(c.ws.Subprotocol(), wire.Shell, m)
	if err != nil {
		c.t.Fatal(err)
	}
	kind := websocket.MessageText
	if binary {
		kind = websocket.MessageBinary
	}
	if err := c.ws.Write(c.t.Context(), kind, data); err != nil {
		c.t.Fatal(err)
	}
	return m.Header.ID
}

// until reads messages up to the first that satisfies, and returns it.
func (c *socket) until(what string, satisfies func(channel string, m *wire.Message) bool) *wire.Message {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for {
		kind, data, err := c.ws.Read(ctx)
		if err != nil {
			c.t.Fatalf("wait for %s: %v", what, err)
		}
		channel, m, err := wire.DecodeWebSocket(c.ws.Subprotocol(), data, kind == websocket.MessageBinary)
		if err != nil {
			c.t.Fatal(err)
		}
		if satisfies(channel, m) {
			return m
		}
	}
}

// prints runs a cell and returns what it prints, when it is over.
func (c *socket) prints(code string) (text string) {
	c.t.Helper()
	id := c.execute(code)
	replied, idle := false, false
	c.until("the end of "+code, func(channel string, m *wire.Message) bool {
		if m.ParentID() != id {
			return false
		}
		if stream, err := wire.Parse[wire.Stream](m); err == nil && m.Header.Type == "stream" {
			text += stream.Text
		}
		replied = replied || channel == wire.Shell && m.Header.Type == "execute_reply"
		idle = idle || channel == wire.IOPub && isStatus(m, "idle")
		return replied && idle
	})
	return text
}

func isStatus(m *wire.Message, state string) bool {
	var s wire.Status
	return m.Header.Type == "status" && json.Unmarshal(m.Content, &s) == nil && s.State == state
}

// closed waits until the gateway closes, and returns with which code.
func (c *socket) closed() websocket.StatusCode {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for {
		if _, _, err := c.ws.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}
