package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/resident-go/resident/kernel/wire"
)

const (
	// exitGrace is how long a kernel may take to end after it has closed its sockets.
	exitGrace = 3 * time.Second
	// stallGrace is how long a client may take nothing before it is disconnected.
	stallGrace = 30 * time.Second
)

// errStalled says that a connection to a kernel has ended which lives, most likely since the client did not read.
var errStalled = errors.New("the connection to the kernel has ended")

// channels carries messages between a WebSocket and a kernel, over restarts of the kernel.
func (g *Gateway) channels(w http.ResponseWriter, r *http.Request) {
	k, err := g.kernels.get(r.PathValue("id"))
	if err != nil {
		fail(w, http.StatusNotFound, err.Error())
		return
	}
	// The origin has been checked by Access.
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.WebSocketV1}, InsecureSkipVerify: true})
	if err != nil {
		g.cfg.Logf("kernel %s: %v", k.id, err)
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(wire.MaxMessage)
	k.clientJoined()
	defer k.clientLeft()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	c := &client{kernel: k, ws: ws, session: g.session, changed: make(chan struct{})}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer cancel()
		c.read(ctx)
	})
	switch err := c.serve(ctx); {
	case errors.Is(err, errGone):
		c.tell(ctx, dead)
		ws.Close(websocket.StatusNormalClosure, "the kernel is gone")
	case errors.Is(err, errStalled):
		g.cfg.Logf("kernel %s: %v", k.id, err)
		ws.Close(websocket.StatusTryAgainLater, errStalled.Error())
	}
	cancel()
	reading.Wait()
}

// client is one WebSocket.
type client struct {
	kernel  *kernel
	ws      *websocket.Conn
	session *wire.Session // for what the gateway says itself

	mu      sync.Mutex
	link    *link
	changed chan struct{} // closed, and replaced, when link is set
}

// serve carries what the kernel says, until the client or the kernel is gone.
func (c *client) serve(ctx context.Context) error {
	var old *process
	for {
		p, err := c.kernel.process(ctx, old)
		if err != nil {
			return err
		}
		why := c.carry(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !p.ends(ctx, exitGrace) {
			return fmt.Errorf("%w: %v", errStalled, why)
		}
		if !p.asked.Load() {
			c.tell(ctx, restarting)
		}
		old = p
	}
}

// carry carries what one process says, until it ends or the client does not take it.
func (c *client) carry(ctx context.Context, p *process) error {
	l, err := p.connect(ctx)
	if err != nil {
		return err
	}
	c.set(l)
	defer c.set(nil)
	defer context.AfterFunc(ctx, l.close)()
	return l.pump(func(channel string, m *wire.Message) error { return c.write(ctx, channel, m) })
}

func (c *client) set(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link = l
	close(c.changed)
	c.changed = make(chan struct{})
}

// current waits for a link.
func (c *client) current(ctx context.Context) (*link, error) {
	for {
		c.mu.Lock()
		l, changed := c.link, c.changed
		c.mu.Unlock()
		if l != nil {
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// read carries what the client says until it has said all. While the kernel restarts, it waits.
func (c *client) read(ctx context.Context) {
	for {
		kind, data, err := c.ws.Read(ctx)
		if err != nil {
			return
		}
		channel, m, err := wire.DecodeWebSocket(c.ws.Subprotocol(), data, kind == websocket.MessageBinary)
		if err != nil {
			c.kernel.logf("kernel %s: message dropped: %v", c.kernel.id, err)
			continue
		}
		l, err := c.current(ctx)
		if err != nil {
			return
		}
		c.kernel.touch()
		if channel == wire.Shell {
			c.kernel.written.asked(m)
		}
		if err := l.send(channel, m); err != nil {
			c.kernel.logf("kernel %s: %s on %s dropped: %v", c.kernel.id, m.Header.Type, channel, err)
		}
	}
}

func (c *client) write(ctx context.Context, channel string, m *wire.Message) error {
	if m.Header.Type == "iopub_welcome" { // is about the gateway's subscription
		return nil
	}
	data, binary, err := wire.EncodeWebSocket(c.ws.Subprotocol(), channel, m)
	if err != nil {
		return err
	}
	kind := websocket.MessageText
	if binary {
		kind = websocket.MessageBinary
	}
	ctx, cancel := context.WithTimeout(ctx, stallGrace)
	defer cancel()
	return c.ws.Write(ctx, kind, data)
}

// tell says what has become of the kernel, in the kernel's place.
func (c *client) tell(ctx context.Context, state string) {
	m, err := c.session.Publish(nil, wire.Status{State: state})
	if err == nil {
		err = c.write(ctx, wire.IOPub, m)
	}
	if err != nil && ctx.Err() == nil {
		c.kernel.logf("kernel %s: tell that it is %s: %v", c.kernel.id, state, err)
	}
}
