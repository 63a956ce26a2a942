package zmtp

import (
	"bytes"
	"errors"
	"sync"

	"github.com/go-zeromq/zmq4"
)

// XPub is an XPUB socket: a message goes to every peer with a subscription that its first frame begins with.
type XPub struct {
	*socket
	welcome func(topic []byte) [][]byte

	mu     sync.Mutex
	topics map[*peer]map[string]int // subscription -> how often it was made
}

// ListenXPub binds an XPUB socket. When a peer subscribes, what welcome returns for the topic is sent to that peer,
// before anything that is published afterwards; nil sends nothing, and so does a nil welcome.
func ListenXPub(endpoint string, welcome func(topic []byte) [][]byte, opts Options) (*XPub, error) {
	x := &XPub{welcome: welcome, topics: map[*peer]map[string]int{}}
	var err error
	if x.socket, err = listen(endpoint, zmq4.XPub, (*xpubRole)(x), opts); err != nil {
		return nil, err
	}
	return x, nil
}

// Send publishes a message. It waits for subscribers that are behind, but no longer than their write deadline.
func (x *XPub) Send(frames [][]byte) error {
	if len(frames) == 0 {
		return errors.New("publish: message without a topic")
	}
	for _, p := range x.subscribers(frames[0]) {
		p.send(frames)
	}
	return nil
}

func (x *XPub) subscribers(topic []byte) []*peer {
	x.mu.Lock()
	defer x.mu.Unlock()
	var ps []*peer
	for p, topics := range x.topics {
		for t := range topics {
			if bytes.HasPrefix(topic, []byte(t)) {
				ps = append(ps, p)
				break
			}
		}
	}
	return ps
}

type xpubRole XPub

func (x *xpubRole) joined(p *peer) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.topics[p] = map[string]int{}
	return nil
}

// message is the older form of a subscription: one frame, 1 or 0, then the topic.
func (x *xpubRole) message(p *peer, frames [][]byte) {
	if len(frames) != 1 || len(frames[0]) == 0 {
		return
	}
	switch topic := frames[0][1:]; frames[0][0] {
	case 1:
		x.subscribe(p, topic)
	case 0:
		x.cancel(p, topic)
	}
}

// command is the newer form of a subscription.
func (x *xpubRole) command(p *peer, name string, body []byte) {
	switch name {
	case zmq4.CmdSubscribe:
		x.subscribe(p, body)
	case zmq4.CmdCancel:
		x.cancel(p, body)
	}
}

// subscribe greets and registers in one step, as Send sees it: the welcome is the first message for the topic, and whatever
// is published after it is sent too.
func (x *xpubRole) subscribe(p *peer, topic []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.welcome != nil {
		if frames := x.welcome(topic); frames != nil {
			p.send(frames) // waits no longer than Send would for this peer
		}
	}
	if topics := x.topics[p]; topics != nil {
		topics[string(topic)]++
	}
}

func (x *xpubRole) cancel(p *peer, topic []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	topics := x.topics[p]
	if topics[string(topic)] > 1 {
		topics[string(topic)]--
		return
	}
	delete(topics, string(topic))
}

func (x *xpubRole) left(p *peer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.topics, p)
}
