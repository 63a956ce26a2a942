package display

import (
	"sync"
	"time"
)

// refresh is the shortest time between two updates of a place that changes fast; a loop may report every turn.
const refresh = 50 * time.Millisecond

// paced is a place that changes fast: what is new is shown at once after a quiet time, and otherwise a little later, together
// with what has come since. Its methods may be called from several goroutines.
type paced struct {
	mu    sync.Mutex
	form  func() MIME // what it shows now; mu is held
	place *Handle
	gap   time.Duration // to keep between updates: drawing is to take a small part of the time
	shown time.Time
	late  bool // there is something that has not been shown
}

// begin shows the place for the first time.
func (p *paced) begin(form func() MIME) {
	p.form, p.gap, p.shown = form, refresh, time.Now()
	p.place = Place(form())
}

// change does something to what is shown. When that is complete nothing waits.
func (p *paced) change(how func() (complete bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	complete := how()
	wait := p.gap - time.Since(p.shown)
	switch {
	case complete || wait <= 0:
		p.show()
	case !p.late:
		p.late = true
		held.add(p)
		go func() { // of the cell that has made the change
			time.Sleep(wait)
			p.catchUp()
		}()
	}
}

// show shows all that is new; mu is held.
func (p *paced) show() {
	start := time.Now()
	p.place.Update(p.form())
	p.shown, p.late = time.Now(), false
	p.gap = max(refresh, 5*p.shown.Sub(start))
}

func (p *paced) catchUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.late {
		p.show()
	}
}

// holders are places that may have something to show.
type holders struct {
	mu   sync.Mutex
	list []*paced
}

var held holders

func (h *holders) add(p *paced) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, p)
}

func (h *holders) take() []*paced {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.list
	h.list = nil
	return list
}

// Flush shows what bars and charts hold back because they were updated a moment ago. In a notebook this happens at the end of
// each cell; an ordinary program may want it before it ends.
func Flush() {
	for _, p := range held.take() {
		p.catchUp()
	}
}
