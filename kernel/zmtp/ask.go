package zmtp

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

// Ask connects to a socket that somebody else has bound, as a DEALER, sends a message, and returns the one that comes back. The context ends the
// wait.
func Ask(ctx context.Context, endpoint string, frames [][]byte) (answer [][]byte, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("ask %s: %w", endpoint, err)
		}
	}()
	scheme, addr, _ := strings.Cut(endpoint, "://")
	network := map[string]string{"tcp": "tcp", "ipc": "unix"}[scheme]
	if network == "" {
		return nil, fmt.Errorf("expected tcp://host:port or ipc://path")
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	answer, err = exchange(c, frames)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return answer, err
}

func exchange(c net.Conn, frames [][]byte) (answer [][]byte, err error) {
	defer func() {
		if r := recover(); r != nil { // see socket.handshake
			err = fmt.Errorf("malformed handshake: %v", r)
		}
	}()
	conn, err := zmq4.Open(c, null.Security(), zmq4.Dealer, nil, false, nil)
	if err != nil {
		return nil, err
	}
	if err := conn.SendMsg(zmq4.NewMsgFrom(frames...)); err != nil {
		return nil, err
	}
	m, err := conn.RecvMsg()
	return m.Frames, err
}
