package infer

import (
	"strings"
	"unicode/utf8"
)

// text puts tokens together. It gives out whole characters, and holds back what may become a stop text.
type text struct {
	stops   []string
	held    string
	stopped bool
}

// add returns what can be given out after some more bytes.
func (t *text) add(bytes string) string {
	t.held += bytes
	if at := t.find(); at >= 0 {
		out := t.held[:at]
		t.held, t.stopped = "", true
		return strings.ToValidUTF8(out, "\ufffd")
	}
	n := min(t.unfinishedStop(), unfinishedRune(t.held))
	out := t.held[:n]
	t.held = t.held[n:]
	return strings.ToValidUTF8(out, "\ufffd")
}

// rest returns what was held back, at the end.
func (t *text) rest() string {
	out := t.held
	t.held = ""
	return strings.ToValidUTF8(out, "\ufffd")
}

// find is where the first stop text begins, or -1.
func (t *text) find() int {
	first := -1
	for _, stop := range t.stops {
		if at := strings.Index(t.held, stop); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// unfinishedStop is where an end begins that is also the beginning of a stop text.
func (t *text) unfinishedStop() int {
	first := len(t.held)
	for _, stop := range t.stops {
		for n := min(len(stop)-1, len(t.held)); n > 0; n-- {
			if strings.HasSuffix(t.held, stop[:n]) {
				first = min(first, len(t.held)-n)
				break
			}
		}
	}
	return first
}

// unfinishedRune is where a character begins that is not complete yet, else the end.
func unfinishedRune(s string) int {
	for i := len(s) - 1; i >= max(0, len(s)-utf8.UTFMax); i-- {
		if utf8.RuneStart(s[i]) {
			if !utf8.FullRuneInString(s[i:]) {
				return i
			}
			break
		}
	}
	return len(s)
}
