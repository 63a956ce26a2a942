package rag_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/rag"
)

// TestChunks counts bytes as tokens.
func TestChunks(t *testing.T) {
	windows := func(size, overlap int) rag.Chunker { return rag.Windows{tokenizer.Byte(), size, overlap} }
	sections := func(most int) rag.Chunker { return rag.Sections{tokenizer.Byte(), most} }
	rows := []struct {
		name    string
		chunker rag.Chunker
		text    string
		want    string // chunks between bars, heading before a colon; or an error after "!"
	}{
		{"windows", windows(4, 0), "abcdefghij", "abcd|efgh|ij"},
		{"overlap", windows(4, 2), "abcdefgh", "abcd|cdef|efgh"},
		{"exact", windows(4, 0), "abcd", "abcd"},
		{"characters stay whole", windows(3, 0), "aüüü", "aü|üü"},
		{"white space is left out", windows(4, 0), "ab      cd", "ab|cd"},
		{"no text", windows(4, 0), " \n ", ""},
		{"bad windows", windows(2, 2), "abc", "!rag: windows of 2 tokens that overlap by 2: want at least 1, and less overlap than that"},
		{"paragraphs share", sections(20), "one two\n\nthree\n\nfour five six", "one two\n\nthree|four five six"},
		{"sentences", sections(12), "It rains. Then sun. \"Why?\" he said.", "It rains.|Then sun.|\"Why?\"|he said."},
		{"words", sections(7), "a bb ccc dddd eeeee", "a bb|ccc|dddd|eeeee"},
		{"longer than all", sections(4), "abcdefghij kl", "abcd|efgh|ij|kl"},
		{"headings", sections(50), "intro\n# A\none\n## B ##\ntwo\n# C\nthree", "intro|A: # A\none|A > B: ## B ##\ntwo|C: # C\nthree"},
		{"a deeper one first", sections(50), "### X\none\n# A\ntwo", "X: ### X\none|A: # A\ntwo"},
		{"no headings", sections(50), "#hash\n####### seven\n    # code", "#hash\n####### seven\n    # code"},
		{"fences", sections(50), "```\n# no\n~~~\n# no\n```\n# A\n~~~~ go\n# no\n~~~\n~~~~\n# B", "```\n# no\n~~~\n# no\n```|A: # A\n~~~~ go\n# no\n~~~\n~~~~|B: # B"},
		{"bad sections", sections(0), "abc", "!rag: sections of at most 0 tokens: want at least 1"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			chunks, err := r.chunker.Chunks(rag.Document{ID: "d", Text: r.text})
			var got []string
			for _, c := range chunks {
				s := c.Text
				if c.Heading != "" {
					s = c.Heading + ": " + s
				}
				got = append(got, s)
			}
			if err != nil {
				got = []string{"!" + err.Error()}
			}
			if got := strings.Join(got, "|"); got != r.want {
				t.Errorf("got  %q\nwant %q", got, r.want)
			}
		})
	}
}

// FuzzChunks: every chunk is where it says, no text is lost, characters stay whole, and no chunk is too long.
func FuzzChunks(f *testing.F) {
	bpe := tokenizer.TrainBPE(strings.Repeat("the light of the sun. the light of the moon\nüber alles Licht\n", 20), 300)
	f.Add("# A\n\none. two three\n\n```\nx\n```\nüü", 5, 2)
	f.Add("Ein Satz. \"Noch einer!\" Und\u00a0einer\n\n\n## B", 3, 0)
	f.Fuzz(func(t *testing.T, text string, most, overlap int) {
		most = 4 + abs(most)%50 // a character has at most 4 tokens
		for _, chunker := range []rag.Chunker{rag.Windows{bpe, most, abs(overlap) % most}, rag.Sections{bpe, most}} {
			name := fmt.Sprintf("%T", chunker)
			chunks, err := chunker.Chunks(rag.Document{ID: "d", Text: text})
			if err != nil {
				t.Fatal(err)
			}
			covered := 0
			for _, c := range chunks {
				if c.Text != text[c.Begin:c.End] || c.Text == "" {
					t.Fatalf("%s: [%d:%d] is %q, not %q", name, c.Begin, c.End, text[c.Begin:c.End], c.Text)
				}
				if c.Begin > covered && strings.TrimSpace(text[covered:c.Begin]) != "" {
					t.Fatalf("%s: %q is in no chunk", name, text[covered:c.Begin])
				}
				covered = max(covered, c.End)
				if utf8.ValidString(text) && !utf8.ValidString(c.Text) {
					t.Fatalf("%s: broken characters in %q", name, c.Text)
				}
				if _, ok := chunker.(rag.Sections); ok && utf8.ValidString(text) && len(bpe.Encode(c.Text)) > most+3 {
					t.Fatalf("%s: %d tokens in %q, want at most %d", name, len(bpe.Encode(c.Text)), c.Text, most)
				}
			}
			if strings.TrimSpace(text[covered:]) != "" {
				t.Fatalf("%s: %q is in no chunk", name, text[covered:])
			}
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}
