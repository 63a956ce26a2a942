package chat

import (
	"errors"
	"fmt"
	"strings"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// Tokenizer is what conversations are encoded with.
type Tokenizer interface {
	Encode(text string) []int32
	Special(name string) (id int32, ok bool)
}

// begin starts an example with the messages of a conversation.
func (c Conversation) begin(tok Tokenizer) (f frame, e data.Example, err error) {
	if f, err = frameOf(tok); err == nil {
		err = c.check()
	}
	if err != nil {
		return f, e, err
	}
	f.mark(&e, f.begin, false)
	for i, m := range c {
		if m.Role == System && f.mute {
			return f, e, fmt.Errorf("message %d is the system's: the form of this tokenizer, with %s, has no such role", i, f.name)
		}
		f.add(&e, m)
	}
	return f, e, nil
}

// add appends a message to an example.
func (f frame) add(e *data.Example, m Message) {
	content := m.Content
	if f.trims {
		content = strings.TrimSpace(content)
	}
	f.mark(e, f.header(m.Role), false)
	f.mark(e, append(f.tok.Encode(content), f.end), m.Role == Assistant)
	f.mark(e, f.behind, false)
}

func (f frame) mark(e *data.Example, ids []int32, counts bool) {
	e.IDs = append(e.IDs, ids...)
	for range ids {
		e.Mask = append(e.Mask, counts)
	}
}

// Encode is the conversation as tokens. To be predicted is what the assistant says, each time, and that it then ends.
func (c Conversation) Encode(tok Tokenizer) (data.Example, error) {
	_, e, err := c.begin(tok)
	if err != nil {
		return data.Example{}, fmt.Errorf("chat: encode: %w", err)
	}
	e.From = -1
	for i, counts := range e.Mask {
		if counts {
			e.From = i
			return e, nil
		}
	}
	return data.Example{}, errors.New("chat: encode: the assistant says nothing in this conversation")
}

// Prompt is the conversation as tokens, with the beginning of the assistant's next message.
func (c Conversation) Prompt(tok Tokenizer) ([]int32, error) {
	f, e, err := c.begin(tok)
	if err != nil {
		return nil, fmt.Errorf("chat: prompt: %w", err)
	}
	return append(e.IDs, f.header(Assistant)...), nil
}

// Answers are examples of this conversation with each of several answers, of which nothing else is to be predicted. They are what
// eval.ChooseExamples and preferences ask for.
func (c Conversation) Answers(tok Tokenizer, answers ...string) ([]data.Example, error) {
	prompt, err := c.Prompt(tok)
	if err != nil {
		return nil, err
	}
	f, err := frameOf(tok)
	if err != nil {
		return nil, err
	}
	examples := make([]data.Example, len(answers))
	for i, a := range answers {
		ids := append(append([]int32(nil), prompt...), tok.Encode(a)...)
		examples[i] = data.Example{IDs: append(ids, f.end), From: len(prompt)}
	}
	return examples, nil
}

// Examples are conversations to be trained on.
func Examples(tok tokenizer.Tokenizer, conversations ...Conversation) (*data.PairSet, error) {
	set := &data.PairSet{Tokenizer: tok}
	for i, c := range conversations {
		e, err := c.Encode(tok)
		if err != nil {
			return nil, fmt.Errorf("chat: conversation %d: %w", i, err)
		}
		set.Examples = append(set.Examples, e)
	}
	return set, nil
}

// Preference is a conversation with two answers, of which people prefer the first.
type Preference struct {
	Prompt           Conversation
	Chosen, Rejected string
}

// Preferences are preferences to be trained on (see package align).
func Preferences(tok tokenizer.Tokenizer, preferences ...Preference) (*data.PreferenceSet, error) {
	set := &data.PreferenceSet{Chosen: &data.PairSet{Tokenizer: tok}, Rejected: &data.PairSet{Tokenizer: tok}}
	for i, p := range preferences {
		two, err := p.Prompt.Answers(tok, p.Chosen, p.Rejected)
		if err != nil {
			return nil, fmt.Errorf("chat: preference %d: %w", i, err)
		}
		set.Chosen.Examples = append(set.Chosen.Examples, two[0])
		set.Rejected.Examples = append(set.Rejected.Examples, two[1])
	}
	return set, nil
}
