package rag

import (
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
)

// Words cuts a text into words as the index compares them: runs of letters, digits and the marks within them, in small letters.
func Words(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
	kept := words[:0]
	for _, w := range words {
		if w = strings.Trim(w, "'’"); w != "" {
			kept = append(kept, w)
		}
	}
	return kept
}

// The parameters of BM25: how soon a word that is repeated counts no more, and how much long chunks are held back (Robertson and Zaragoza, The
// Probabilistic Relevance Framework: BM25 and Beyond, 2009; the values are Lucene's).
const (
	saturation = 1.2  // k1
	lengthNorm = 0.75 // b
)

// lexicon finds chunks by their words.
type lexicon struct {
	postings map[string][]posting // by chunk
	lengths  map[int32]int        // words of each chunk
	total    int                  // words of all chunks
}

// posting says how often a word stands in a chunk.
type posting struct{ chunk, count int32 }

func newLexicon() *lexicon {
	return &lexicon{postings: map[string][]posting{}, lengths: map[int32]int{}}
}

// add takes chunks in ascending order of their numbers.
func (l *lexicon) add(chunk int32, text string) {
	words := Words(text)
	l.lengths[chunk] = len(words)
	l.total += len(words)
	for word, n := range count(words) {
		l.postings[word] = append(l.postings[word], posting{chunk, n})
	}
}

// remove forgets a chunk, which had this text.
func (l *lexicon) remove(chunk int32, text string) {
	l.total -= l.lengths[chunk]
	delete(l.lengths, chunk)
	for word := range count(Words(text)) {
		list := l.postings[word]
		at := sort.Search(len(list), func(i int) bool { return list[i].chunk >= chunk })
		if list = slices.Delete(list, at, at+1); len(list) == 0 {
			delete(l.postings, word)
			continue
		}
		l.postings[word] = list
	}
}

func count(words []string) map[string]int32 {
	n := map[string]int32{}
	for _, w := range words {
		n[w]++
	}
	return n
}

// search returns the k chunks with the highest scores, of those that pass.
func (l *lexicon) search(question string, k int, pass func(chunk int32) bool) []scored {
	if len(l.lengths) == 0 {
		return nil
	}
	scores := map[int32]float64{}
	mean := float64(l.total) / float64(len(l.lengths))
	// Sums depend on their order in the last bits, so words come in one.
	for _, word := range slices.Sorted(maps.Keys(count(Words(question)))) {
		list := l.postings[word]
		idf := math.Log1p((float64(len(l.lengths)-len(list)) + 0.5) / (float64(len(list)) + 0.5))
		for _, p := range list {
			n, length := float64(p.count), float64(l.lengths[p.chunk])
			scores[p.chunk] += idf * n / (n + saturation*(1-lengthNorm+lengthNorm*length/mean))
		}
	}
	best := newBest(k)
	for chunk, score := range scores {
		if best.wants(score, chunk) && pass(chunk) {
			best.add(scored{chunk, score})
		}
	}
	return best.sorted()
}
