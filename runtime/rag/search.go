package rag

import (
	"fmt"
	"html"
	"strings"
)

// By says how chunks are found.
type By uint8

const (
	Both    By = iota // the lists of words and vectors, merged by rank; by words alone in an index without an embedder
	ByWords           // BM25
	ByVectors
)

// Query says what to find.
type Query struct {
	K      int // chunks at most; 5
	By     By
	Filter func(Chunk) bool // what may be found; nil is all
}

// Hit is a chunk that was found.
type Hit struct {
	Chunk
	Score  float64 // BM25's, or the cosine, or the sum of reciprocal ranks; comparable within one search only
	Word   int     // its rank by words, from 1; 0 if it was not among those
	Vector int     // its rank by vectors
}

// Two lists are merged by the sum of 1/(rankOffset+rank) (Cormack, Clarke and Büttcher, Reciprocal Rank Fusion, 2009), each so many times as
// long as the result.
const (
	rankOffset = 60
	depth      = 4
)

// Search finds the chunks that answer a question best, the best first. Finding nothing is no error.
func (ix *Index) Search(question string, q Query) ([]Hit, error) {
	if q.K < 0 {
		return nil, fmt.Errorf("rag: search: %d chunks", q.K)
	}
	if q.K == 0 {
		q.K = 5
	}
	q.K = min(q.K, max(ix.Len(), 1)) // there are no more
	if q.By == Both && ix.embedder == nil {
		q.By = ByWords
	}
	var vector []float32
	if q.By != ByWords {
		if ix.embedder == nil {
			return nil, fmt.Errorf("rag: search by vectors: the index was made without an embedder")
		}
		rows, err := embed(ix.embedder, []string{question})
		if err != nil {
			return nil, fmt.Errorf("rag: search: %w", err)
		}
		vector = rows[0]
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	pass := func(n int32) bool { return !ix.gone[n] && (q.Filter == nil || q.Filter(ix.chunks[n])) }
	switch q.By {
	case ByWords:
		return ix.hits(ix.words.search(question, q.K, pass), nil, q), nil
	case ByVectors:
		return ix.hits(nil, ix.near(vector, q.K, pass), q), nil
	}
	return ix.hits(ix.words.search(question, depth*q.K, pass), ix.near(vector, depth*q.K, pass), q), nil
}

// near finds by vectors. The vector 0 says nothing, and is near to nothing.
func (ix *Index) near(vector []float32, k int, pass func(int32) bool) []scored {
	if dot(vector, vector) == 0 {
		return nil
	}
	return ix.vectors.search(vector, k, pass)
}

func (ix *Index) hits(words, vectors []scored, q Query) []Hit {
	found := map[int32]*Hit{}
	at := func(n int32) *Hit {
		if found[n] == nil {
			found[n] = &Hit{Chunk: ix.chunks[n]}
		}
		return found[n]
	}
	for i, s := range words {
		h := at(s.chunk)
		h.Word, h.Score = i+1, h.Score+s.score
	}
	for i, s := range vectors {
		h := at(s.chunk)
		h.Vector, h.Score = i+1, h.Score+s.score
	}
	best := newBest(q.K)
	for n, h := range found {
		if q.By == Both {
			h.Score = reciprocal(h.Word) + reciprocal(h.Vector)
		}
		if best.wants(h.Score, n) {
			best.add(scored{n, h.Score})
		}
	}
	hits := make([]Hit, 0, len(best.worstFirst))
	for _, s := range best.sorted() {
		hits = append(hits, *found[s.chunk])
	}
	return hits
}

func reciprocal(rank int) float64 {
	if rank == 0 {
		return 0
	}
	return 1 / float64(rankOffset+rank)
}

// Cite writes hits for a prompt, each with its number and where it comes from: "[1] Opticks, Book I: By the Rays of Light I understand ...".
func Cite(hits []Hit) []string {
	cited := make([]string, len(hits))
	for i, h := range hits {
		cited[i] = fmt.Sprintf("[%d] %s: %s", i+1, h.Source(), strings.Join(strings.Fields(h.Text), " "))
	}
	return cited
}

// Source is where a chunk comes from: its document's title, or ID, and its heading.
func (c Chunk) Source() string {
	source := c.Title
	if source == "" {
		source = c.Doc
	}
	if c.Heading != "" {
		source += ", " + c.Heading
	}
	return source
}

// Cited are the hits that an answer names as [1], [2] and so on, in the order of the hits.
func Cited(answer string, hits []Hit) []Hit {
	var named []Hit
	for i, h := range hits {
		if strings.Contains(answer, fmt.Sprintf("[%d]", i+1)) {
			named = append(named, h)
		}
	}
	return named
}

// Hits is hits as a notebook shows them.
type Hits []Hit

// HTML is a table: where each hit comes from, how it was found, and its text.
func (hs Hits) HTML() string {
	var b strings.Builder
	b.WriteString("<table><tr><td></td><th>source</th><th>by words</th><th>by vectors</th><th>text</th></tr>")
	for i, h := range hs {
		fmt.Fprintf(&b, `<tr><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td style="text-align:left">%s</td></tr>`,
			i+1, html.EscapeString(h.Source()), place(h.Word), place(h.Vector), html.EscapeString(h.Text))
	}
	b.WriteString("</table>")
	return b.String()
}

// String is a line for each hit.
func (hs Hits) String() string { return strings.Join(Cite(hs), "\n") }

func place(rank int) string {
	if rank == 0 {
		return "–"
	}
	return fmt.Sprint(rank)
}
