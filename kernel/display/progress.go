package display

import (
	"fmt"
	"html"
)

// Progress is a bar that fills. Its methods may be called from several goroutines.
type Progress struct {
	paced
	label string
	total int
	done  int
}

// NewProgress shows a bar for so many steps.
func NewProgress(label string, total int) *Progress {
	p := &Progress{label: label, total: total}
	p.begin(p.forms)
	return p
}

// Add reports n more steps.
func (p *Progress) Add(n int) { p.change(func() bool { p.done += n; return p.done >= p.total }) }

// Set reports how many steps are done.
func (p *Progress) Set(done int) { p.change(func() bool { p.done = done; return p.done >= p.total }) }

// MIMEBundle makes a bar show itself.
func (p *Progress) MIMEBundle() map[string]any { return p.MIME() }

// MIME is what the bar shows now.
func (p *Progress) MIME() MIME {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.forms()
}

func (p *Progress) forms() MIME {
	percent := 100
	if p.total > 0 {
		percent = 100 * min(max(p.done, 0), p.total) / p.total
	}
	text := fmt.Sprintf("%s %d %% (%d of %d)", p.label, percent, p.done, p.total)
	return MIME{
		"text/plain": text,
		"text/html":  fmt.Sprintf(`<progress max="%d" value="%d"></progress> %s`, p.total, p.done, html.EscapeString(text)),
	}
}
