package guard

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Watch is a guard at work on one question and its answer. It is for one goroutine.
type Watch struct {
	Events []Event // what it did, in order

	guard  Guard
	answer []phrase
	err    error
	held   string
	before rune // what stands before the held text
	over   bool
}

// phrase is a rule's phrase, letter by letter without regard to case.
type phrase struct {
	letters []rune
	rule    int
}

// Watch begins to watch.
func (g Guard) Watch() *Watch {
	return &Watch{guard: g, answer: g.phrases(Answer), err: g.Check(), before: utf8.RuneError}
}

func (g Guard) phrases(on On) (all []phrase) {
	for i, r := range g.Rules {
		if r.On != Both && r.On != on {
			continue
		}
		for _, p := range r.Phrases {
			if p != "" { // which Check refuses
				all = append(all, phrase{folded(p), i})
			}
		}
	}
	return all
}

func folded(s string) []rune {
	letters := []rune(s)
	for i, r := range letters {
		letters[i] = fold(r)
	}
	return letters
}

// fold makes letters equal that differ in case alone.
func fold(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

// Ask checks a question. Where it is not to be answered, go on is false, and what to say instead is the refusal, or nothing.
func (w *Watch) Ask(question string) (instead string, goOn bool) {
	text, before, phrases := question, utf8.RuneError, w.guard.phrases(Question)
	for text != "" {
		f := find(phrases, text, before, true)
		if f.rule < 0 {
			break
		}
		do := w.note(f, Question, text)
		if do != Mask {
			w.over = true
			if do == Refuse {
				instead = w.guard.Refusal
			}
			return instead, false
		}
		before, _ = utf8.DecodeLastRuneInString(text[:f.to])
		text = text[f.to:]
	}
	return "", true
}

func (w *Watch) note(f found, on On, text string) Do {
	r := w.guard.Rules[f.rule]
	w.Events = append(w.Events, Event{r.Name, text[f.from:f.to], on, r.Do})
	return r.Do
}

// Push takes a piece of the answer and returns what can be given out. After Over it returns nothing.
func (w *Watch) Push(piece string) string { return w.push(piece, false) }

// Flush ends the answer and returns what was held back.
func (w *Watch) Flush() string { return w.push("", true) }

// Over reports whether the answer has ended, and need not be continued.
func (w *Watch) Over() bool { return w.over }

func (w *Watch) push(piece string, end bool) string {
	if w.over {
		return ""
	}
	w.held += piece
	var out strings.Builder
	for {
		f := find(w.answer, w.held, w.before, end)
		out.WriteString(w.take(f.from))
		if f.rule < 0 {
			break
		}
		do := w.note(found{0, f.to - f.from, f.rule}, Answer, w.held)
		w.take(f.to - f.from)
		if do == Mask {
			out.WriteString(Masked)
			continue
		}
		if do == Refuse {
			out.WriteString(w.guard.Refusal)
		}
		w.over, w.held = true, ""
		break
	}
	w.over = w.over || end
	return out.String()
}

// take removes the beginning of what is held.
func (w *Watch) take(n int) string {
	text := w.held[:n]
	if n > 0 {
		w.before, _ = utf8.DecodeLastRuneInString(text)
	}
	w.held = w.held[n:]
	return text
}

// Stream guards a question and its answer. The answer is asked for only if the question passes, and no further than it is given out.
func (w *Watch) Stream(question string, answer iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if w.err != nil {
			yield("", w.err)
			return
		}
		if instead, goOn := w.Ask(question); !goOn {
			if instead != "" {
				yield(instead, nil)
			}
			return
		}
		for piece, err := range answer {
			out := w.Push(piece)
			if out != "" && !yield(out, nil) {
				return
			}
			if err != nil {
				yield("", err) // what is held back stays there: nobody knows what it would have become
				return
			}
			if w.over {
				return
			}
		}
		if out := w.Flush(); out != "" {
			yield(out, nil)
		}
	}
}
