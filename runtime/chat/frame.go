package chat

import (
	"fmt"
	"slices"
	"strings"
)

// form is how a family of models writes messages: begin, and for each message start, role, close, feed, content, end, behind.
type form struct {
	begin, start, close, end string // special tokens; begin and close may be empty
	feed, behind             string // text
	assistant                string // the assistant's role, if it has another name
	trims                    bool   // blanks around the content go
	mute                     bool   // there is no role system
}

// forms are those that are known, by their special tokens. A tokenizer that has those of several has the first one's form.
var forms = []form{
	{start: Start, end: End, feed: "\n", behind: "\n"}, // ChatML
	{begin: "<|begin_of_text|>", start: "<|start_header_id|>", close: "<|end_header_id|>", end: "<|eot_id|>", feed: "\n\n", trims: true}, // Llama 3
	{begin: "<bos>", start: "<start_of_turn>", end: "<end_of_turn>", feed: "\n", behind: "\n", assistant: "model", trims: true, mute: true},
}

// tokens are the special tokens that a tokenizer must have.
func (f form) tokens() []string {
	return slices.DeleteFunc([]string{f.begin, f.start, f.close, f.end}, func(name string) bool { return name == "" })
}

// frame is a form in the tokens of a tokenizer.
type frame struct {
	form
	tok           Tokenizer
	name          string // the tokens that tell the form
	begin, behind []int32
	end           int32
}

func frameOf(tok Tokenizer) (frame, error) {
	for _, f := range forms {
		if names := f.tokens(); !slices.ContainsFunc(names, func(name string) bool { _, found := tok.Special(name); return !found }) {
			made := frame{form: f, tok: tok, name: f.start + " and " + f.end, behind: tok.Encode(f.behind), end: special(tok, f.end)[0]}
			made.begin = special(tok, f.begin)
			return made, nil
		}
	}
	var others []string
	for _, f := range forms[1:] {
		others = append(others, strings.Join(f.tokens(), ", "))
	}
	return frame{}, fmt.Errorf("the tokenizer lacks the special tokens %s and %s: name them when it is trained; nor does it have those of another form: %s", Start, End, strings.Join(others, "; "))
}

// special is a special token, if it has a name.
func special(tok Tokenizer, name string) []int32 {
	if id, found := tok.Special(name); found && name != "" {
		return []int32{id}
	}
	return nil
}

// header are the tokens before a message of a role.
func (f frame) header(role string) []int32 {
	if role == Assistant && f.assistant != "" {
		role = f.assistant
	}
	ids := special(f.tok, f.start)
	if f.close == "" {
		return append(ids, f.tok.Encode(role+f.feed)...)
	}
	ids = append(append(ids, f.tok.Encode(role)...), special(f.tok, f.close)...)
	return append(ids, f.tok.Encode(f.feed)...)
}
