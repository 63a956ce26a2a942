package tokenizer

import (
	"maps"
	"slices"
)

// TrainBPE learns a vocabulary from a text: the 256 bytes, whose ids are the bytes, and then, again and again, the most frequent
// pair of neighbours as a new token, until there are vocabSize. (Sennrich, Haddow, Birch 2016, arXiv:1508.07909, on bytes as in GPT-2.) The text
// is first cut into words the way GPT-2 does it, with the blank before each, and no token crosses from one word to the next.
//
// Of pairs that are equally frequent, the one with the lower ids is taken, the left one counting first: the same text gives the
// same vocabulary everywhere. Special tokens, if any are named, have the last ids and count as part of vocabSize.
//
// The vocabulary is smaller when no pair is left that stands twice in the text, and never smaller than the bytes and the
// special tokens: see [BPE.Size].
func TrainBPE(text string, vocabSize int, special ...string) *BPE {
	counts := map[string]int{}
	for piece := range scan(scanGPT2)(text) {
		counts[piece]++
	}
	t := newTrainer(counts)
	t.learn(vocabSize - len(numbered(0, special)))
	v := vocabulary{name: "bpe", tokens: t.tokens}
	return newByteLevel(v, ourPipeline(gpt2Pattern), t.rules, numbered(len(t.tokens), special), modelOptions{})
}

// trainer keeps count of pairs while they are merged.
type trainer struct {
	tokens []string
	ids    map[string]int32 // of tokens; two ways to the same bytes lead to the same token
	rules  []rule
	words  []word
	pairs  map[pair]*pairCount
	best   heap[candidatePair]
	grown  map[pair]bool // pairs that a merge made more frequent
}

// word is one of the text's words, its tokens so far, and how often it stands in the text.
type word struct {
	ids   []int32
	count int
}

// pairCount says how often a pair stands in the text, and in which words; in some of them it may not be any more.
type pairCount struct {
	count int
	words []int32
}

// candidatePair is a pair as frequent as it was when it was put on the heap. It is seldom more frequent now: that puts it on the
// heap again.
type candidatePair struct {
	pair
	count int
}

func (a candidatePair) before(b candidatePair) bool {
	switch {
	case a.count != b.count:
		return a.count > b.count
	case a.left != b.left:
		return a.left < b.left
	}
	return a.right < b.right
}

func newTrainer(counts map[string]int) *trainer {
	t := &trainer{tokens: byteTokens(), ids: map[string]int32{}, pairs: map[pair]*pairCount{}, grown: map[pair]bool{}}
	t.best.less = candidatePair.before
	for id, token := range t.tokens {
		t.ids[token] = int32(id)
	}
	bytes := newByteSymbols(t.ids)
	for _, text := range slices.Sorted(maps.Keys(counts)) {
		w := word{bytes.appendSymbols(nil, text), counts[text]}
		t.words = append(t.words, w)
		for i := range len(w.ids) - 1 {
			t.count(pair{w.ids[i], w.ids[i+1]}, w.count, int32(len(t.words)-1))
		}
	}
	t.offerGrown()
	return t
}

// count adds to a pair's frequency, by what happened in a word.
func (t *trainer) count(p pair, by int, at int32) {
	c := t.pairs[p]
	if c == nil {
		c = &pairCount{}
		t.pairs[p] = c
	}
	c.count += by
	if by > 0 {
		t.grown[p] = true
		if n := len(c.words); n == 0 || c.words[n-1] != at {
			c.words = append(c.words, at)
		}
	}
}

func (t *trainer) offerGrown() {
	for p := range t.grown {
		t.best.push(candidatePair{p, t.pairs[p].count})
	}
	clear(t.grown)
}

// learn merges until there are so many tokens, or no pair stands twice.
func (t *trainer) learn(size int) {
	for len(t.tokens) < size {
		top, ok := t.best.pop()
		if !ok || top.count < 2 {
			return
		}
		now := t.pairs[top.pair]
		if now == nil {
			continue
		}
		if now.count != top.count {
			t.best.push(candidatePair{top.pair, now.count})
			continue
		}
		t.merge(top.pair, now.words)
	}
}

// merge makes a token of a pair, wherever it stands.
func (t *trainer) merge(p pair, words []int32) {
	token := t.tokens[p.left] + t.tokens[p.right]
	id, known := t.ids[token]
	if !known {
		id = int32(len(t.tokens))
		t.ids[token] = id
		t.tokens = append(t.tokens, token)
	}
	t.rules = append(t.rules, rule{p, id})
	delete(t.pairs, p)
	for _, w := range words {
		t.mergeIn(w, p, id)
	}
	delete(t.pairs, p) // what merging in the words counted down
	t.offerGrown()
}

// mergeIn merges a pair in one word, from left to right, and counts its neighbours anew.
func (t *trainer) mergeIn(at int32, p pair, id int32) {
	w := &t.words[at]
	old, n := w.ids, 0
	for i := 0; i < len(old); i++ {
		if i+1 == len(old) || old[i] != p.left || old[i+1] != p.right {
			w.ids[n] = old[i]
			n++
			continue
		}
		if n > 0 {
			t.count(pair{w.ids[n-1], p.left}, -w.count, at)
			t.count(pair{w.ids[n-1], id}, w.count, at)
		}
		if i+2 < len(old) {
			t.count(pair{p.right, old[i+2]}, -w.count, at)
			t.count(pair{id, old[i+2]}, w.count, at)
		}
		w.ids[n] = id
		n++
		i++
	}
	w.ids = old[:n]
}
