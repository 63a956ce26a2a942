package kernel

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"os/user"
	"sync"
	"time"

	"github.com/resident-go/resident/kernel/wire"
	"github.com/resident-go/resident/kernel/zmtp"
)

// link is the connection to the front ends: the five sockets, and messages in and out of them.
type link struct {
	conn    connection
	codec   *wire.Codec
	session *wire.Session
	log     *log.Logger
	tracer

	shell, control, stdin *zmtp.Router
	iopub                 *zmtp.XPub
	heartbeat             *zmtp.Rep
}

func newLink(conn connection, logger *log.Logger, trace io.Writer) (*link, error) {
	l := &link{
		conn:    conn,
		codec:   wire.NewCodec(conn.Key),
		session: &wire.Session{ID: newID(), Username: username(), Now: time.Now},
		log:     logger,
		tracer:  tracer{out: trace},
	}
	if err := l.bind(); err != nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return nil, errors.Join(err, l.close(ctx))
	}
	return l, nil
}

// bind opens the heartbeat first: a front end that finds it alive may take its time with the others.
func (l *link) bind() error {
	c := &l.conn
	opts := zmtp.Options{Logf: l.log.Printf, MaxMessage: wire.MaxMessage, Curve: c.curve}
	var err error
	if l.heartbeat, err = zmtp.ListenRep(c.endpoint(c.HB), opts); err != nil {
		return err
	}
	bound(&c.HB, l.heartbeat.Addr())
	if l.iopub, err = zmtp.ListenXPub(c.endpoint(c.IOPub), l.welcome, opts); err != nil {
		return err
	}
	bound(&c.IOPub, l.iopub.Addr())
	if l.control, err = zmtp.ListenRouter(c.endpoint(c.Control), opts); err != nil {
		return err
	}
	bound(&c.Control, l.control.Addr())
	if l.stdin, err = zmtp.ListenRouter(c.endpoint(c.Stdin), opts); err != nil {
		return err
	}
	bound(&c.Stdin, l.stdin.Addr())
	if l.shell, err = zmtp.ListenRouter(c.endpoint(c.Shell), opts); err != nil {
		return err
	}
	bound(&c.Shell, l.shell.Addr())
	return nil
}

// close delivers what was sent and closes the sockets, all at the same time.
func (l *link) close(ctx context.Context) error {
	var closers []func(context.Context) error
	for _, r := range []*zmtp.Router{l.shell, l.control, l.stdin} {
		if r != nil {
			closers = append(closers, r.Close)
		}
	}
	if l.iopub != nil {
		closers = append(closers, l.iopub.Close)
	}
	if l.heartbeat != nil {
		closers = append(closers, l.heartbeat.Close)
	}
	errs := make([]error, len(closers))
	var wg sync.WaitGroup
	for i, c := range closers {
		wg.Go(func() { errs[i] = c(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// receive decodes a message; it returns nil, after a line in the log, for one that cannot be used.
func (l *link) receive(channel string, frames [][]byte) *wire.Message {
	m, err := l.codec.Decode(frames)
	if err != nil {
		l.log.Printf("message on %s dropped: %v", channel, err)
		return nil
	}
	l.trace("->", channel, m)
	return m
}

// reply answers a request on the socket on which it came.
func (l *link) reply(channel string, req *wire.Message, c wire.Content) {
	m, err := l.session.Reply(req, c)
	if err == nil {
		err = l.send(channel, m)
	}
	if err != nil {
		l.log.Printf("answer to %s on %s: %v", req.Header.Type, channel, err)
	}
}

// publish sends to everyone who listens. The parent is the request that caused it, nil when none did.
func (l *link) publish(parent *wire.Message, c wire.Content) {
	m, err := l.session.Publish(parent, c)
	if err == nil {
		err = l.send(wire.IOPub, m)
	}
	if err != nil {
		l.log.Printf("publish %s: %v", c.MsgType(), err)
	}
}

// announce publishes a reply.
func (l *link) announce(req *wire.Message, c wire.Content) {
	m, err := l.session.Announce(req, c)
	if err == nil {
		err = l.send(wire.IOPub, m)
	}
	if err != nil {
		l.log.Printf("announce answer to %s: %v", req.Header.Type, err)
	}
}

// during publishes busy, does the work, and publishes idle.
func (l *link) during(req *wire.Message, work func()) {
	l.publish(req, wire.Status{State: "busy"})
	defer l.publish(req, wire.Status{State: "idle"})
	work()
}

func (l *link) send(channel string, m *wire.Message) error {
	frames, err := l.codec.Encode(m)
	if err != nil {
		return err
	}
	l.trace("<-", channel, m)
	switch channel {
	case wire.IOPub:
		return l.iopub.Send(frames)
	case wire.Control:
		return l.control.Send(frames)
	case wire.Stdin:
		return l.stdin.Send(frames)
	}
	return l.shell.Send(frames)
}

// welcome is what a new subscriber of iopub is sent first.
func (l *link) welcome(topic []byte) [][]byte {
	m, err := l.session.Welcome(topic)
	if err != nil {
		l.log.Printf("welcome: %v", err)
		return nil
	}
	frames, err := l.codec.Encode(m)
	if err != nil {
		l.log.Printf("welcome: %v", err)
		return nil
	}
	l.trace("<-", wire.IOPub, m)
	return frames
}

// tracer writes one line for each message.
type tracer struct {
	mu  sync.Mutex
	out io.Writer
}

func (t *tracer) trace(arrow, channel string, m *wire.Message) {
	if t.out == nil {
		return
	}
	note := ""
	if arrow == "<-" {
		if err := wire.Check(channel, m); err != nil {
			note = " INVALID: " + err.Error()
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "%s %s %-7s %s%s\n", time.Now().Format("15:04:05.000000"), arrow, channel, m, note)
}

func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func username() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "kernel"
}
