package rag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Document is a text to find things in.
type Document struct {
	ID    string            `json:"id"`
	Title string            `json:"title,omitempty"`
	Text  string            `json:"text"`
	Meta  map[string]string `json:"meta,omitempty"` // for filters
}

// Chunk is a piece of a document: Text is document.Text[Begin:End].
type Chunk struct {
	Doc     string            `json:"doc"`               // the document's ID
	Title   string            `json:"title,omitempty"`   // the document's
	Heading string            `json:"heading,omitempty"` // under which it stands, from the outermost: "Book I > Propositions"
	Begin   int               `json:"begin"`
	End     int               `json:"end"`
	Text    string            `json:"text"`
	Meta    map[string]string `json:"meta,omitempty"` // the document's
}

// Chunker cuts a document into chunks, in their order. Chunks may overlap; together they have all of the text but for white space.
type Chunker interface {
	Chunks(d Document) ([]Chunk, error)
}

// Tokenizer is what chunkers and [Encoder] need of a tokenizer; those of runtime/data/tokenizer have it.
type Tokenizer interface {
	Size() int
	Encode(text string) []int32
	Token(id int32) string // a token's bytes
}

// Windows cuts every Size tokens, whatever the text says there. The next chunk begins with the last Overlap tokens of the one before.
type Windows struct {
	Tokenizer     Tokenizer
	Size, Overlap int
}

// Chunks implements [Chunker].
func (w Windows) Chunks(d Document) ([]Chunk, error) {
	if w.Size < 1 || w.Overlap < 0 || w.Overlap >= w.Size {
		return nil, fmt.Errorf("rag: windows of %d tokens that overlap by %d: want at least 1, and less overlap than that", w.Size, w.Overlap)
	}
	var chunks []Chunk
	ends := tokenEnds(w.Tokenizer, d.Text)
	for first := 0; first < len(ends); first += w.Size - w.Overlap {
		begin := 0
		if first > 0 {
			begin = ends[first-1]
		}
		last := min(first+w.Size, len(ends)) - 1
		chunks = appendChunk(chunks, d, "", begin, ends[last])
		if last == len(ends)-1 {
			break
		}
	}
	return chunks, nil
}

// tokenEnds is where each token of a text ends, at whole characters: a token that ends within one ends behind it.
func tokenEnds(tok Tokenizer, text string) []int {
	ids := tok.Encode(text)
	ends, at := make([]int, len(ids)), 0
	for i, id := range ids {
		at = min(at+len(tok.Token(id)), len(text))
		end := at
		for end < len(text) && !utf8.RuneStart(text[end]) {
			end++
		}
		ends[i] = end
	}
	return ends
}

// Sections cuts where the text is cut already: at Markdown headings, and in what stands below one at empty lines, then at ends of
// sentences, then anywhere, as far as it must be for chunks of at most Max tokens. Short neighbours under the same heading share a chunk.
type Sections struct {
	Tokenizer Tokenizer
	Max       int
}

// Chunks implements [Chunker].
func (s Sections) Chunks(d Document) ([]Chunk, error) {
	if s.Max < 1 {
		return nil, fmt.Errorf("rag: sections of at most %d tokens: want at least 1", s.Max)
	}
	var chunks []Chunk
	for _, section := range sections(d.Text) {
		for _, part := range s.pack(d.Text, section.begin, section.end) {
			chunks = appendChunk(chunks, d, section.heading, part.begin, part.end)
		}
	}
	return chunks, nil
}

// span is a piece of a text.
type span struct{ begin, end int }

// pack puts as many neighbouring pieces together as Max allows, and cuts those that are too long by themselves.
func (s Sections) pack(text string, begin, end int) []span {
	var packed []span
	open := span{begin, begin}
	for _, piece := range s.split(text, span{begin, end}, cuts) {
		if open.end > open.begin && s.tokens(text[open.begin:piece.end]) > s.Max {
			packed = append(packed, open)
			open = piece
		}
		open.end = piece.end
	}
	return append(packed, open)
}

func (s Sections) tokens(text string) int { return len(s.Tokenizer.Encode(strings.TrimSpace(text))) }

// cuts are where a text may be cut, the best places first: each finds the end of the first piece.
var cuts = []func(string) int{
	func(s string) int { return after(s, "\n\n") },
	func(s string) int { return sentence(s) },
	func(s string) int { return after(s, " ") },
}

// split cuts a piece that is too long at the best places that there are.
func (s Sections) split(text string, piece span, places []func(string) int) []span {
	if s.tokens(text[piece.begin:piece.end]) <= s.Max && len(places) < len(cuts) {
		return []span{piece}
	}
	if len(places) == 0 {
		return s.windows(text, piece)
	}
	var all []span
	for at := piece.begin; at < piece.end; {
		n := places[0](text[at:piece.end])
		all = append(all, s.split(text, span{at, at + n}, places[1:])...)
		at += n
	}
	return all
}

// windows cuts a piece that has no place to be cut at.
func (s Sections) windows(text string, piece span) []span {
	chunks, _ := Windows{Tokenizer: s.Tokenizer, Size: s.Max}.Chunks(Document{Text: text[piece.begin:piece.end]})
	var all []span
	for _, c := range chunks {
		all = append(all, span{piece.begin + c.Begin, piece.begin + c.End})
	}
	return all
}

// after is where a text goes on behind a separator and those that follow at once.
func after(s, separator string) int {
	at := strings.Index(s, separator)
	if at < 0 {
		return len(s)
	}
	at += len(separator)
	return at + len(s[at:]) - len(strings.TrimLeft(s[at:], " \n\t\r"))
}

// sentence is where the second sentence begins.
func sentence(s string) int {
	for at := 0; at < len(s); {
		i := strings.IndexAny(s[at:], ".!?")
		if i < 0 {
			break
		}
		at += i + 1
		rest := strings.TrimLeft(s[at:], `"')]}`+"”’")
		if blank := strings.TrimLeft(rest, " \n\t\r"); len(blank) < len(rest) {
			return len(s) - len(blank)
		}
	}
	return len(s)
}

// appendChunk leaves out white space around a chunk, and chunks of nothing else.
func appendChunk(chunks []Chunk, d Document, heading string, begin, end int) []Chunk {
	inner := strings.TrimLeftFunc(d.Text[begin:end], unicode.IsSpace)
	begin = end - len(inner)
	end = begin + len(strings.TrimRightFunc(inner, unicode.IsSpace))
	if begin == end {
		return chunks
	}
	return append(chunks, Chunk{Doc: d.ID, Title: d.Title, Heading: heading, Begin: begin, End: end, Text: d.Text[begin:end], Meta: d.Meta})
}
