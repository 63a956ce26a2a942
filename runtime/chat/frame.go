package chat

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// frame is a form in which each message stands between special tokens: begin, and for each message start, role, close, feed, content, end, behind.
type frame struct {
	begin, start, close, end string   // special tokens; begin and close may be empty
	roles                    []string // each has a special token of its own instead of start: <|role|>
	feed, behind             string   // text
	assistant                string   // the assistant's role, if it has another name
	trims                    bool     // blanks around the content go; with roles those in front of it, which belong to the token there
	mute                     bool     // there is no role system
	lends                    string   // but what the system says stands before the first question, and this between them
}

// framed is a form with frames.
func framed(name Form, f frame) *form {
	needs := []string{f.begin, f.start, f.close}
	for _, role := range f.roles {
		needs = append(needs, "<|"+role+"|>")
	}
	needs = slices.DeleteFunc(append(needs, f.end), func(name string) bool { return name == "" })
	return &form{name: name, needs: needs, write: f.write, ask: f.header(Assistant), end: f.end,
		answer: func(content string) []piece { return []piece{said(content), ended(f.end)} }}
}

func (f frame) write(c Conversation) (pieces []piece, err error) {
	pieces = append(pieces, given(special(f.begin))...)
	if f.lends != "" && c[0].Role == System && len(c) > 1 {
		first := c[1]
		first.Content = c[0].Content + f.lends + strings.TrimSpace(first.Content)
		c = append(Conversation{first}, c[2:]...)
	}
	for i, m := range c {
		switch {
		case m.Role == System && f.mute && f.lends != "":
			return nil, fmt.Errorf("message %d is the system's: in this form it is the first, and a question follows", i)
		case m.Role == System && f.mute:
			return nil, fmt.Errorf("message %d is the system's: the form of this tokenizer, with %s and %s, has no such role", i, f.start, f.end)
		case f.roles != nil && !slices.Contains(f.roles, m.Role):
			return nil, fmt.Errorf("message %d has the role %q: the form of this tokenizer has %s", i, m.Role, strings.Join(f.roles, ", "))
		}
		pieces = append(pieces, f.message(m)...)
	}
	return pieces, nil
}

// message is one of a conversation's.
func (f frame) message(m Message) []piece {
	content := m.Content
	switch {
	case f.trims && f.roles != nil:
		content = strings.TrimLeftFunc(content, unicode.IsSpace)
	case f.trims:
		content = strings.TrimSpace(content)
	}
	mine := m.Role == Assistant
	return slices.Concat(f.header(m.Role), []piece{{text: content, counts: mine}, {text: f.end, special: true, counts: mine}}, given(text(f.behind)))
}

// header stands before a message of a role.
func (f frame) header(role string) []piece {
	switch {
	case f.roles != nil:
		return []piece{special("<|" + role + "|>")}
	case role == Assistant && f.assistant != "":
		role = f.assistant
	}
	if f.close == "" {
		return []piece{special(f.start), text(role + f.feed)}
	}
	return []piece{special(f.start), text(role), special(f.close), text(f.feed)}
}

// given is a piece, if it is one.
func given(p piece) []piece {
	if p.text == "" {
		return nil
	}
	return []piece{p}
}
