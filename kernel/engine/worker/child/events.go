package child

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// sender writes events to the engine, each behind its marks when it has a place among the output.
type sender struct {
	mu     sync.Mutex
	token  string
	marks  int64
	fd     int
	conn   *os.File
	stdout int // copies of descriptors 1 and 2: marks arrive whatever a cell does to the originals
	stderr int

	printed atomic.Pointer[os.File] // which of stdout and stderr was written to last since the last mark; see writeHook
}

// hidden is the lowest descriptor the worker keeps for itself, far from those that people count on.
const hidden = 100

func newSender(token string, socket int) (*sender, error) {
	s := &sender{token: token}
	for _, d := range []struct {
		from int
		to   *int
		what string
	}{{socket, &s.fd, "socket"}, {1, &s.stdout, "stdout"}, {2, &s.stderr, "stderr"}} {
		fd, err := dupHidden(d.from)
		if err != nil {
			return nil, fmt.Errorf("copying descriptor %d (%s): %w", d.from, d.what, err)
		}
		*d.to = fd
	}
	syscall.Close(socket)
	if err := syscall.SetNonblock(s.fd, true); err != nil { // so that reading waits in the poller, not in a thread
		return nil, fmt.Errorf("the engine's socket: %w", err)
	}
	s.conn = os.NewFile(uintptr(s.fd), "engine")
	return s, nil
}

// send writes one event. When the engine is gone there is nothing left to live for.
func (s *sender) send(e worker.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if hasPlace(e.Op) {
		if e.Op != "turn" {
			s.printed.Store(nil)
		}
		s.mark()
		e.Mark = s.marks
	}
	for _, part := range encode(e) {
		if _, err := s.conn.Write(part); err != nil {
			quit(0)
		}
	}
}

// mark separates, on both streams, what came before from what comes after.
func (s *sender) mark() {
	flushC()
	s.marks++
	m := []byte(worker.Mark(s.token, s.marks))
	writeAll(s.stdout, m)
	writeAll(s.stderr, m)
}

func hasPlace(op string) bool {
	switch op {
	case "display", "result", "clear", "comm", "input", "next", "turn", "done", "panic":
		return true
	}
	return false
}

// encode never fails: data that JSON cannot hold is replaced by the reason.
func encode(e worker.Event) [][]byte {
	parts, err := e.Encode()
	if err != nil {
		e.Data = map[string]any{"text/plain": fmt.Sprintf("cannot show this value: %v", err)}
		e.Metadata = nil
		parts, _ = e.Encode()
	}
	return parts
}

// writeAll writes to a descriptor shared with the programs that cells start. Such a program may have made it
// non-blocking for all of us, which is undone: a lost mark would leave the engine waiting for ever.
func writeAll(fd int, b []byte) {
	for len(b) > 0 {
		n, err := syscall.Write(fd, b)
		switch err {
		case nil:
			b = b[n:]
		case syscall.EINTR:
		case syscall.EAGAIN:
			syscall.SetNonblock(fd, false)
		default:
			return
		}
	}
}
