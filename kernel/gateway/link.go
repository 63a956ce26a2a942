package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/resident-go/resident/kernel/wire"
	"github.com/resident-go/resident/kernel/zmtp"
)

// link is one client's connection to a kernel's sockets.
type link struct {
	codec *wire.Codec
	conns map[string]*zmtp.Conn // by channel
}

// connect returns when the kernel's output is subscribed to: nothing that is caused through the link is missed.
func (p *process) connect(ctx context.Context) (_ *link, err error) {
	l := &link{codec: p.codec, conns: map[string]*zmtp.Conn{}}
	defer func() {
		if err != nil {
			l.close()
			err = fmt.Errorf("connect to kernel: %w", err)
		}
	}()
	// A question on stdin goes to who has asked on shell: both have the same name.
	name := rand.Text()
	for channel, port := range map[string]int{wire.Shell: p.ports.Shell, wire.Control: p.ports.Control, wire.Stdin: p.ports.Stdin} {
		if l.conns[channel], err = zmtp.DialDealer(ctx, p.endpoint(port), name, zmtp.Options{MaxMessage: wire.MaxMessage}); err != nil {
			delete(l.conns, channel)
			return nil, err
		}
	}
	l.conns[wire.IOPub], err = p.subscribe(ctx)
	if err != nil {
		delete(l.conns, wire.IOPub)
		return nil, err
	}
	return l, nil
}

// subscribe returns when the subscription is made.
func (p *process) subscribe(ctx context.Context) (*zmtp.Conn, error) {
	c, err := zmtp.DialSub(ctx, p.endpoint(p.ports.IOPub), zmtp.Options{MaxMessage: wire.MaxMessage})
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { c.Close() })()
	for {
		frames, err := c.Receive()
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("subscribe: %w", err)
		}
		m, err := p.codec.Decode(frames)
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("subscribe: %w", err)
		}
		if m.Header.Type == "iopub_welcome" {
			return c, nil
		}
	}
}

// receive may be called by one goroutine for each channel.
func (l *link) receive(channel string) (*wire.Message, error) {
	frames, err := l.conns[channel].Receive()
	if err != nil {
		return nil, err
	}
	return l.codec.Decode(frames)
}

func (l *link) send(channel string, m *wire.Message) error {
	if channel == wire.IOPub {
		return errors.New("messages to kernels do not go on iopub")
	}
	frames, err := l.codec.Encode(m)
	if err != nil {
		return err
	}
	return l.conns[channel].Send(frames)
}

// pump hands over what comes on all channels until one of them ends or deliver fails. It returns after all of its calls.
func (l *link) pump(deliver func(channel string, m *wire.Message) error) error {
	var once sync.Once
	var first error
	var running sync.WaitGroup
	for channel := range l.conns {
		running.Go(func() {
			for {
				m, err := l.receive(channel)
				if err == nil {
					err = deliver(channel, m)
				}
				if err != nil {
					once.Do(func() { first = err })
					l.close()
					return
				}
			}
		})
	}
	running.Wait()
	return first
}

func (l *link) close() {
	for _, c := range l.conns {
		c.Close()
	}
}
