package live

import (
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long a file must have been left alone: editors write it in several steps.
	settle = 100 * time.Millisecond
	// alive is how often a connection on which nothing happens is used, so that it is noticed when it is gone.
	alive = 20 * time.Second
)

// events tells a page when its lesson changes: server-sent events, each a digest of the page as it is then. The first says how it is now. What
// lies beside the lesson counts, too: pictures are part of the page.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	file, ok := s.file(r.PathValue("path"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer watcher.Close()
		err = watcher.Add(filepath.Dir(file))
	}
	if err != nil {
		s.cfg.Logf("watch %s: %v", file, err)
		http.Error(w, "the lesson cannot be watched", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := &stream{w: w, flush: http.NewResponseController(w).Flush}
	tick := time.NewTicker(alive)
	defer tick.Stop()
	settled := time.NewTimer(0)
	defer settled.Stop()
	for out.err == nil {
		select {
		case <-r.Context().Done():
			return
		case <-settled.C:
			out.tell(s.state(file))
		case <-tick.C:
			out.write(": alive\n\n")
		case _, open := <-watcher.Events:
			if !open {
				return
			}
			settled.Reset(settle)
		case err := <-watcher.Errors:
			s.cfg.Logf("watch %s: %v", file, err)
			settled.Reset(settle) // events may have been lost
		}
	}
}

// state is a digest of what the page shows.
func (s *Site) state(file string) string {
	page, err := s.render(file)
	if err != nil {
		page = s.broken(file, err)
	}
	return digest(page)
}

// stream is one page's events.
type stream struct {
	w     http.ResponseWriter
	flush func() error
	last  string
	err   error
}

func (s *stream) tell(state string) {
	if state != s.last {
		s.last = state
		s.write(fmt.Sprintf("event: lesson\ndata: %s\n\n", state))
	}
}

func (s *stream) write(text string) {
	if _, s.err = fmt.Fprint(s.w, text); s.err == nil {
		s.err = s.flush()
	}
}
