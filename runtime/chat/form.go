package chat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// Form is how a family of models writes conversations. A tokenizer's special tokens tell some of the forms; the others have to be said, see [As] and [FormOf].
type Form string

// The forms that are known. Where one has no special tokens of its own, anybody can type its marks.
const (
	ChatML    Form = "chatml"     // <|im_start|>user\nHi<|im_end|>\n: Qwen2, SmolLM2 and many others
	Qwen3     Form = "qwen3"      // that, with thoughts between <think> and </think> before an answer
	Qwen3Fast Form = "qwen3-fast" // that with thinking switched off: the answer begins with thoughts that are empty
	Llama3    Form = "llama3"     // <|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>
	Gemma     Form = "gemma"      // <start_of_turn>user\nHi<end_of_turn>\n, without a role system
	Gemma3    Form = "gemma3"     // that, with the system's message in front of the first question
	Phi3      Form = "phi3"       // <|user|>\nHi<|end|>\n, where line feeds are no tokens
	Llama2    Form = "llama2"     // <s>[INST] Hi [/INST] Hello </s>, with the system's message in the first question
	Mistral   Form = "mistral"    // <s>[INST] Hi [/INST]Hello</s>, without a role system: Mistral 7B's version 0.2
	MistralV1 Form = "mistral-v1" // that, with a blank behind each answer
	Zephyr    Form = "zephyr"     // <|user|>\nHi</s>\n: TinyLlama's, too
)

// form is what a conversation is made of.
type form struct {
	name   Form
	needs  []string // special tokens
	joins  bool     // pieces of text are encoded together
	write  func(c Conversation) ([]piece, error)
	ask    []piece                      // before the assistant's next message
	answer func(content string) []piece // that message
	end    string                       // the special token that ends it
	last   string                       // a special token behind a whole conversation, where the tokenizer has it
}

func (f *form) closedBy(last string) *form {
	f.last = last
	return f
}

// forms are in the order in which a tokenizer is searched for their tokens. Those behind the first so many are not told by tokens.
var forms = []*form{
	framed(ChatML, frame{start: Start, end: End, feed: "\n", behind: "\n"}),
	framed(Llama3, frame{begin: "<|begin_of_text|>", start: "<|start_header_id|>", close: "<|end_header_id|>", end: "<|eot_id|>", feed: "\n\n", trims: true}),
	framed(Gemma, frame{begin: "<bos>", start: "<start_of_turn>", end: "<end_of_turn>", feed: "\n", behind: "\n", assistant: "model", trims: true, mute: true}),
	framed(Phi3, frame{roles: []string{System, User, Assistant}, end: "<|end|>", trims: true}).closedBy("<|endoftext|>"),
	framed(Gemma3, frame{begin: "<bos>", start: "<start_of_turn>", end: "<end_of_turn>", feed: "\n", behind: "\n", assistant: "model", trims: true, mute: true, lends: "\n\n"}),
	qwen3(Qwen3, nil), qwen3(Qwen3Fast, []piece{text(noThoughts)}),
	{name: Llama2, needs: []string{"<s>", "</s>"}, joins: true, write: llama2, end: "</s>", answer: func(content string) []piece {
		return []piece{said(" " + strings.TrimSpace(content) + " "), ended("</s>")}
	}},
	inst(Mistral, ""), inst(MistralV1, " "),
	{name: Zephyr, needs: []string{"</s>"}, joins: true, write: zephyr, ask: []piece{text("<|assistant|>\n")}, end: "</s>", answer: func(content string) []piece { return []piece{said(content), ended("</s>")} }},
}

const toldByTokens = 4

// formed is a tokenizer whose conversations have a form.
type formed struct {
	tokenizer.Tokenizer
	form Form
}

// As is the tokenizer with a form for conversations, whatever special tokens it has.
func As(tok tokenizer.Tokenizer, f Form) tokenizer.Tokenizer { return formed{tok, f} }

// Prefix is what the tokenizer's file puts before texts.
func (t formed) Prefix() []int32 { return tokenizer.Begin(t.Tokenizer) }

// formOf is the form of a tokenizer.
func formOf(tok Tokenizer) (*form, error) {
	has := func(f *form) bool {
		return !slices.ContainsFunc(f.needs, func(name string) bool { _, found := tok.Special(name); return !found })
	}
	if t, ok := tok.(formed); ok {
		i := slices.IndexFunc(forms, func(f *form) bool { return f.name == t.form })
		switch {
		case i < 0:
			return nil, fmt.Errorf("the form %q is unknown, want one of %s", t.form, names())
		case !has(forms[i]):
			return nil, fmt.Errorf("the tokenizer lacks special tokens of the form %s: %s", t.form, strings.Join(forms[i].needs, ", "))
		}
		return forms[i], nil
	}
	var others []string
	for i, f := range forms[:toldByTokens] {
		if has(f) {
			return f, nil
		}
		if i > 0 {
			others = append(others, strings.Join(f.needs, ", "))
		}
	}
	return nil, fmt.Errorf("the tokenizer lacks the special tokens %s and %s: name them when it is trained; nor does it have those of another form: %s", Start, End, strings.Join(others, "; "))
}

// names are all forms in words.
func names() string {
	var all []string
	for _, f := range forms {
		all = append(all, string(f.name))
	}
	return strings.Join(all, ", ")
}
