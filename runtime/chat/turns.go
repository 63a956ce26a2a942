package chat

import (
	"fmt"
	"slices"
	"strings"
)

// The forms in this file mark turns with text, and end answers with a special token.

// takeTurns makes sure that questions and answers follow each other, and takes the system's message off where it may be the first.
func takeTurns(c Conversation, hasSystem bool) (system string, turns Conversation, err error) {
	if c[0].Role == System && hasSystem {
		system, c = c[0].Content, c[1:]
	}
	for i, m := range c {
		if want := []string{User, Assistant}[i%2]; m.Role != want {
			return "", nil, fmt.Errorf("a message of the %s's follows where this form wants the %s's", m.Role, want)
		}
	}
	return system, c, nil
}

func llama2(c Conversation) (pieces []piece, err error) {
	system, c, err := takeTurns(c, true)
	if err != nil {
		return nil, err
	}
	for i, m := range c {
		if m.Role == Assistant {
			pieces = append(pieces, said(" "+strings.TrimSpace(m.Content)+" "), ended("</s>"))
			continue
		}
		content := m.Content
		if i == 0 && system != "" {
			content = "<<SYS>>\n" + system + "\n<</SYS>>\n\n" + content
		}
		pieces = append(pieces, special("<s>"), text("[INST] "+strings.TrimSpace(content)+" [/INST]"))
	}
	return pieces, nil
}

// inst is Mistral's form, with text behind answers.
func inst(name Form, behind string) *form {
	answer := func(content string) []piece { return []piece{said(content), ended("</s>")} }
	return &form{name: name, needs: []string{"<s>", "</s>"}, joins: true, end: "</s>", answer: answer, write: func(c Conversation) ([]piece, error) {
		_, c, err := takeTurns(c, false)
		pieces := []piece{special("<s>")}
		for _, m := range c {
			if m.Role == Assistant {
				pieces = append(append(pieces, answer(m.Content)...), given(text(behind))...)
			} else {
				pieces = append(pieces, text("[INST] "+m.Content+" [/INST]"))
			}
		}
		return pieces, err
	}}
}

func zephyr(c Conversation) (pieces []piece, err error) {
	for i, m := range c {
		mine := m.Role == Assistant
		if !mine && m.Role != User && m.Role != System {
			return nil, fmt.Errorf("message %d has the role %q: this form has %s, %s and %s", i, m.Role, System, User, Assistant)
		}
		pieces = append(pieces, text("<|"+m.Role+"|>\n"), piece{text: m.Content, counts: mine}, piece{text: "</s>", special: true, counts: mine}, text("\n"))
	}
	return pieces, nil
}

// What stands before and behind Qwen3's thoughts, and both where there are none.
const (
	thoughtsBegin = "<think>\n"
	thoughtsEnd   = "\n</think>\n\n"
	noThoughts    = thoughtsBegin + thoughtsEnd
)

// qwen3 is ChatML with thoughts. Those before the last question are left out.
func qwen3(name Form, before []piece) *form {
	f := frame{start: Start, end: End, feed: "\n", behind: "\n"}
	answer := func(content string) []piece {
		thoughts, content := thinking(content)
		block := piece{text: thoughtsBegin + thoughts + thoughtsEnd, counts: true}
		if before != nil && thoughts == "" {
			block.counts = false // it stands there already
		}
		return []piece{block, said(content), ended(f.end)}
	}
	made := framed(name, f)
	made.joins, made.ask, made.answer = true, slices.Concat(made.ask, before), answer
	if before != nil {
		made.answer = func(content string) []piece { return []piece{said(content), ended(f.end)} }
	}
	made.write = func(c Conversation) (pieces []piece, err error) {
		last := len(c) - 1
		for i, m := range c {
			if m.Role == User {
				last = i
			}
		}
		for i, m := range c {
			if m.Role != Assistant {
				pieces = append(pieces, f.message(m)...)
				continue
			}
			thoughts, content := thinking(m.Content)
			pieces = append(pieces, f.header(Assistant)...)
			if i > last && (i == len(c)-1 || thoughts != "") {
				pieces = append(pieces, answer(strings.TrimLeft(m.Content, "\n"))...)
			} else {
				pieces = append(pieces, said(content), ended(f.end))
			}
			pieces = append(pieces, text(f.behind))
		}
		return pieces, nil
	}
	return made
}

// thinking takes an answer apart into thoughts and what is said.
func thinking(content string) (thoughts, rest string) {
	const begin, end = "<think>", "</think>"
	thoughts, _, found := strings.Cut(content, end)
	if !found {
		return "", content
	}
	rest = content[strings.LastIndex(content, end)+len(end):]
	if i := strings.LastIndex(thoughts, begin); i >= 0 {
		thoughts = thoughts[i+len(begin):]
	}
	return strings.Trim(thoughts, "\n"), strings.TrimLeft(rest, "\n")
}
