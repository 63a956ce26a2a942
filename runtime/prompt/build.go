package prompt

import (
	"fmt"
	"strings"
)

// Tokenizer counts tokens; every tokenizer of runtime/data/tokenizer does.
type Tokenizer interface {
	Encode(text string) []int32
	Token(id int32) string // a token's bytes
}

// Cut is how a part gives way when there is no room.
type Cut uint8

const (
	Never     Cut = iota // it does not
	DropFirst            // its first items go: the oldest turns of a talk
	DropLast             // its last items go: the least relevant of what was found
	TrimStart            // its text loses tokens at the beginning
	TrimEnd              // its text loses tokens at the end
	DropAll              // it goes as a whole
)

var cutNames = [...]string{"never", "drop first", "drop last", "trim start", "trim end", "drop all"}

func (c Cut) String() string {
	if int(c) < len(cutNames) {
		return cutNames[c]
	}
	return fmt.Sprintf("Cut(%d)", c)
}

// Part is a piece of a prompt. Its text is Label, then Text, then the Items with a line break after each. A part that has lost all but its label is left
// out with it.
type Part struct {
	Name  string // for the report and for errors
	Label string // before the content, never cut
	Text  string
	Items []string
	Cut   Cut
	Rank  int // parts of lower rank give way first
}

// Prompt is the text, and what became of its parts.
type Prompt struct {
	Text   string
	Tokens int // of the text
	Budget int
	Parts  []Fate // in the order of the text
}

// Fate is what became of a part.
type Fate struct {
	Name        string
	Had, Tokens int    // tokens of the part by itself: as it was given, and as it stands in the prompt
	Items, Kept int    // items that it had and has; 0 if it has a text only
	Lost        string // what was cut, as text
	Cut         Cut    // how it was cut; Never if nothing was lost
}

// Build makes a prompt of at most budget tokens. An error says which part is too long, and what room there was.
func Build(tok Tokenizer, budget int, parts ...Part) (Prompt, error) {
	d := draft{tok: tok, budget: budget}
	for i, p := range parts {
		if err := p.check(); err != nil {
			return Prompt{}, err
		}
		for _, before := range parts[:i] {
			if before.Name == p.Name {
				return Prompt{}, fmt.Errorf("prompt: two parts are called %q", p.Name)
			}
		}
		d.pieces = append(d.pieces, newPiece(tok, p))
	}
	for {
		text := d.text()
		n := len(tok.Encode(text))
		if n <= budget {
			return d.prompt(text, n), nil
		}
		if !d.shorten(n - budget) {
			return Prompt{}, d.tooLong(n)
		}
	}
}

func (p Part) check() error {
	switch {
	case p.Name == "":
		return fmt.Errorf("prompt: a part has no name (its text is %.30q)", p.Label+p.Text)
	case int(p.Cut) >= len(cutNames):
		return fmt.Errorf("prompt: part %q: there is no %v", p.Name, p.Cut)
	case (p.Cut == TrimStart || p.Cut == TrimEnd) && len(p.Items) > 0:
		return fmt.Errorf("prompt: part %q: items cannot be trimmed, want DropFirst or DropLast", p.Name)
	case (p.Cut == DropFirst || p.Cut == DropLast) && p.Text != "":
		return fmt.Errorf("prompt: part %q: a text has no items to drop, want TrimStart, TrimEnd or DropAll", p.Name)
	}
	return nil
}

// draft is a prompt that may still be too long.
type draft struct {
	tok    Tokenizer
	budget int
	pieces []*piece
}

func (d *draft) text() string {
	var b strings.Builder
	for _, p := range d.pieces {
		b.WriteString(p.render())
	}
	return b.String()
}

// shorten takes about so many tokens away, at least one, and reports false when no part can give way.
func (d *draft) shorten(tokens int) bool {
	var victim *piece
	for _, p := range d.pieces {
		if p.canGive() && (victim == nil || p.Rank <= victim.Rank) {
			victim = p
		}
	}
	if victim == nil {
		return false
	}
	victim.give(d.tok, tokens)
	return true
}

func (d *draft) prompt(text string, tokens int) Prompt {
	p := Prompt{Text: text, Tokens: tokens, Budget: d.budget}
	for _, piece := range d.pieces {
		p.Parts = append(p.Parts, piece.fate(d.tok))
	}
	return p
}

func (d *draft) tooLong(n int) error {
	var whole []string
	for _, p := range d.pieces {
		if s := p.render(); s != "" {
			whole = append(whole, fmt.Sprintf("%s %d", p.Name, len(d.tok.Encode(s))))
		}
	}
	return fmt.Errorf("prompt: %d tokens that must not be cut (%s), and a budget of %d", n, strings.Join(whole, ", "), d.budget)
}
