//go:build cgo && linux

package cuda

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPool takes and gives blocks at random and checks that no two overlap, that all are aligned, and that in the end all segments are whole again.
func TestPool(t *testing.T) {
	for seed := range uint64(20) {
		r, p := rand.New(rand.NewPCG(seed, 2)), newPool()
		var taken []*block
		next, held := uint64(1<<20), 0
		for range 2000 {
			if len(taken) > 0 && r.IntN(2) == 0 {
				i := r.IntN(len(taken))
				p.give(taken[i])
				taken = slices.Delete(taken, i, i+1)
				continue
			}
			size := 1 << r.IntN(24)
			size += r.IntN(size)
			b := p.take(size)
			if b == nil {
				segment := p.segmentFor(size)
				p.add(next, segment, size)
				next, held = next+uint64(segment), held+segment
				if b = p.take(size); b == nil {
					t.Fatalf("seed %d: no block of %d bytes in a new segment of %d", seed, size, segment)
				}
			}
			if b.size < size || b.at%grain != 0 {
				t.Fatalf("seed %d: a block of %d bytes at %#x for %d", seed, b.size, b.at, size)
			}
			taken = append(taken, b)
			checkApart(t, taken)
		}
		for _, b := range taken {
			p.give(b)
		}
		whole := 0
		for _, s := range p.idle() {
			whole += s.size
		}
		if p.used != 0 || p.blocks != 0 || whole != held || p.held != 0 {
			t.Errorf("seed %d: %d bytes in %d blocks are used, %d of %d bytes are whole segments again", seed, p.used, p.blocks, whole, held)
		}
	}
}

// checkApart checks the block that was taken last against all others.
func checkApart(t *testing.T, taken []*block) {
	t.Helper()
	last := taken[len(taken)-1]
	for _, b := range taken[:len(taken)-1] {
		if b.at < last.at+uint64(last.size) && last.at < b.at+uint64(b.size) {
			t.Fatalf("%d bytes at %#x overlap %d bytes at %#x", last.size, last.at, b.size, b.at)
		}
	}
}
