package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

// meter counts what a sandbox puts out, holds it back where it comes too fast, and says when it was too much.
type meter struct {
	max  Limits
	over func(*LimitError) // called once

	mu           sync.Mutex
	bytes, lines int64
	began        time.Time // of the second that ahead belongs to
	ahead        int64     // bytes in this second
	spent        bool
	stop         <-chan struct{} // ends waiting
}

// count takes note of n bytes with so many line ends. It reports whether they may pass.
func (m *meter) count(n, lines int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spent {
		return false
	}
	m.bytes += n
	m.lines += lines
	switch {
	case m.bytes > m.max.OutBytes:
		m.spent = true
		m.over(&LimitError{"output bytes", fmt.Sprint(m.max.OutBytes)})
	case m.lines > m.max.OutLines:
		m.spent = true
		m.over(&LimitError{"output lines", fmt.Sprint(m.max.OutLines)})
	default:
		m.pace(n)
	}
	return !m.spent
}

// pace waits for the next second once this one's share is used up. Whoever writes to the sandbox's pipes waits then, too.
func (m *meter) pace(n int64) {
	now := time.Now()
	if now.Sub(m.began) >= time.Second {
		m.began, m.ahead = now, 0
	}
	m.ahead += n
	if m.ahead <= m.max.OutPerSec {
		return
	}
	share := time.Duration(float64(m.ahead) / float64(m.max.OutPerSec) * float64(time.Second))
	select {
	case <-time.After(time.Until(m.began.Add(share))):
	case <-m.stop:
	}
	m.began, m.ahead = time.Now(), 0
}

// metered passes on what the meter lets pass, and takes the rest without a word: the sandbox is about to end.
type metered struct {
	m *meter
	w io.Writer
}

func (w metered) Write(b []byte) (int, error) {
	if w.m.count(int64(len(b)), int64(bytes.Count(b, []byte("\n")))) && w.w != nil {
		return w.w.Write(b)
	}
	return len(b), nil
}
