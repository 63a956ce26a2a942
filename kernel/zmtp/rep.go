package zmtp

import "github.com/go-zeromq/zmq4"

// Rep is a REP socket that echoes every message verbatim: the heartbeat. Each connection is answered by its own
// goroutines, so nothing that the process does can keep it waiting.
type Rep struct{ *socket }

// ListenRep binds a REP socket.
func ListenRep(endpoint string, opts Options) (*Rep, error) {
	s, err := listen(endpoint, zmq4.Rep, echo{}, opts)
	if err != nil {
		return nil, err
	}
	return &Rep{s}, nil
}

type echo struct{}

func (echo) joined(*peer) error               { return nil }
func (echo) message(p *peer, frames [][]byte) { p.send(frames) }
func (echo) command(*peer, string, []byte)    {}
func (echo) left(*peer)                       {}
