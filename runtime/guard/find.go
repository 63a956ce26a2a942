package guard

import (
	"unicode"
	"unicode/utf8"
)

// found is a place in a text: a phrase's, or if rule is negative only where the text begins that may still become one.
type found struct {
	from, to, rule int
}

// find looks for the first phrase in a text, which stands behind a rune and, unless it is the end, goes on. It stops where something begins that may become a
// phrase, or a longer one.
func find(phrases []phrase, text string, before rune, end bool) found {
	for at, size := 0, 0; at < len(text); at += size {
		var r rune
		r, size = utf8.DecodeRuneInString(text[at:])
		if !end && !utf8.FullRuneInString(text[at:]) {
			return found{at, at, -1}
		}
		if f, open := longest(phrases, text, at, before); open && !end {
			return found{at, at, -1}
		} else if f.rule >= 0 {
			return f
		}
		before = r
	}
	return found{len(text), len(text), -1}
}

// longest is the longest phrase that begins at a place; open, when the text ends before it is clear whether one does.
func longest(phrases []phrase, text string, at int, before rune) (best found, open bool) {
	best.rule = -1
	for _, p := range phrases {
		if inWord(before) && inWord(p.letters[0]) {
			continue
		}
		to, ends := p.at(text, at)
		open = open || ends
		if to > best.to {
			best = found{at, to, p.rule}
		}
	}
	return best, open
}

// at is where the phrase ends if it stands at this place, else 0. Where the text ends too early to know, ends is true; the result then is what holds if nothing
// follows.
func (p phrase) at(text string, at int) (to int, ends bool) {
	for _, want := range p.letters {
		if !utf8.FullRuneInString(text[at:]) {
			return 0, true
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if fold(r) != want {
			return 0, false
		}
		at += size
	}
	if !inWord(p.letters[len(p.letters)-1]) {
		return at, false
	}
	if !utf8.FullRuneInString(text[at:]) {
		return at, true
	}
	if r, _ := utf8.DecodeRuneInString(text[at:]); inWord(r) {
		return 0, false
	}
	return at, false
}

func inWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}
