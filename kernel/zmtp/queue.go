package zmtp

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

var (
	errClosed  = errors.New("the queue is closed")
	errStalled = errors.New("the queue is full and does not move")
)

// item is one message, or one command, to be written.
type item struct {
	frames  [][]byte
	command string
	err     error // a flush that failed
}

func (it item) size() int {
	n := 0
	for _, f := range it.frames {
		n += len(f)
	}
	return n
}

// queue holds what waits for one peer, bounded in messages and bytes. A message larger than the bound is let in when
// the queue is empty.
type queue struct {
	maxItems, maxBytes int
	moved              atomic.Int64 // grows whenever the peer takes something

	mu     sync.Mutex
	change sync.Cond
	items  []item
	bytes  int
	closed bool // nothing more is let in
	gone   bool // nothing is let out either
}

func newQueue(maxItems, maxBytes int) *queue {
	q := &queue{maxItems: maxItems, maxBytes: maxBytes}
	q.change.L = &q.mu
	return q
}

// put waits for space, as long as the peer takes something now and then: errStalled means that it took nothing for the
// whole of the timeout.
func (q *queue) put(it item, timeout time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && q.full(it) {
		before := q.moved.Load()
		if !q.waitChange(timeout) && q.full(it) && q.moved.Load() == before {
			return errStalled
		}
	}
	if !q.add(it) {
		return errClosed
	}
	return nil
}

// waitChange waits until something changes, and reports false when nothing did in time. The lock is held.
func (q *queue) waitChange(timeout time.Duration) bool {
	over := false
	timer := time.AfterFunc(timeout, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		over = true
		q.change.Broadcast()
	})
	defer timer.Stop()
	q.change.Wait()
	return !over
}

// offer adds without waiting, or not at all.
func (q *queue) offer(it item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.full(it) {
		q.add(it)
	}
}

func (q *queue) full(it item) bool {
	return len(q.items) >= q.maxItems || len(q.items) > 0 && q.bytes+it.size() > q.maxBytes
}

func (q *queue) add(it item) bool {
	if q.closed {
		return false
	}
	q.items = append(q.items, it)
	q.bytes += it.size()
	q.change.Broadcast()
	return true
}

// take waits for the next item. Before it waits it calls idle, outside of the lock; an error of idle is handed out as
// an item. It returns false when the queue is closed and empty.
func (q *queue) take(idle func() error) (item, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 && !q.closed {
		q.mu.Unlock()
		err := idle()
		q.mu.Lock()
		if err != nil {
			return item{err: err}, true
		}
	}
	for len(q.items) == 0 && !q.closed {
		q.change.Wait()
	}
	if q.gone || len(q.items) == 0 {
		return item{}, false
	}
	it := q.items[0]
	q.items[0] = item{}
	q.items = q.items[1:]
	q.bytes -= it.size()
	q.change.Broadcast()
	return it, true
}

// close lets nothing more in; what is inside is still handed out.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Broadcast()
}

// abandon throws everything away.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.gone = true, true
	q.items, q.bytes = nil, 0
	q.change.Broadcast()
}
