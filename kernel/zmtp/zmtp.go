// Package zmtp is the three ZeroMQ sockets that a kernel binds: [Router], [XPub] and [Rep].
//
// They stand on zmq4's Conn, which does the greeting, the security handshake and the framing over one net.Conn. The
// sockets themselves are ours, because what a kernel must promise is about many peers at once:
//   - each connection shakes hands in a goroutine of its own, under a deadline: a silent or closing one costs nobody
//     else anything;
//   - each connection has a bounded queue and a writer. A peer that does not read for a while loses nothing. When its
//     queue is full the sender waits for it; when it then takes nothing for some seconds, it is disconnected. Nothing is
//     ever dropped silently, and no other peer loses anything;
//   - connections with the same routing identity do not disturb each other: what is sent to it goes to all of them (Router);
//   - subscriptions are seen, in both of their forms (XPub);
//   - PING is answered with PONG and never delivered as a message;
//   - frames above a limit are refused before memory is taken for them;
//   - with keys, everything is encrypted by CURVE, and peers without it are turned away;
//   - Close waits until what was sent has arrived, as long as its context allows.
//
// A [Conn] is one connection of a program that talks to such a socket, as a DEALER or a SUB.
//
// Transports are tcp and ipc. Not here: what messages mean.
package zmtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

// Options are the limits of a socket. The zero value of a field means the default.
type Options struct {
	Logf func(format string, args ...any) // what went wrong with a connection; default: nothing

	HandshakeTimeout time.Duration // from accept to the end of the handshake; default 10 s
	StallTimeout     time.Duration // how long a peer with a full queue may take nothing; default 5 s
	QueueMessages    int           // messages that wait for one peer; default 16384
	QueueBytes       int           // bytes that wait for one peer; default 64 MB
	MaxMessage       int64         // bytes of one incoming message; default 256 MB

	Curve *CurveKeys // encrypt everything, and let in only who knows the public key; default: neither
}

func (o Options) withDefaults() Options {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.HandshakeTimeout == 0 {
		o.HandshakeTimeout = 10 * time.Second
	}
	if o.StallTimeout == 0 {
		o.StallTimeout = 5 * time.Second
	}
	if o.QueueMessages == 0 {
		o.QueueMessages = 16384
	}
	if o.QueueBytes == 0 {
		o.QueueBytes = 64 << 20
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = 256 << 20
	}
	return o
}

// role is what distinguishes the socket types. Its methods are called from the goroutine of the peer.
type role interface {
	joined(*peer) error               // the handshake is over
	message(p *peer, frames [][]byte) // the peer sent a message; the frames are the receiver's
	command(p *peer, name string, body []byte)
	left(*peer)
}

// socket is what the three types share: a listener and its peers.
type socket struct {
	opts Options
	typ  zmq4.SocketType
	role role
	ln   net.Listener

	closing chan struct{} // closed when Close begins
	running sync.WaitGroup

	mu    sync.Mutex
	peers map[*peer]bool    // those whose handshake is over
	young map[net.Conn]bool // those that still shake hands
}

// listen binds and begins to accept. The role must be ready to be called.
func listen(endpoint string, typ zmq4.SocketType, r role, opts Options) (*socket, error) {
	ln, err := bind(endpoint)
	if err != nil {
		return nil, fmt.Errorf("bind %s socket to %s: %w", typ, endpoint, err)
	}
	s := &socket{
		opts: opts.withDefaults(), typ: typ, role: r, ln: ln,
		closing: make(chan struct{}),
		peers:   map[*peer]bool{},
		young:   map[net.Conn]bool{},
	}
	s.running.Go(s.accept)
	return s, nil
}

// Addr is the address bound; with port 0 in the endpoint it tells the port.
func (s *socket) Addr() net.Addr { return s.ln.Addr() }

func (s *socket) accept() {
	for {
		c, err := s.ln.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			// Out of descriptors, most likely. Others may close some; accepting again at once would only spin.
			s.opts.Logf("%s socket: accept: %v", s.typ, err)
			select {
			case <-s.closing:
				return
			case <-time.After(100 * time.Millisecond):
			}
		default:
			s.running.Go(func() { s.serve(c) })
		}
	}
}

// serve is the life of one connection, in its reader goroutine.
func (s *socket) serve(c net.Conn) {
	defer c.Close()
	if !s.enter(c) {
		return
	}
	p, err := s.handshake(c)
	s.leave(c)
	if err != nil {
		s.quarrel(c, err)
		return
	}
	if !s.add(p) {
		return
	}
	s.running.Go(p.write)
	if err := p.read(); !p.flushed.Load() {
		s.quarrel(c, err)
	}
	p.end()
	s.remove(p)
}

// quarrel logs why a connection ended, unless it just closed: front ends probe ports that way.
func (s *socket) quarrel(c net.Conn, err error) {
	if !isClosed(err) {
		s.opts.Logf("%s socket: connection from %s dropped: %v", s.typ, c.RemoteAddr(), err)
	}
}

func (s *socket) enter(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosing() {
		return false
	}
	s.young[c] = true
	return true
}

func (s *socket) leave(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.young, c)
}

func (s *socket) add(p *peer) bool {
	if err := s.role.joined(p); err != nil {
		s.quarrel(p.frames, err)
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosing() {
		s.role.left(p)
		return false
	}
	s.peers[p] = true
	return true
}

func (s *socket) remove(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
	s.role.left(p)
}

func (s *socket) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// handshake makes a peer of a connection. zmq4 panics on some malformed handshakes (an unknown socket type, lengths that
// point outside of the metadata); that must end this connection, not the kernel.
func (s *socket) handshake(c net.Conn) (p *peer, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("malformed handshake: %v", r)
		}
	}()
	if err := c.SetDeadline(time.Now().Add(s.opts.HandshakeTimeout)); err != nil {
		return nil, err
	}
	p = newPeer(s, c)
	security := null.Security()
	if s.opts.Curve != nil {
		p.frames.curve = &curve{keys: s.opts.Curve}
		security = p.frames.curve
	}
	p.conn, err = zmq4.Open(p.frames, security, s.typ, nil, true, nil)
	if err != nil {
		return nil, err
	}
	p.id = p.conn.Peer.Meta["Identity"]
	p.frames.ready()
	return p, c.SetDeadline(time.Time{})
}

// Close stops accepting, delivers what was sent, and disconnects everyone. It waits for the peers to take what is
// theirs until the context ends; then it returns an error that says how many did not.
func (s *socket) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.isClosing() {
		s.mu.Unlock()
		return nil
	}
	close(s.closing)
	err := s.ln.Close()
	for c := range s.young {
		c.Close()
	}
	for p := range s.peers {
		p.queue.close()
	}
	s.mu.Unlock()

	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return err
	case <-ctx.Done():
	}
	s.mu.Lock()
	late := 0
	for p := range s.peers {
		if !p.flushed.Load() {
			late++
		}
		p.end()
	}
	s.mu.Unlock()
	<-done
	if late == 0 {
		return err
	}
	return errors.Join(err, fmt.Errorf("close %s socket: %d peers did not take all messages: %w", s.typ, late, ctx.Err()))
}
