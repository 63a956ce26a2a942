package rag

import (
	"cmp"
	"container/heap"
	"slices"
)

// scored is a chunk with its score, the higher the better.
type scored struct {
	chunk int32
	score float64
}

// compare puts the better one first; of equals the one with the lower number.
func (s scored) compare(t scored) int {
	return cmp.Or(cmp.Compare(t.score, s.score), cmp.Compare(s.chunk, t.chunk))
}

// best keeps the k best that it is given.
type best struct {
	k int
	worstFirst
}

func newBest(k int) *best { return &best{k: k} }

// wants reports whether one with this score would be kept.
func (b *best) wants(score float64, chunk int32) bool {
	return len(b.worstFirst) < b.k || scored{chunk, score}.compare(b.worstFirst[0]) < 0
}

// add keeps one that is wanted.
func (b *best) add(s scored) {
	if len(b.worstFirst) == b.k {
		b.worstFirst[0] = s
		heap.Fix(&b.worstFirst, 0)
		return
	}
	heap.Push(&b.worstFirst, s)
}

// full reports whether there are k; worst is the last of them then.
func (b *best) full() bool    { return len(b.worstFirst) == b.k }
func (b *best) worst() scored { return b.worstFirst[0] }

func (b *best) sorted() []scored {
	return slices.SortedFunc(slices.Values(b.worstFirst), scored.compare)
}

// worstFirst is a heap.
type worstFirst []scored

func (w worstFirst) Len() int           { return len(w) }
func (w worstFirst) Less(i, j int) bool { return w[i].compare(w[j]) > 0 }
func (w worstFirst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *worstFirst) Push(x any)        { *w = append(*w, x.(scored)) }
func (w *worstFirst) Pop() any {
	last := len(*w) - 1
	s := (*w)[last]
	*w = (*w)[:last]
	return s
}
