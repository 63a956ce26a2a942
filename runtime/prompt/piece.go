package prompt

import (
	"strings"
	"unicode/utf8"
)

// piece is a part, and what is left of it.
type piece struct {
	Part
	had    int // tokens
	text   string
	items  []string
	tokens []int32 // of the text that is left, when it is being trimmed
	gone   bool
}

func newPiece(tok Tokenizer, p Part) *piece {
	c := &piece{Part: p, text: p.Text, items: p.Items}
	c.had = len(tok.Encode(c.render()))
	return c
}

func (p *piece) render() string {
	if p.gone {
		return ""
	}
	var b strings.Builder
	b.WriteString(p.Label)
	b.WriteString(p.text)
	for _, item := range p.items {
		b.WriteString(item)
		b.WriteByte('\n')
	}
	return b.String()
}

func (p *piece) canGive() bool { return p.Cut != Never && !p.gone }

// give loses about so many tokens, at least one.
func (p *piece) give(tok Tokenizer, tokens int) {
	switch p.Cut {
	case DropFirst:
		p.items = p.items[p.drops(tok, tokens, func(i int) string { return p.items[i] }):]
	case DropLast:
		last := len(p.items) - 1
		p.items = p.items[:last+1-p.drops(tok, tokens, func(i int) string { return p.items[last-i] })]
	case TrimStart, TrimEnd:
		p.trim(tok, tokens)
	case DropAll:
		p.gone = true
	}
	if p.text == "" && len(p.items) == 0 {
		p.gone = true
	}
}

// drops is how many items must go, rather one too few: what a text has without one is only known when it is counted as a whole.
func (p *piece) drops(tok Tokenizer, tokens int, item func(i int) string) int {
	n := 0
	for n < len(p.items) {
		tokens -= 1 + len(tok.Encode(item(n)+"\n"))
		if n++; tokens <= 0 {
			break
		}
	}
	return n
}

// trim takes tokens off one end, and of a character that lost some of its bytes the others, too. With the last token goes what is left of the text: where a
// tokenizer changes a text, its tokens may be shorter than that.
func (p *piece) trim(tok Tokenizer, tokens int) {
	if p.tokens == nil {
		p.tokens = tok.Encode(p.text)
	}
	if tokens >= len(p.tokens) {
		p.tokens, p.text = nil, ""
		return
	}
	if p.Cut == TrimStart {
		lost := size(tok, p.tokens[:tokens])
		for lost < len(p.text) && !utf8.RuneStart(p.text[lost]) {
			lost++
		}
		p.tokens, p.text = p.tokens[tokens:], p.text[min(lost, len(p.text)):]
		return
	}
	lost := size(tok, p.tokens[len(p.tokens)-tokens:])
	kept := max(0, len(p.text)-lost)
	for kept > 0 && kept < len(p.text) && !utf8.RuneStart(p.text[kept]) {
		kept--
	}
	p.tokens, p.text = p.tokens[:len(p.tokens)-tokens], p.text[:kept]
}

func size(tok Tokenizer, tokens []int32) (n int) {
	for _, t := range tokens {
		n += len(tok.Token(t))
	}
	return n
}

func (p *piece) fate(tok Tokenizer) Fate {
	f := Fate{Name: p.Name, Had: p.had, Items: len(p.Items)}
	if p.gone {
		p.text, p.items = "", nil
	} else {
		f.Tokens = len(tok.Encode(p.render()))
	}
	f.Kept = len(p.items)
	if f.Lost = p.lost(); f.Lost != "" {
		f.Cut = p.Cut
	}
	return f
}

func (p *piece) lost() string {
	lost := len(p.Items) - len(p.items)
	switch p.Cut {
	case DropFirst:
		return strings.Join(p.Items[:lost], "\n")
	case DropLast:
		return strings.Join(p.Items[len(p.items):], "\n")
	case TrimStart:
		return strings.TrimSuffix(p.Text, p.text)
	case TrimEnd:
		return strings.TrimPrefix(p.Text, p.text)
	}
	if p.gone {
		return p.Text + strings.Join(p.Items, "\n")
	}
	return ""
}
