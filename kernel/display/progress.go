package display

import (
	"fmt"
	"html"
	"sync"
	"time"
)

// Progress is a bar that fills. Its methods may be called from several goroutines.
type Progress struct {
	mu    sync.Mutex
	label string
	total int
	done  int
	place *Handle
	shown time.Time
}

// refresh is the shortest time between two updates of a bar; a loop may report every turn.
const refresh = 50 * time.Millisecond

// NewProgress shows a bar for so many steps.
func NewProgress(label string, total int) *Progress {
	p := &Progress{label: label, total: total, shown: time.Now()}
	p.place = Place(p.MIME())
	return p
}

// Add reports n more steps.
func (p *Progress) Add(n int) { p.change(func() { p.done += n }) }

// Set reports how many steps are done.
func (p *Progress) Set(done int) { p.change(func() { p.done = done }) }

func (p *Progress) change(how func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how()
	if now := time.Now(); p.done >= p.total || now.Sub(p.shown) >= refresh {
		p.shown = now
		p.place.Update(p.forms())
	}
}

// MIME is what the bar shows now.
func (p *Progress) MIME() MIME {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.forms()
}

func (p *Progress) forms() MIME {
	percent := 100
	if p.total > 0 {
		percent = 100 * p.done / p.total
	}
	text := fmt.Sprintf("%s %d %% (%d of %d)", p.label, percent, p.done, p.total)
	return MIME{
		"text/plain": text,
		"text/html":  fmt.Sprintf(`<progress max="%d" value="%d"></progress> %s`, p.total, p.done, html.EscapeString(text)),
	}
}
