package nn

import (
	"slices"

	"github.com/resident-go/resident/runtime/device"
)

// steps is the list of operations of the last pass. When the next pass is for one more token of each of the same sequences, as it is most
// of the time, the list is used again: only what depends on positions is brought up to date.
type steps struct {
	ops    []device.Op
	caches []*Cache // of the sequences; nil if the list cannot be used again
	moving []moving
}

// moving is an operation that depends on how many tokens a cache holds.
type moving struct {
	at    int // in ops
	cache *Cache
	used  int // tokens when it was brought up to date
}

// moves announces that the next operations depend on these caches.
func (s *steps) moves(caches ...*Cache) {
	for i, c := range caches {
		s.moving = append(s.moving, moving{len(s.ops) + i, c, c.used})
	}
}

// operations lists a pass over n tokens.
func (d *Decoder) operations(inputs []Input, n int) []device.Op {
	s := &d.steps
	if n == len(inputs) && slices.EqualFunc(inputs, s.caches, func(in Input, c *Cache) bool { return in.Cache == c }) {
		s.update()
		return s.ops
	}
	*s = steps{ops: s.ops[:0], moving: s.moving[:0]}
	d.pass(inputs, n)
	if n == len(inputs) {
		for _, in := range inputs {
			s.caches = append(s.caches, in.Cache)
		}
	}
	return s.ops
}

// update moves operations to where the caches are now.
func (s *steps) update() {
	for i := range s.moving {
		m := &s.moving[i]
		by := m.cache.used - m.used
		m.used = m.cache.used
		switch op := s.ops[m.at].(type) {
		case device.Binary: // a position's vector is added
			op.Y.Offset += by * op.Y.Strides[0]
			s.ops[m.at] = op
		case device.Copy: // keys and values go into the cache
			op.Dst.Offset += by * op.Dst.Strides[1]
			s.ops[m.at] = op
		case device.Attention:
			op.K.Shape[1] += by
			op.V.Shape[1] += by
		}
	}
}
