// Package comm lets cells and front ends send messages to each other: the comms of Jupyter's messaging protocol.
//
// A comm is a connection that either side opens, by the name of a target that the other side knows, and closes. What is sent
// on it is JSON, and any number of binary buffers beside it. Widgets (kernel/widget) are the use that most people know.
//
//	comm.Handle("clock", func(c *comm.Comm, opening comm.Message) {
//		c.OnMessage(func(m comm.Message) { c.Send(map[string]any{"now": time.Now()}) })
//	})
//
// Rules:
//   - functions given to Handle, OnMessage and OnClose run in the worker, also while a cell runs, each message in a goroutine of
//     its own; a front end waits with the next one until they have returned;
//   - what they print and show goes out as an answer to the message;
//   - a comm is known from its opening to its close by either side; what is sent on another one is dropped.
//
// In an ordinary program, with no front end around, nothing is sent and nothing ever comes.
package comm

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
)

// Kind says what a message does.
type Kind string

// The three kinds of messages, by their names in the protocol.
const (
	Opened Kind = "comm_open"
	Sent   Kind = "comm_msg"
	Closed Kind = "comm_close"
)

// Left is a message to the kernel alone, see [Comm.Leave].
const Left Kind = "comm_left"

// Message is one message on a comm, in either direction.
type Message struct {
	Kind     Kind
	ID       string          // of the comm
	Target   string          `json:",omitempty"` // Opened: who shall have it
	Data     json.RawMessage `json:",omitempty"` // an object; none is {}
	Metadata json.RawMessage `json:",omitempty"` // an object; none is {}
	Buffers  [][]byte        `json:",omitempty"`
}

// Sink is what a sink of outputs (nbformat.Sink) is besides when there is a front end behind it that keeps comms.
type Sink interface {
	// Comm sends a message, in order with the outputs.
	Comm(Message)
	// Request is the id of the message that is being answered. Output widgets find by it what to show.
	Request() string
}

// Front is the way to the front end.
type Front interface {
	Send(Message)
	Request() string // see Sink; "" when nothing is being answered
}

// Seam is the kernel's end. The worker sets it before the first cell runs, and nobody else should.
var Seam Front = nowhere{}

// nowhere is the front of an ordinary program.
type nowhere struct{}

func (nowhere) Send(Message)    {}
func (nowhere) Request() string { return "" }

// Comm is one open comm. Its methods may be called from several goroutines.
type Comm struct {
	id, target string

	mu        sync.Mutex
	onMessage func(Message)
	onClose   func(Message)
}

// open holds the open comms by id, and who is asked when a front end opens one.
var open = struct {
	sync.Mutex
	comms   map[string]*Comm
	targets map[string]func(*Comm, Message)
}{comms: map[string]*Comm{}, targets: map[string]func(*Comm, Message){}}

// Handle makes a target known: opened is called with each comm that a front end opens for it. A nil function makes it unknown.
func Handle(target string, opened func(c *Comm, m Message)) {
	open.Lock()
	defer open.Unlock()
	if opened == nil {
		delete(open.targets, target)
		return
	}
	open.targets[target] = opened
}

// Open opens a comm for a target of the front end. Data and metadata are encoded as JSON; both must be objects, or nil.
func Open(target string, data, metadata any, buffers ...[]byte) (*Comm, error) {
	c := &Comm{id: rand.Text(), target: target}
	m := Message{Kind: Opened, ID: c.id, Target: target, Buffers: buffers}
	var err error
	if m.Data, err = object(data); err != nil {
		return nil, fmt.Errorf("open a comm for %s: data: %w", target, err)
	}
	if m.Metadata, err = object(metadata); err != nil {
		return nil, fmt.Errorf("open a comm for %s: metadata: %w", target, err)
	}
	open.Lock()
	open.comms[c.id] = c
	open.Unlock()
	Seam.Send(m)
	return c, nil
}

// ID is the comm's name on both sides.
func (c *Comm) ID() string { return c.id }

// OnMessage sets what is called with each message of the front end.
func (c *Comm) OnMessage(f func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onMessage = f
}

// OnClose sets what is called when the front end closes the comm.
func (c *Comm) OnClose(f func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onClose = f
}

// Send sends data, encoded as JSON, and buffers. The data must be an object, or nil. On a closed comm it does nothing.
func (c *Comm) Send(data any, buffers ...[]byte) error {
	raw, err := object(data)
	if err != nil {
		return fmt.Errorf("send on the comm of %s: %w", c.target, err)
	}
	if find(c.id) == c {
		Seam.Send(Message{Kind: Sent, ID: c.id, Data: raw, Buffers: buffers})
	}
	return nil
}

// Leave leaves a last message with the kernel. When the process behind the comm ends and the comm is open, the front end is sent this instead of the
// comm's close, and can go on showing what it has, as something that has ended. The last call counts.
func (c *Comm) Leave(data any) error {
	raw, err := object(data)
	if err != nil {
		return fmt.Errorf("leave a message on the comm of %s: %w", c.target, err)
	}
	if find(c.id) == c {
		Seam.Send(Message{Kind: Left, ID: c.id, Data: raw})
	}
	return nil
}

// Close closes the comm, unless that has been done.
func (c *Comm) Close() {
	if forget(c.id) != nil {
		Seam.Send(Message{Kind: Closed, ID: c.id})
	}
}

// Deliver hands a message of a front end to whom it is for, and returns when that has been dealt with. The worker calls it.
func Deliver(m Message) {
	switch m.Kind {
	case Opened:
		accept(m)
	case Sent:
		if c := find(m.ID); c != nil {
			call(c, &c.onMessage, m)
		}
	case Closed:
		if c := forget(m.ID); c != nil {
			call(c, &c.onClose, m)
		}
	}
}

// accept takes a comm that a front end opens, or closes it at once, which is how the protocol says no.
func accept(m Message) {
	open.Lock()
	opened := open.targets[m.Target]
	c := &Comm{id: m.ID, target: m.Target}
	if opened != nil {
		open.comms[c.id] = c
	}
	open.Unlock()
	if opened == nil {
		Seam.Send(Message{Kind: Closed, ID: m.ID})
		return
	}
	opened(c, m)
}

// call calls one of a comm's functions, if it is set.
func call(c *Comm, which *func(Message), m Message) {
	c.mu.Lock()
	f := *which
	c.mu.Unlock()
	if f != nil {
		f(m)
	}
}

func find(id string) *Comm {
	open.Lock()
	defer open.Unlock()
	return open.comms[id]
}

func forget(id string) *Comm {
	open.Lock()
	defer open.Unlock()
	c := open.comms[id]
	delete(open.comms, id)
	return c
}

// object encodes what is sent; nil is left out.
func object(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 || raw[0] != '{' {
		return nil, fmt.Errorf("%T is no JSON object", v)
	}
	return raw, nil
}
