package zmtp

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

// Conn is one connection to a socket that somebody else has bound. It is not made again when it ends. Several goroutines may send, one may receive.
type Conn struct {
	frames *framing
	conn   *zmq4.Conn

	mu sync.Mutex // of sending
}

// DialDealer connects to a ROUTER socket under a routing identity; with none, the socket gives one.
func DialDealer(ctx context.Context, endpoint, identity string, o Options) (*Conn, error) {
	return dial(ctx, endpoint, zmq4.Dealer, identity, o)
}

// DialSub connects to a PUB or XPUB socket and subscribes to all that it publishes.
func DialSub(ctx context.Context, endpoint string, o Options) (*Conn, error) {
	c, err := dial(ctx, endpoint, zmq4.Sub, "", o)
	if err != nil {
		return nil, err
	}
	if err := c.Send([][]byte{{1}}); err != nil {
		c.Close()
		return nil, fmt.Errorf("subscribe at %s: %w", endpoint, err)
	}
	return c, nil
}

func dial(ctx context.Context, endpoint string, typ zmq4.SocketType, identity string, o Options) (c *Conn, err error) {
	defer func() {
		if r := recover(); r != nil { // see socket.handshake
			err = fmt.Errorf("malformed handshake: %v", r)
		}
		if err != nil {
			c, err = nil, fmt.Errorf("connect %s socket to %s: %w", typ, endpoint, err)
		}
	}()
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, o.HandshakeTimeout)
	defer cancel()
	raw, err := dialNet(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	c = &Conn{frames: newFraming(raw, o.MaxMessage, func() {}, func(string, []byte) {})}
	c.conn, err = zmq4.Open(c.frames, null.Security(), typ, zmq4.SocketIdentity(identity), false, nil)
	if !stop() {
		return nil, ctx.Err()
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	c.frames.ready()
	return c, nil
}

func dialNet(ctx context.Context, endpoint string) (net.Conn, error) {
	scheme, addr, _ := strings.Cut(endpoint, "://")
	network := map[string]string{"tcp": "tcp", "ipc": "unix"}[scheme]
	if network == "" {
		return nil, fmt.Errorf("expected tcp://host:port or ipc://path")
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

// Send sends one message.
func (c *Conn) Send(frames [][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.conn.SendMsg(zmq4.NewMsgFrom(frames...)); err != nil {
		return err
	}
	return c.frames.flush()
}

// Receive returns the next message. The frames are the receiver's.
func (c *Conn) Receive() ([][]byte, error) {
	m, err := c.conn.RecvMsg()
	return m.Frames, err
}

// Close ends the connection at once, and whatever waits for it.
func (c *Conn) Close() error { return c.frames.Close() }
