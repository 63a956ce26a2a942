package kernel

import (
	"sync"
	"time"
	"unicode/utf8"
)

// Text is collected this long and up to this size before it is sent. Front ends and servers suffer from many small
// messages, people do not notice 30 ms.
const (
	streamDelay = 30 * time.Millisecond
	streamSize  = 64 << 10
)

// stream collects printed text into messages: pieces of one name that follow each other become one message. Methods
// may be called from several goroutines; send is called under the lock, so the order of messages is the order of writes.
type stream struct {
	send func(name, text string)

	mu    sync.Mutex
	name  string
	text  []byte
	half  map[string]string // the beginning of a character whose end has not been printed yet, by name
	timer *time.Timer
}

func newStream(send func(name, text string)) *stream {
	return &stream{send: send, half: map[string]string{}}
}

func (s *stream) write(name, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != s.name {
		s.sendAll()
		s.name = name
	}
	text = s.half[name] + text
	whole := wholeRunes(text)
	s.half[name] = text[whole:]
	if whole == 0 {
		return
	}
	if len(s.text) == 0 {
		s.wake()
	}
	s.text = append(s.text, text[:whole]...)
	for len(s.text) >= streamSize {
		n := wholeRunes(string(s.text[:streamSize]))
		s.send(s.name, string(s.text[:n]))
		s.text = s.text[n:]
	}
}

// wake makes sure that the text is sent after the delay.
func (s *stream) wake() {
	if s.timer == nil {
		s.timer = time.AfterFunc(streamDelay, s.flush)
		return
	}
	s.timer.Reset(streamDelay)
}

// flush sends what was collected. The beginning of a character stays until its end is printed.
func (s *stream) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sendAll()
}

// end sends everything that was written, whole characters or not.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sendAll()
	for _, name := range []string{"stdout", "stderr"} {
		if half := s.half[name]; half != "" {
			s.half[name] = ""
			s.send(name, half)
		}
	}
	if s.timer != nil {
		s.timer.Stop()
	}
}

func (s *stream) sendAll() {
	if len(s.text) > 0 {
		s.send(s.name, string(s.text))
		s.text = s.text[:0]
	}
}

// wholeRunes returns the length of the text without the beginning of a character at its end. Bytes that cannot become
// one count as whole: they are sent, and shown as replacement characters.
func wholeRunes(text string) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		at := len(text) - back
		if utf8.RuneStart(text[at]) {
			if !utf8.FullRuneInString(text[at:]) {
				return at
			}
			break
		}
	}
	return len(text)
}
