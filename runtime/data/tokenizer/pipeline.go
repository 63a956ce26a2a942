package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// pipeline is what a tokenizer.json says about a text's way to pieces and back. The parts are kept as they were read, so that they
// can be written again; beside them stands what they mean.
type pipeline struct {
	normalizer, preTokenizer, postProcessor, decoder json.RawMessage

	normal      []func(text string, first bool) string // the changes before a text is cut
	split       splitter                               // nil: a text is one piece
	byteLevel   bool                                   // tokens are written in the characters that stand for bytes
	spaceMark   string                                 // what is written for a blank, if it is not a blank
	stripsSpace bool                                   // the blank before the first word is not part of the text
	prefix      []int32
}

// step is any of the objects that a pipeline is made of: the union of the fields we know.
type step struct {
	Type             string                          `json:"type"`
	Normalizers      []step                          `json:"normalizers"`
	Pretokenizers    []step                          `json:"pretokenizers"`
	Processors       []step                          `json:"processors"`
	Decoders         []step                          `json:"decoders"`
	Pattern          struct{ String, Regex *string } `json:"pattern"`
	Content          string                          `json:"content"`
	Prepend          string                          `json:"prepend"`
	Behavior         string                          `json:"behavior"`
	Invert           bool                            `json:"invert"`
	AddPrefixSpace   *bool                           `json:"add_prefix_space"`
	UseRegex         *bool                           `json:"use_regex"`
	Split            *bool                           `json:"split"`
	IndividualDigits bool                            `json:"individual_digits"`
	Replacement      string                          `json:"replacement"`
	PrependScheme    string                          `json:"prepend_scheme"`
	Start            int                             `json:"start"`
	Stop             int                             `json:"stop"`
	Single           []templatePiece                 `json:"single"`
	SpecialTokens    map[string]templateIDs          `json:"special_tokens"`
}

type templatePiece struct {
	SpecialToken *struct {
		ID string `json:"id"`
	}
}

type templateIDs struct {
	IDs []int32 `json:"ids"`
}

// is reads an option that is on if a file does not mention it.
func is(option *bool) bool { return option == nil || *option }

// byteLevelPipeline is GPT-2's: pieces by a pattern (none: a text is one piece), written as characters that stand for bytes.
func byteLevelPipeline(pattern string) (pipeline, error) {
	if plain, ok := plainPattern[pattern]; ok {
		pattern = plain
	}
	level := map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": pattern == gpt2Pattern}
	var pre any = level
	if pattern != "" && pattern != gpt2Pattern {
		split := map[string]any{"type": "Split", "pattern": map[string]string{"Regex": pattern}, "behavior": "Isolated", "invert": false}
		pre = map[string]any{"type": "Sequence", "pretokenizers": []any{split, level}}
	}
	p := pipeline{preTokenizer: mustMarshal(pre), decoder: mustMarshal(level)}
	return p, p.parse()
}

// ourPipeline is byteLevelPipeline for the patterns in this package, which are in order.
func ourPipeline(pattern string) pipeline {
	p, err := byteLevelPipeline(pattern)
	if err != nil {
		panic(err)
	}
	return p
}

func mustMarshal(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of strings and flags
	}
	return raw
}

// parse finds out what the parts mean.
func (p *pipeline) parse() error {
	for _, part := range []struct {
		name string
		raw  json.RawMessage
		read func(step) error
	}{
		{"normalizer", p.normalizer, p.readNormalizer},
		{"pre_tokenizer", p.preTokenizer, p.readPreTokenizer},
		{"post_processor", p.postProcessor, p.readPostProcessor},
		{"decoder", p.decoder, p.readDecoder},
	} {
		var s *step
		if len(part.raw) == 0 {
			continue
		}
		if err := json.Unmarshal(part.raw, &s); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		if s == nil {
			continue
		}
		if err := part.read(*s); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func each(steps []step, read func(step) error) error {
	for _, s := range steps {
		if err := read(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipeline) readNormalizer(s step) error {
	switch s.Type {
	case "Sequence":
		return each(s.Normalizers, p.readNormalizer)
	case "NFC", "NFD", "NFKC", "NFKD":
		return p.changeForm(s.Type)
	case "Prepend":
		p.change(func(text string) string { return s.Prepend + text })
	case "Replace":
		from := s.Pattern.String
		if from == nil || *from == "" {
			return errors.New("the step Replace without a string to replace is not supported")
		}
		p.change(func(text string) string { return strings.ReplaceAll(text, *from, s.Content) })
		if *from == " " {
			p.spaceMark = s.Content
		}
	default:
		return fmt.Errorf("the step %q is not supported; Unicode's normal forms, Prepend, Replace and Sequence are", s.Type)
	}
	return nil
}

// change adds a change that is the same everywhere in a text.
func (p *pipeline) change(f func(string) string) {
	p.normal = append(p.normal, func(text string, _ bool) string { return f(text) })
}

func (p *pipeline) readPreTokenizer(s step) error {
	switch s.Type {
	case "Sequence":
		return each(s.Pretokenizers, p.readPreTokenizer)
	case "ByteLevel":
		return p.readByteLevel(s)
	case "Split":
		return p.readSplit(s)
	case "Digits":
		pattern := `\p{N}+`
		if s.IndividualDigits {
			pattern = `\p{N}`
		}
		return p.cut(pattern, kept)
	case "Metaspace":
		p.readMetaspace(s)
		return nil
	}
	return fmt.Errorf("the step %q is not supported; ByteLevel, Split, Digits, Metaspace and Sequence are", s.Type)
}

func (p *pipeline) readByteLevel(s step) error {
	p.byteLevel = true
	if is(s.AddPrefixSpace) {
		if p.split != nil {
			return errors.New("the step ByteLevel with add_prefix_space behind a step that cuts is not supported")
		}
		p.change(func(text string) string { return " " + strings.TrimPrefix(text, " ") })
	}
	if is(s.UseRegex) {
		return p.cut(gpt2Pattern, kept)
	}
	return nil
}

func (p *pipeline) readSplit(s step) error {
	pattern := ""
	switch {
	case s.Pattern.Regex != nil:
		pattern = *s.Pattern.Regex
	case s.Pattern.String != nil:
		pattern = regexp.QuoteMeta(*s.Pattern.String)
	}
	switch {
	case pattern == "":
		return errors.New("the step Split has no pattern")
	case s.Behavior == "Isolated":
		return p.cut(pattern, kept)
	case s.Behavior == "MergedWithPrevious" && !s.Invert:
		return p.cut(pattern, joined)
	case s.Behavior == "Removed" && s.Invert:
		return p.cut(pattern, dropped)
	}
	return fmt.Errorf("the step Split with behavior %q is not supported; Isolated is, MergedWithPrevious, and Removed if inverted", s.Behavior)
}

func (p *pipeline) cut(pattern string, between gaps) error {
	next, err := compilePattern(pattern, between)
	if err == nil {
		p.split = p.split.then(next)
	}
	return err
}

// readMetaspace reads SentencePiece's way: a mark for each blank, one before the text, and pieces that begin with the mark.
func (p *pipeline) readMetaspace(s step) {
	mark := s.Replacement
	if mark == "" {
		mark = "▁"
	}
	p.spaceMark = mark
	scheme := s.PrependScheme
	if scheme == "" && !is(s.AddPrefixSpace) {
		scheme = "never"
	}
	p.normal = append(p.normal, func(text string, first bool) string {
		text = strings.ReplaceAll(text, " ", mark)
		if scheme == "never" || scheme == "first" && !first || strings.HasPrefix(text, mark) {
			return text
		}
		return mark + text
	})
	if is(s.Split) {
		p.split = p.split.then(scan(func(text string) int {
			n := strings.Index(text[1:], mark) + 1
			if n == 0 {
				n = len(text)
			}
			return n
		}))
	}
}

func (p *pipeline) readPostProcessor(s step) error {
	switch s.Type {
	case "Sequence":
		return each(s.Processors, p.readPostProcessor)
	case "TemplateProcessing":
		for _, piece := range s.Single {
			if piece.SpecialToken == nil {
				break
			}
			p.prefix = append(p.prefix, s.SpecialTokens[piece.SpecialToken.ID].IDs...)
		}
	}
	return nil // the others move offsets, which we do not have
}

func (p *pipeline) readDecoder(s step) error {
	switch s.Type {
	case "Sequence":
		return each(s.Decoders, p.readDecoder)
	case "ByteLevel":
		if !p.byteLevel {
			return errors.New("the step ByteLevel without ByteLevel in pre_tokenizer is not supported")
		}
	case "Strip":
		p.stripsSpace = s.Content == " " && s.Start > 0
	case "Metaspace":
		p.stripsSpace = s.PrependScheme != "never" && is(s.AddPrefixSpace)
	case "Replace":
		if from := s.Pattern.String; from != nil && s.Content == " " {
			p.spaceMark = *from
		}
	case "ByteFallback", "Fuse":
	default:
		return fmt.Errorf("the step %q is not supported; ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace and Sequence are", s.Type)
	}
	return nil
}
