package tokenizer

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// View is a text cut into tokens, to look at: String puts bars between them, HTML gives them colours, with the id in a tooltip.
// Both show the first 2,000 tokens.
type View struct {
	Tokenizer Tokenizer
	IDs       []int32
}

const mostShown = 2000

// Show cuts a text into tokens to look at.
func Show(tok Tokenizer, text string) View { return View{tok, tok.Encode(text)} }

// String has a line with the counts, then the tokens with bars between them. Line breaks are written as ⏎, bytes that are only part
// of a character as <e2>.
func (v View) String() string {
	var b strings.Builder
	b.WriteString(v.summary())
	b.WriteByte('\n')
	for i, id := range v.shown() {
		if i > 0 {
			b.WriteString("│")
		}
		b.WriteString(strings.ReplaceAll(visibleText(v.Tokenizer.Token(id)), "\n", "⏎"))
	}
	return b.String() + v.more()
}

// hues are those of neighbouring tokens, in turn: far enough apart to see the border.
var hues = [...]int{210, 30, 120, 330, 60, 270}

func (v View) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="font-size:smaller;opacity:.7">%s</div>`, html.EscapeString(v.summary()))
	b.WriteString(`<div style="font-family:monospace;white-space:pre-wrap;line-height:1.7">`)
	for i, id := range v.shown() {
		text := v.Tokenizer.Token(id)
		seen := strings.ReplaceAll(html.EscapeString(visibleText(text)), "\n", "⏎\n")
		fmt.Fprintf(&b, `<span style="background:hsla(%d,80%%,55%%,.28);border-radius:3px" title="%d: %s">%s</span>`,
			hues[i%len(hues)], id, html.EscapeString(fmt.Sprintf("%q", text)), seen)
	}
	b.WriteString(html.EscapeString(v.more()))
	b.WriteString(`</div>`)
	return b.String()
}

func (v View) summary() string {
	size := 0
	for _, id := range v.IDs {
		size += len(v.Tokenizer.Token(id))
	}
	return fmt.Sprintf("%s: %d tokens, %d bytes, %.2f bytes a token",
		v.Tokenizer.Name(), len(v.IDs), size, float64(size)/float64(max(1, len(v.IDs))))
}

func (v View) shown() []int32 { return v.IDs[:min(len(v.IDs), mostShown)] }

func (v View) more() string {
	if n := len(v.IDs) - mostShown; n > 0 {
		return fmt.Sprintf(" … and %d more", n)
	}
	return ""
}

// visibleText writes bytes that are not UTF-8, and control characters other than line feeds, in hexadecimal.
func visibleText(token string) string {
	var b strings.Builder
	for i, r := range token {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(token[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, "<%02x>", token[i])
		case r < ' ' && r != '\n' || r == 0x7f:
			fmt.Fprintf(&b, "<%02x>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
