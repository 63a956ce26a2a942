package kernel

import (
	"context"
	"sync"
)

// starter holds the engine: it starts one in the background, lets cells wait for it and see what it waits for, and
// starts another when the first could not start or broke.
type starter struct {
	ctx   context.Context // ends with the kernel
	start func(ctx context.Context, progress func(string)) (Engine, error)

	mu     sync.Mutex
	now    *attempt
	closed bool
}

// attempt is one start of an engine. After done is closed, engine and err do not change.
type attempt struct {
	done   chan struct{}
	engine Engine
	err    error

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed when a line was added
}

func newStarter(ctx context.Context, start func(context.Context, func(string)) (Engine, error)) *starter {
	return &starter{ctx: ctx, start: start}
}

// begin starts the engine unless that has been done.
func (s *starter) begin() *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		a := &attempt{done: make(chan struct{}), more: make(chan struct{})}
		s.now = a
		go func() {
			defer close(a.done)
			a.engine, a.err = s.start(s.ctx, a.progress)
		}()
	}
	return s.now
}

// get waits for the engine, and shows meanwhile what its start has to say.
func (s *starter) get(ctx context.Context, show func(line string)) (Engine, error) {
	a := s.begin()
	if err := a.wait(ctx, show); err != nil {
		return nil, err
	}
	if a.err != nil {
		s.forget(a)
	}
	return a.engine, a.err
}

// ready returns the engine when it can be used at once, else nil.
func (s *starter) ready() Engine {
	s.mu.Lock()
	a := s.now
	s.mu.Unlock()
	if a == nil {
		return nil
	}
	select {
	case <-a.done:
		return a.engine
	default:
		return nil
	}
}

// discard closes an engine that broke.
func (s *starter) discard(e Engine) {
	s.mu.Lock()
	a := s.now
	s.mu.Unlock()
	if a != nil && a.engine == e && s.forget(a) {
		e.Close()
	}
}

// forget makes the next get start another engine. It reports false when that has been done, or will not be done any
// more: whoever is told true owns the engine.
func (s *starter) forget(a *attempt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != a || s.closed {
		return false
	}
	s.now = nil
	return true
}

// close ends the engine, after the start that may be under way. No other is started.
func (s *starter) close() error {
	s.mu.Lock()
	s.closed = true
	a := s.now
	s.mu.Unlock()
	if a == nil {
		return nil
	}
	<-a.done
	if a.engine == nil {
		return nil
	}
	return a.engine.Close()
}

func (a *attempt) progress(line string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, line)
	close(a.more)
	a.more = make(chan struct{})
}

// wait shows the last line there is and those that are added, until the attempt is over.
func (a *attempt) wait(ctx context.Context, show func(string)) error {
	select {
	case <-a.done:
		return nil
	default:
	}
	a.mu.Lock()
	seen := max(0, len(a.lines)-1)
	a.mu.Unlock()
	for {
		a.mu.Lock()
		lines, more := a.lines[seen:], a.more
		seen = len(a.lines)
		a.mu.Unlock()
		for _, l := range lines {
			show(l)
		}
		select {
		case <-a.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-more:
		}
	}
}
