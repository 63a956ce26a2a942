//go:build cgo && linux

package cuda

import (
	"cmp"
	"slices"
)

// pool hands out the device's memory. Asking the driver takes long and waits for the device, so the pool asks for large segments and cuts blocks from
// them, the smallest free one that fits. All work is in one stream, so a block can be used again as soon as nobody refers to it, while earlier work on it is still
// waiting.
type pool struct {
	small, large arena
	used         int // bytes in blocks that are not free
	held         int // bytes in segments
	blocks       int // that are not free
}

// arena is segments of one kind.
type arena struct {
	segment int // the least size of a segment
	rest    int // the least size of what is cut off
	free    []*block
}

// block is a piece of a segment.
type block struct {
	at         uint64
	size       int
	free       bool
	prev, next *block // neighbours in the segment
	arena      *arena
}

const (
	grain     = 512 // bytes; also the alignment
	smallMost = 1 << 20
)

func newPool() *pool {
	return &pool{small: arena{segment: 2 << 20, rest: grain}, large: arena{segment: 32 << 20, rest: smallMost}}
}

// of is the arena for a size.
func (p *pool) of(size int) *arena {
	if size < smallMost {
		return &p.small
	}
	return &p.large
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// take returns a block of at least size bytes from what is there; nil if nothing fits.
func (p *pool) take(size int) *block {
	a := p.of(size)
	size = roundUp(max(size, 1), grain)
	i, _ := slices.BinarySearchFunc(a.free, size, func(b *block, size int) int { return cmp.Compare(b.size, size) })
	if i == len(a.free) {
		return nil
	}
	b := a.free[i]
	a.free = slices.Delete(a.free, i, i+1)
	b.free = false
	if b.size-size >= a.rest {
		rest := &block{at: b.at + uint64(size), size: b.size - size, prev: b, next: b.next, arena: a}
		if b.next != nil {
			b.next.prev = rest
		}
		b.next, b.size = rest, size
		a.put(rest)
	}
	p.used += b.size
	p.blocks++
	return b
}

// give takes a block back.
func (p *pool) give(b *block) {
	p.used -= b.size
	p.blocks--
	if n := b.next; n != nil && n.free {
		b.arena.forget(n)
		b.size, b.next = b.size+n.size, n.next
		if n.next != nil {
			n.next.prev = b
		}
	}
	if v := b.prev; v != nil && v.free {
		b.arena.forget(v)
		v.size, v.next = v.size+b.size, b.next
		if b.next != nil {
			b.next.prev = v
		}
		b = v
	}
	b.arena.put(b)
}

func bySize(a, b *block) int { return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.at, b.at)) }

func (a *arena) put(b *block) {
	b.free = true
	i, _ := slices.BinarySearchFunc(a.free, b, bySize)
	a.free = slices.Insert(a.free, i, b)
}

func (a *arena) forget(b *block) {
	i, _ := slices.BinarySearchFunc(a.free, b, bySize)
	a.free = slices.Delete(a.free, i, i+1)
}

// segmentFor is how much to ask the driver for when a block of this size is wanted.
func (p *pool) segmentFor(size int) int { return roundUp(max(size, p.of(size).segment), 2<<20) }

// add puts a new segment into the pool.
func (p *pool) add(at uint64, size, wanted int) {
	a := p.of(wanted)
	p.held += size
	a.put(&block{at: at, size: size, arena: a})
}

// idle removes the segments of which nothing is used, and returns them.
func (p *pool) idle() (segments []*block) {
	for _, a := range []*arena{&p.small, &p.large} {
		a.free = slices.DeleteFunc(a.free, func(b *block) bool {
			whole := b.prev == nil && b.next == nil
			if whole {
				segments = append(segments, b)
				p.held -= b.size
			}
			return whole
		})
	}
	return segments
}
