package zmtp

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"
)

// peer is one connection after its handshake: a reader goroutine (socket.serve) and a writer goroutine.
type peer struct {
	socket *socket
	frames *framing
	conn   *zmq4.Conn
	id     string
	queue  *queue

	flushed atomic.Bool // the queue was closed and everything in it was sent
}

// farewell is how long a peer that was told goodbye may keep its side open.
const farewell = 250 * time.Millisecond

func newPeer(s *socket, c net.Conn) *peer {
	p := &peer{socket: s, queue: newQueue(s.opts.QueueMessages, s.opts.QueueBytes)}
	p.frames = newFraming(c, s.opts.MaxMessage, func() { p.queue.moved.Add(1) }, p.command)
	return p
}

// read delivers messages until the connection ends.
func (p *peer) read() error {
	for {
		msg, err := p.conn.RecvMsg()
		if err != nil {
			return err
		}
		if len(msg.Frames) > 0 && !p.socket.isClosing() {
			p.socket.role.message(p, msg.Frames)
		}
	}
}

func (p *peer) command(name string, body []byte) {
	switch name {
	case zmq4.CmdPing:
		// Two bytes of time to live, then a context that comes back. When the queue is full the peer is not
		// reading, and a PONG more would not help it.
		if len(body) >= 2 {
			p.queue.offer(item{command: zmq4.CmdPong, frames: [][]byte{body[2:]}})
		}
	case zmq4.CmdPong:
	default:
		p.socket.role.command(p, name, body)
	}
}

// send puts a message into the queue; it waits while the queue is full and moves. It returns false when the peer is gone.
func (p *peer) send(frames [][]byte) bool {
	err := p.queue.put(item{frames: frames}, p.socket.opts.StallTimeout)
	if errors.Is(err, errStalled) {
		p.socket.opts.Logf("%s socket: %s does not read; disconnected", p.socket.typ, p.frames.RemoteAddr())
		p.end()
	}
	return err == nil
}

// write sends what is in the queue until it is closed and empty, or the connection fails.
func (p *peer) write() {
	for {
		it, ok := p.queue.take(p.frames.flush)
		if !ok {
			break
		}
		if err := p.writeItem(it); err != nil {
			p.fail(err)
			return
		}
	}
	if err := p.finish(); err != nil {
		p.fail(err)
	}
}

// finish says goodbye and leaves the peer some time to do so too. Everything is with the operating system by then, and
// arrives unless the peer goes on sending to a connection that is closed.
func (p *peer) finish() error {
	if err := p.frames.flush(); err != nil {
		return err
	}
	p.flushed.Store(true)
	if err := p.frames.closeWrite(); err != nil {
		return err
	}
	return p.frames.SetReadDeadline(time.Now().Add(farewell))
}

func (p *peer) writeItem(it item) error {
	if it.err != nil {
		return it.err
	}
	if it.command != "" {
		return p.conn.SendCmd(it.command, it.frames[0])
	}
	return p.conn.SendMsg(zmq4.NewMsgFrom(it.frames...))
}

func (p *peer) fail(err error) {
	p.socket.quarrel(p.frames, err)
	p.end()
}

// end closes the connection at once and lets go of everyone who waits for it.
func (p *peer) end() {
	p.queue.abandon()
	p.frames.Close()
}

// isClosed tells an ordinary end of a connection from a failure.
func isClosed(err error) bool {
	for _, end := range []error{io.EOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, zmq4.ErrClosedConn} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}
