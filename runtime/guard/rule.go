package guard

import (
	"fmt"
	"strings"
)

// On is which text a rule is about.
type On uint8

const (
	Both     On = iota
	Question    // what people ask
	Answer      // what the model says
)

// Do is what happens when a phrase is found.
type Do uint8

const (
	Refuse Do = iota // the refusal takes the place of the answer, or of the rest of it; of a question, the model is not even asked
	Stop             // the answer ends before the phrase, without a word; a question has no answer
	Mask             // in an answer, a box takes the phrase's place, and it goes on; a question is let through
)

var doings = [...]string{"refused", "stopped", "masked"}

func (d Do) String() string {
	if int(d) < len(doings) {
		return doings[d]
	}
	return fmt.Sprintf("Do(%d)", uint8(d))
}

// Masked stands where a phrase was.
const Masked = "▇▇▇"

// Rule is some phrases, and what to do about them.
type Rule struct {
	Name    string
	Phrases []string
	On      On
	Do      Do
}

// Guard is rules, and the words in which it refuses.
type Guard struct {
	Rules   []Rule
	Refusal string
}

// Check returns an error for a rule that makes no sense.
func (g Guard) Check() error {
	for i, r := range g.Rules {
		switch {
		case r.Do > Mask || r.On > Answer:
			return fmt.Errorf("guard: rule %d (%s): unknown settings %d, %d", i, r.Name, r.On, r.Do)
		case len(r.Phrases) == 0:
			return fmt.Errorf("guard: rule %d (%s) has no phrases", i, r.Name)
		case r.Do == Refuse && g.Refusal == "":
			return fmt.Errorf("guard: rule %d (%s) refuses, and there is no refusal to say", i, r.Name)
		}
		for _, p := range r.Phrases {
			if strings.TrimSpace(p) == "" {
				return fmt.Errorf("guard: rule %d (%s) has an empty phrase", i, r.Name)
			}
		}
	}
	return nil
}

// Event is a rule at work.
type Event struct {
	Rule   string
	Phrase string // as it stood in the text
	On     On     // Question or Answer
	Do     Do
}

func (e Event) String() string {
	return fmt.Sprintf("%s in the %s: %q, by the rule %q", e.Do, [...]string{"text", "question", "answer"}[e.On], e.Phrase, e.Rule)
}
