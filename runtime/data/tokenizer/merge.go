package tokenizer

// Byte-pair encoding: of all neighbours, those with the lowest rank become one token, the leftmost first, until no neighbours
// are in the table. (Sennrich, Haddow, Birch 2016, arXiv:1508.07909.)

// shortPiece is up to how many tokens looking through all of them for the lowest rank beats a heap.
const shortPiece = 64

// apply merges the tokens of one piece, ids[start:], in place, and returns ids with its new length.
func (t *pairTable) apply(ids []int32, start int) []int32 {
	piece := ids[start:]
	switch n := len(piece); {
	case n < 2:
		return ids
	case n <= shortPiece:
		return ids[:start+t.applyShort(piece)]
	default:
		return ids[:start+t.applyLong(piece)]
	}
}

// applyShort takes time in the square of the length, with a small constant. It returns how many tokens are left.
func (t *pairTable) applyShort(ids []int32) int {
	var merges [shortPiece]merge // merges[i] is that of ids[i] and ids[i+1]
	for i := range len(ids) - 1 {
		merges[i] = t.find(ids[i], ids[i+1])
	}
	n := len(ids)
	for n > 1 {
		at, best := 0, merges[0].rank
		for i := 1; i < n-1; i++ {
			if merges[i].rank < best {
				at, best = i, merges[i].rank
			}
		}
		if best == noMerge {
			break
		}
		ids[at] = merges[at].id
		copy(ids[at+1:n-1], ids[at+2:n])
		copy(merges[at:n-2], merges[at+1:n-1])
		n--
		if at+1 < n {
			merges[at] = t.find(ids[at], ids[at+1])
		}
		if at > 0 {
			merges[at-1] = t.find(ids[at-1], ids[at])
		}
	}
	return n
}

// candidate is a merge that was possible when it was put on the heap: of the token at position at and the one behind it.
type candidate struct {
	merge
	at int32
}

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.at < d.at
}

// applyLong takes time n log n: the tokens are a linked list, the possible merges a heap. Texts that are one piece end here,
// and so do those that are made to be slow.
func (t *pairTable) applyLong(ids []int32) int {
	n := int32(len(ids))
	l := list{ids: ids, prev: make([]int32, n), next: make([]int32, n)}
	h := heap[candidate]{less: candidate.before, items: make([]candidate, 0, n)}
	offer := func(at int32) {
		if at >= 0 && l.next[at] < n {
			if m := t.find(ids[at], ids[l.next[at]]); m.rank != noMerge {
				h.push(candidate{m, at})
			}
		}
	}
	for i := range n {
		l.prev[i], l.next[i] = i-1, i+1
	}
	for i := range n {
		offer(i)
	}
	for {
		c, ok := h.pop()
		if !ok {
			return l.compact()
		}
		// The tokens may have changed since: then this is not their merge any more.
		if next := l.next[c.at]; ids[c.at] < 0 || next >= n || t.find(ids[c.at], ids[next]) != c.merge {
			continue
		}
		ids[c.at] = c.id
		l.remove(l.next[c.at])
		offer(c.at)
		offer(l.prev[c.at])
	}
}

// list links tokens by position. A token that is gone is -1.
type list struct{ ids, prev, next []int32 }

func (l *list) remove(at int32) {
	l.ids[at] = -1
	before, behind := l.prev[at], l.next[at] // only the second of a pair is removed, so there is one before
	l.next[before] = behind
	if int(behind) < len(l.ids) {
		l.prev[behind] = before
	}
}

// compact moves the tokens that are left to the front and returns how many they are.
func (l *list) compact() int {
	n := 0
	for _, id := range l.ids {
		if id >= 0 {
			l.ids[n] = id
			n++
		}
	}
	return n
}
