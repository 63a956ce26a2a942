package zmtp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/go-zeromq/zmq4"
)

// ErrNoPeer says that no connection has the routing identity of a message.
var ErrNoPeer = errors.New("no such peer")

// Router is a ROUTER socket: messages from many peers, each with the routing identity of its sender as first frame;
// a message sent goes to the peer whose identity is its first frame.
type Router struct {
	*socket
	in chan [][]byte

	mu     sync.Mutex
	ids    map[string][]*peer // connections by identity, in the order in which they joined
	change chan struct{}      // closed when a peer joins or leaves, then replaced
	named  uint32             // identities given so far to peers that brought none
}

// ListenRouter binds a ROUTER socket.
func ListenRouter(endpoint string, opts Options) (*Router, error) {
	r := &Router{in: make(chan [][]byte, 64), ids: map[string][]*peer{}, change: make(chan struct{})}
	var err error
	if r.socket, err = listen(endpoint, zmq4.Router, (*routerRole)(r), opts); err != nil {
		return nil, err
	}
	return r, nil
}

// Messages is where messages arrive. Whoever receives a message owns its frames. The channel is never closed.
func (r *Router) Messages() <-chan [][]byte { return r.in }

// Send sends the frames after the first one to the peer that the first one names: to each connection that has this identity. An
// older one may be what is left of a client that has reconnected, and then nobody is at its end; or it is that of
// another client, as Jupyter's kernel manager gives all of its clients one identity, and who has asked cannot be told
// from here. Clients drop replies to what they have not sent.
func (r *Router) Send(frames [][]byte) error {
	if len(frames) == 0 {
		return errors.New("send to router: message without an identity")
	}
	r.mu.Lock()
	peers := slices.Clone(r.ids[string(frames[0])])
	r.mu.Unlock()
	sent := false
	for _, p := range peers {
		sent = p.send(frames[1:]) || sent
	}
	if !sent {
		return fmt.Errorf("send to %q: %w", frames[0], ErrNoPeer)
	}
	return nil
}

// WaitFor waits until a peer with the identity is there.
func (r *Router) WaitFor(ctx context.Context, id []byte) error {
	if err := r.wait(ctx, id, true); err != nil {
		return fmt.Errorf("wait for %q: %w: %w", id, ErrNoPeer, err)
	}
	return nil
}

// WaitGone waits until no peer with the identity is there.
func (r *Router) WaitGone(ctx context.Context, id []byte) error {
	if err := r.wait(ctx, id, false); err != nil {
		return fmt.Errorf("wait until %q is gone: %w", id, err)
	}
	return nil
}

func (r *Router) wait(ctx context.Context, id []byte, there bool) error {
	for {
		r.mu.Lock()
		here, change := len(r.ids[string(id)]) > 0, r.change
		r.mu.Unlock()
		if here == there {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type routerRole Router

// joined registers the peer. Another connection with its identity stays: to end it, as libzmq does when it is told to
// hand over, makes a client that lives come back, and end the newer one in turn.
func (r *routerRole) joined(p *peer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.id == "" {
		r.named++
		p.id = "\x00" + string(binary.BigEndian.AppendUint32(nil, r.named))
	} else if p.id[0] == 0 {
		return fmt.Errorf("identity %q begins with a zero byte; these are given by the router", p.id)
	}
	r.ids[p.id] = append(r.ids[p.id], p)
	r.changed()
	return nil
}

// changed wakes up who waits; r.mu is held.
func (r *routerRole) changed() {
	close(r.change)
	r.change = make(chan struct{})
}

func (r *routerRole) message(p *peer, frames [][]byte) {
	select {
	case r.in <- append([][]byte{[]byte(p.id)}, frames...):
	case <-p.socket.closing:
	}
}

func (r *routerRole) command(*peer, string, []byte) {}

func (r *routerRole) left(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids[p.id] = slices.DeleteFunc(r.ids[p.id], func(other *peer) bool { return other == p })
	if len(r.ids[p.id]) == 0 {
		delete(r.ids, p.id)
	}
	r.changed()
}
