package chat

import (
	"context"
	"fmt"
	"html"
	"iter"
	"strings"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/infer"
)

// Stream lets a session answer a conversation, piece by piece, up to the token that ends a message. What the session was told before is forgotten: the conversation is all of its
// context.
func Stream(ctx context.Context, s *infer.Session, tok Tokenizer, c Conversation, o infer.Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ids, err := c.Prompt(tok)
		var f *form
		if err == nil {
			f, err = formOf(tok)
		}
		if err == nil {
			s.Reset()
			err = s.Tell(ids...)
		}
		if err != nil {
			yield("", err)
			return
		}
		end, _ := tok.Special(f.end)
		o.StopTokens = append(append([]int32(nil), o.StopTokens...), end)
		s.Stream(ctx, "", o)(yield)
	}
}

// Reply is Stream in one piece. With an error it returns what there was before it.
func Reply(ctx context.Context, s *infer.Session, tok Tokenizer, c Conversation, o infer.Options) (string, error) {
	var b strings.Builder
	for piece, err := range Stream(ctx, s, tok, c, o) {
		if err != nil {
			return b.String(), fmt.Errorf("chat: reply: %w", err)
		}
		b.WriteString(piece)
	}
	return b.String(), nil
}

// View shows an example token by token.
type View struct {
	Tokenizer interface{ Token(id int32) string }
	Example   data.Example
}

// String has a line for each token, with a mark where it is to be predicted.
func (v View) String() string {
	var b strings.Builder
	for i, id := range v.Example.IDs {
		mark := ' '
		if v.Example.Counts(i) {
			mark = '*'
		}
		fmt.Fprintf(&b, "%c %5d %q\n", mark, id, v.Tokenizer.Token(id))
	}
	return b.String()
}

// HTML has the tokens in a row; those that are to be predicted are shaded.
func (v View) HTML() string {
	var b strings.Builder
	b.WriteString(`<div style="font-family:monospace;line-height:2.1">`)
	for i, id := range v.Example.IDs {
		token := v.Tokenizer.Token(id)
		style, title := "border:1px solid #8f8a80;opacity:.75", "context"
		if v.Example.Counts(i) {
			style, title = "background:#a8480f;color:#fff;border:1px solid #a8480f", "to be predicted"
		}
		text := html.EscapeString(strings.NewReplacer("\n", "↵", " ", "␣").Replace(token))
		fmt.Fprintf(&b, `<span style="padding:1px 3px;margin:1px;border-radius:3px;%s" title="%s">%s</span>`, style, title, text)
		if strings.Contains(token, "\n") {
			b.WriteString("<br>")
		}
	}
	b.WriteString("</div>")
	return b.String()
}
