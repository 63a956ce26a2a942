package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Header says what a message is.
type Header struct {
	ID         string `json:"msg_id"`
	Session    string `json:"session"`
	Username   string `json:"username"`
	Date       string `json:"date"`
	Type       string `json:"msg_type"`
	Version    string `json:"version"`
	SubshellID string `json:"subshell_id,omitempty"`
}

// Message is one message. Its JSON parts are kept as bytes: what came in is signed and passed on as it is.
// A Message is not changed after it was made, so it may be shared between goroutines.
type Message struct {
	Identities [][]byte // routing identities; on iopub the topic
	Header     Header
	Parent     json.RawMessage // the header of the request, or {}
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte

	header json.RawMessage // Header as sent
}

// ParentID returns the msg_id of the parent header, "" when there is none.
func (m *Message) ParentID() string {
	var h Header
	if json.Unmarshal(m.Parent, &h) != nil {
		return ""
	}
	return h.ID
}

// String is the message on one line, for traces.
func (m *Message) String() string {
	buffers := 0
	for _, b := range m.Buffers {
		buffers += len(b)
	}
	return fmt.Sprintf("%s id=%s parent=%s identities=%q metadata=%s content=%s buffers=%d/%d",
		m.Header.Type, m.Header.ID, m.ParentID(), m.Identities, m.Metadata, m.Content, len(m.Buffers), buffers)
}

// Content is what may be sent: the structs of this package.
type Content interface {
	// MsgType is the msg_type that this content has when it is not an answer; "" for those that only are answers.
	MsgType() string
}

// Session makes the messages of one kernel process, or of a program that talks to one. All methods may be called from several goroutines.
type Session struct {
	ID       string // new in every process: front ends notice a restart by it
	Username string
	Now      func() time.Time

	sent atomic.Int64
}

// Reply answers a request: same identities, the request's header as parent, x_request becomes x_reply.
func (s *Session) Reply(req *Message, c Content) (*Message, error) {
	return s.message(req.Identities, strings.TrimSuffix(req.Header.Type, "_request")+"_reply", req, c)
}

// Publish makes a message for everyone who listens on iopub. The parent is the request that caused it, nil when none did.
func (s *Session) Publish(parent *Message, c Content) (*Message, error) {
	return s.message([][]byte{s.topic(c)}, c.MsgType(), parent, c)
}

// Request makes a message to a kernel.
func (s *Session) Request(c Content) (*Message, error) {
	return s.message(nil, c.MsgType(), nil, c)
}

// Ask makes a question to the front end that sent the request.
func (s *Session) Ask(req *Message, q InputRequest) (*Message, error) {
	return s.message(req.Identities, q.MsgType(), req, q)
}

// Announce makes the broadcast form of a reply, such as the shutdown_reply on iopub. It is a message of its own, with
// its own id: front ends refuse to see the same signature twice.
func (s *Session) Announce(req *Message, c Content) (*Message, error) {
	m, err := s.Reply(req, c)
	if err != nil {
		return nil, err
	}
	m.Identities = [][]byte{[]byte("kernel." + s.ID + "." + m.Header.Type)}
	return m, nil
}

// Welcome greets a new subscription on iopub; the topic frame is the subscription itself.
func (s *Session) Welcome(subscription []byte) (*Message, error) {
	return s.message([][]byte{subscription}, "iopub_welcome", nil, IOPubWelcome{Subscription: string(subscription)})
}

func (s *Session) topic(c Content) []byte { return []byte("kernel." + s.ID + "." + c.MsgType()) }

func (s *Session) message(ids [][]byte, msgType string, parent *Message, c Content) (*Message, error) {
	m := &Message{
		Identities: ids,
		Header: Header{
			ID:       fmt.Sprintf("%s_%d", s.ID, s.sent.Add(1)),
			Session:  s.ID,
			Username: s.Username,
			// At most six digits of a second: Python's parser takes no more.
			Date:    s.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
			Type:    msgType,
			Version: ProtocolVersion,
		},
		Parent:   json.RawMessage("{}"),
		Metadata: json.RawMessage("{}"),
	}
	if parent != nil {
		m.Parent = parent.header
	}
	if e, ok := c.(enclosing); ok {
		m.Metadata, m.Buffers = e.enclosed()
	}
	var err error
	if m.header, err = json.Marshal(m.Header); err != nil {
		return nil, fmt.Errorf("encode header of %s: %w", msgType, err)
	}
	if m.Content, err = marshal(c); err != nil {
		return nil, fmt.Errorf("encode content of %s: %w", msgType, err)
	}
	return m, nil
}
