package chat

import (
	"errors"
	"fmt"
	"slices"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// Tokenizer is what conversations are encoded with.
type Tokenizer interface {
	Encode(text string) []int32
	Special(name string) (id int32, ok bool)
}

// pieces are those of a conversation, in the form of a tokenizer.
func (c Conversation) pieces(tok Tokenizer) (*form, []piece, error) {
	f, err := formOf(tok)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return nil, nil, err
	}
	pieces, err := f.write(c)
	return f, pieces, err
}

// Encode is the conversation as tokens. To be predicted is what the assistant says, each time, and that it then ends.
func (c Conversation) Encode(tok Tokenizer) (data.Example, error) {
	f, pieces, err := c.pieces(tok)
	if err != nil {
		return data.Example{}, fmt.Errorf("chat: encode: %w", err)
	}
	e := f.encode(tok, append(pieces, given(special(f.last))...))
	if e.From = slices.Index(e.Mask, true); e.From < 0 {
		return data.Example{}, errors.New("chat: encode: the assistant says nothing in this conversation")
	}
	return e, nil
}

// Prompt is the conversation as tokens, with the beginning of the assistant's next message.
func (c Conversation) Prompt(tok Tokenizer) ([]int32, error) {
	f, pieces, err := c.pieces(tok)
	if err != nil {
		return nil, fmt.Errorf("chat: prompt: %w", err)
	}
	return f.encode(tok, append(pieces, f.ask...)).IDs, nil
}

// Answers are examples of this conversation with each of several answers, of which nothing else is to be predicted. They are what
// eval.ChooseExamples and preferences ask for.
func (c Conversation) Answers(tok Tokenizer, answers ...string) ([]data.Example, error) {
	prompt, err := c.Prompt(tok)
	if err != nil {
		return nil, err
	}
	f, pieces, err := c.pieces(tok)
	if err != nil {
		return nil, err
	}
	examples := make([]data.Example, len(answers))
	for i, a := range answers {
		ids := f.encode(tok, slices.Concat(pieces, f.ask, f.answer(a))).IDs
		examples[i] = data.Example{IDs: ids, From: common(ids, prompt)}
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
