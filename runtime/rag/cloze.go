package rag

import (
	"math/rand/v2"
	"strings"

	"github.com/resident-go/resident/runtime/data"
)

// Cloze makes texts that belong together of chunks, for [Encoder]: a sentence of each, chosen at random, and the rest of the chunk with its
// heading (the inverse cloze task, arXiv:1906.00300). Chunks of one sentence are left out, unless they have a heading.
func Cloze(chunks []Chunk, seed uint64) []data.Match {
	rng := rand.New(rand.NewPCG(seed, 0))
	var matches []data.Match
	for _, c := range chunks {
		sentences := cutSentences(c.Text)
		at := rng.IntN(len(sentences))
		rest := strings.Join(sentences[:at], "") + strings.Join(sentences[at+1:], "")
		if c.Heading != "" {
			rest = c.Heading + "\n" + rest
		}
		if rest = strings.TrimSpace(rest); rest != "" {
			matches = append(matches, data.Match{Anchor: strings.TrimSpace(sentences[at]), Positive: rest})
		}
	}
	return matches
}

// cutSentences returns the sentences of a text, at least one; together they are the text.
func cutSentences(text string) []string {
	var all []string
	for {
		n := sentence(text)
		all = append(all, text[:n])
		if text = text[n:]; text == "" {
			return all
		}
	}
}
