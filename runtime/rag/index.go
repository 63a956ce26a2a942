package rag

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
)

// Embedder makes vectors of what texts are about.
type Embedder interface {
	// Embed returns a vector of Width numbers for each text. Its length is 1, or 0 for a text that says nothing.
	Embed(texts []string) ([][]float32, error)
	Width() int
	// ID says which embedder it is. Another one with the same ID makes the same vectors.
	ID() string
}

// Index finds chunks of documents. Any number of goroutines may use it at a time.
//
// There is no graph over the vectors (as HNSW has, arXiv:1603.09320): reading 100,000 of them takes a few milliseconds, misses none, and a
// document is found as soon as it was added, and no longer once it was removed. Time grows in proportion to the number of chunks.
type Index struct {
	embedder Embedder // nil: words only
	chunker  Chunker

	mu        sync.RWMutex
	documents map[string][]int32 // the numbers of a document's chunks
	chunks    []Chunk            // by number
	gone      []bool             // was removed
	words     *lexicon
	vectors   *vectors
}

// New makes an empty index. Without an embedder it finds by words only.
func New(embedder Embedder, chunker Chunker) (*Index, error) {
	if chunker == nil {
		return nil, fmt.Errorf("rag: an index needs a chunker, such as rag.Sections")
	}
	ix := &Index{embedder: embedder, chunker: chunker, documents: map[string][]int32{}, words: newLexicon()}
	if embedder != nil {
		if embedder.Width() < 1 {
			return nil, fmt.Errorf("rag: embedder %s makes vectors of width %d: want at least 1", embedder.ID(), embedder.Width())
		}
		ix.vectors = newVectors(embedder.Width())
	}
	return ix, nil
}

// Add takes documents in, all or none. One with the ID of an earlier one takes its place.
func (ix *Index) Add(documents ...Document) error {
	added := map[string][]Chunk{}
	for _, d := range documents {
		if d.ID == "" {
			return fmt.Errorf("rag: add: a document has no ID (its title is %q)", d.Title)
		}
		if _, twice := added[d.ID]; twice {
			return fmt.Errorf("rag: add: document %q stands twice among those to add", d.ID)
		}
		chunks, err := ix.chunker.Chunks(d)
		if err != nil {
			return fmt.Errorf("rag: add document %q: %w", d.ID, err)
		}
		if len(chunks) == 0 {
			return fmt.Errorf("rag: add document %q: it has no text", d.ID)
		}
		added[d.ID] = chunks
	}
	var chunks []Chunk
	for _, d := range documents {
		chunks = append(chunks, added[d.ID]...)
	}
	rows, err := ix.embed(chunks)
	if err != nil {
		return fmt.Errorf("rag: add: %w", err)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for _, d := range documents {
		ix.remove(d.ID)
	}
	ix.take(chunks, rows)
	return nil
}

// embed returns the vectors of chunks, none if there is no embedder.
func (ix *Index) embed(chunks []Chunk) ([][]float32, error) {
	if ix.embedder == nil {
		return nil, nil
	}
	texts := make([]string, len(chunks))
	for i, c := range chunks {
		texts[i] = c.context()
	}
	return embed(ix.embedder, texts)
}

// embed checks what an embedder promises.
func embed(e Embedder, texts []string) ([][]float32, error) {
	rows, err := e.Embed(texts)
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	if len(rows) != len(texts) {
		return nil, fmt.Errorf("embed: %s made %d vectors of %d texts", e.ID(), len(rows), len(texts))
	}
	for i, row := range rows {
		length := dot(row, row)
		if len(row) != e.Width() || !(length == 0 || math.Abs(length-1) < 1e-3) {
			return nil, fmt.Errorf("embed: %s made a vector of %d numbers and length %.4g of %.40q: want %d, and 1", e.ID(), len(row), math.Sqrt(length), texts[i], e.Width())
		}
	}
	return rows, nil
}

// context is a chunk's text below where it stands: a chunk often does not name what its heading says.
func (c Chunk) context() string {
	s := c.Text
	for _, above := range []string{c.Heading, c.Title} {
		if above != "" {
			s = above + "\n" + s
		}
	}
	return s
}

// take gives numbers to chunks. The lock is held.
func (ix *Index) take(chunks []Chunk, rows [][]float32) {
	for i, c := range chunks {
		n := int32(len(ix.chunks))
		ix.chunks, ix.gone = append(ix.chunks, c), append(ix.gone, false)
		ix.documents[c.Doc] = append(ix.documents[c.Doc], n)
		ix.words.add(n, c.context())
		if rows != nil {
			ix.vectors.add(rows[i])
		}
	}
}

// Remove takes documents out. Those that are not there are an error, and nothing is removed then.
func (ix *Index) Remove(ids ...string) error {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for _, id := range ids {
		if ix.documents[id] == nil {
			return fmt.Errorf("rag: remove: there is no document %q among the %d", id, len(ix.documents))
		}
	}
	for _, id := range ids {
		ix.remove(id)
	}
	return nil
}

func (ix *Index) remove(id string) {
	for _, n := range ix.documents[id] {
		ix.words.remove(n, ix.chunks[n].context())
		ix.chunks[n], ix.gone[n] = Chunk{}, true
	}
	delete(ix.documents, id)
	if live := len(ix.words.lengths); len(ix.chunks) > 1024 && live < len(ix.chunks)/2 {
		ix.compact()
	}
}

// compact gives chunks new numbers, without those of what was removed.
func (ix *Index) compact() {
	chunks, gone, vectors := ix.chunks, ix.gone, ix.vectors
	ix.documents, ix.chunks, ix.gone, ix.words = map[string][]int32{}, nil, nil, newLexicon()
	if vectors != nil {
		ix.vectors = newVectors(vectors.width)
	}
	for n, c := range chunks {
		if gone[n] {
			continue
		}
		var rows [][]float32
		if vectors != nil {
			rows = [][]float32{vectors.row(int32(n))}
		}
		ix.take([]Chunk{c}, rows)
	}
}

// Documents are the IDs of what is in the index, in alphabetical order.
func (ix *Index) Documents() []string {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return slices.Sorted(maps.Keys(ix.documents))
}

// Len is the number of chunks.
func (ix *Index) Len() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return len(ix.words.lengths)
}

// String describes the index in a line.
func (ix *Index) String() string {
	by := "by words"
	if ix.embedder != nil {
		by = fmt.Sprintf("by words and by vectors of %d numbers from %s", ix.embedder.Width(), ix.embedder.ID())
	}
	return fmt.Sprintf("%d chunks of %d documents, found %s", ix.Len(), len(ix.Documents()), by)
}
