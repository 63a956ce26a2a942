package tokenizer

import (
	"math"
	"math/bits"
)

// pair is two tokens that stand next to each other.
type pair struct{ left, right int32 }

// merge is what becomes of a pair: the token id, and when: the lower rank first. A rank of noMerge means never.
type merge struct{ rank, id int32 }

const noMerge = math.MaxInt32

// pairTable finds the merge of a pair: a hash table with open addressing, at most half full. It is asked about every two
// neighbours in a text, so it is kept in one block of 16 bytes an entry.
type pairTable struct {
	slots []slot
	shift uint8
}

type slot struct {
	pair
	merge
}

// newPairTable has room for n pairs.
func newPairTable(n int) pairTable {
	size := bits.Len(uint(2*n + 1)) // the number of slots is 1<<size, more than 2n
	t := pairTable{make([]slot, 1<<size), uint8(64 - size)}
	for i := range t.slots {
		t.slots[i].rank = noMerge
	}
	return t
}

// slot returns where a pair is, or would be.
func (t *pairTable) slot(p pair) *slot {
	h := (uint64(uint32(p.left))<<32 | uint64(uint32(p.right))) * 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	for i := h >> t.shift; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.pair == p || s.rank == noMerge {
			return s
		}
	}
}

func (t *pairTable) find(left, right int32) merge { return t.slot(pair{left, right}).merge }

// add enters a pair. One that is there already keeps its merge, which has the lower rank.
func (t *pairTable) add(p pair, m merge) {
	if s := t.slot(p); s.rank == noMerge {
		*s = slot{p, m}
	}
}
